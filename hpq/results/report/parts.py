"""How many runs of a part of a search crashed."""

from dataclasses import dataclass

from hpq.results.report.regions import Mask


@dataclass(frozen=True, slots=True)
class Part:
    """How many runs of a part of a search crashed."""

    runs: int
    crashed: int

    @property
    def share(self) -> float:
        return self.crashed / self.runs if self.runs else 0.0

    @classmethod
    def of(cls, crashed: Mask) -> "Part":
        return cls(len(crashed), int(crashed.sum()))
