"""What a picture shows of runs, besides a panel for each hyperparameter."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Look:
    """One way to look at a search. Planes and progress stand in place of the panels."""

    colour_by: str = ""  # a hyperparameter that the dots are coloured by; "" for their states
    pairs: tuple[tuple[str, str], ...] = ()  # planes of two hyperparameters, coloured by the loss
    is_progress: bool = False  # the runs in the order in which they ended

    @property
    def has_panels(self) -> bool:
        """Whether each hyperparameter has its panel."""
        return not self.pairs and not self.is_progress


USUAL = Look()
