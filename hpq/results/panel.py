"""One panel of the picture as data: two axes, dots, and the crashed runs."""

from dataclasses import dataclass

from hpq.results.axes import Axis
from hpq.results.columns import Floats, Rows
from hpq.results.shares import Shares


@dataclass(frozen=True, slots=True, eq=False)
class Marks:
    """Runs that are drawn in one way."""

    rows: Rows  # which runs, in the picture's columns (N,)
    x: Floats  # where they stand on the panel's axis (N,)

    def __len__(self) -> int:
        return len(self.rows)


@dataclass(frozen=True, slots=True, eq=False)
class Panel:
    """One hyperparameter against the loss."""

    name: str
    axis: Axis
    dots: Marks  # runs with a loss
    crashes: Marks  # runs that never had one
    shares: Shares | None = None  # of crashes along the axis
