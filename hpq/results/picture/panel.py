"""One panel of the picture as data: two axes, dots, and the crashed runs."""

from dataclasses import dataclass

from hpq.results.columns import Floats, Rows
from hpq.results.picture.axes import Axis
from hpq.results.picture.shares import Shares


@dataclass(frozen=True, slots=True, eq=False)
class Marks:
    """Runs that are drawn in one way."""

    rows: Rows  # which runs, in the picture's columns (N,)
    x: Floats  # where they stand on the panel's axis (N,)
    y: Floats | None = (
        None  # the same upwards; without, a dot is at its loss and a crash takes all the height
    )

    def __len__(self) -> int:
        return len(self.rows)


@dataclass(frozen=True, slots=True, eq=False)
class Steps:
    """A line that goes on level from each of its points to the next."""

    x: Floats  # (N,), rising
    y: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Panel:
    """A hyperparameter, another one or the order of the runs across; the loss or a hyperparameter up."""

    name: str  # of what is across
    axis: Axis
    dots: Marks  # runs with a loss
    crashes: Marks  # runs that never had one
    shares: Shares | None = None  # of crashes along the axis
    up: Axis | None = None  # of a plane; None for the loss, which panels share
    up_name: str = ""
    best: Steps | None = None  # the lowest loss so far
    note: str = ""  # what it leaves out
