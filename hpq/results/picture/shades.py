"""What dots are coloured by where that is not their state: a second hyperparameter, or the loss."""

from dataclasses import dataclass, replace

import numpy as np

from hpq.results.columns import ABSENT, Columns, Floats, Rows
from hpq.results.known import check_known
from hpq.results.picture.axes import Axis, Kind, place

MOST_GROUPS = 8  # that colours can tell apart
_GROUPS = (Kind.CATEGORY, Kind.BOOLEAN)


@dataclass(frozen=True, slots=True, eq=False)
class Shades:
    """Where runs stand on a scale of colours, or which of a few groups they are in."""

    name: str
    axis: Axis  # of the colours; its ticks label their key
    places: Floats  # of all runs in the picture's columns on that axis, NaN where there is none (N,)

    @property
    def has_groups(self) -> bool:
        """Whether each place has a colour of its own, and those between have none."""
        return self.axis.kind in _GROUPS

    def groups(self, rows: Rows) -> Rows:
        """Return the number of the group that runs are in, -1 for those in none (N,)."""
        return np.nan_to_num(self.places[rows], nan=-1).astype(np.intp)

    def fractions(self, rows: Rows) -> Floats:
        """Return where runs stand between the first colour and the last, NaN for nowhere (N,)."""
        return self.axis.fractions(self.places[rows])

    def lacking(self, rows: Rows) -> int:
        """Return how many of some runs have no place."""
        return int(np.isnan(self.places[rows]).sum())


def shades_by(columns: Columns, name: str, drawn: Rows) -> Shades:
    """Return the shades of a hyperparameter, on the axis that a panel of it has."""
    check_known(columns, drawn, name, "colour by")
    codes = columns.codes[name]
    rows = drawn[codes[drawn] != ABSENT]
    places = np.full(len(columns.runs), np.nan)
    places[rows], axis = place(columns.values[name], codes[rows])
    shades = Shades(name, axis, places)
    return _grouped(shades, rows) if shades.has_groups and len(axis.ticks) > MOST_GROUPS else shades


def _grouped(shades: Shades, rows: Rows) -> Shades:
    """Return shades in which all but the most frequent values are one group, the last."""
    counts = np.bincount(shades.groups(rows))
    kept = np.sort(np.argsort(-counts, kind="stable")[: MOST_GROUPS - 1])
    numbers = np.full(len(counts), len(kept), np.intp)
    numbers[kept] = np.arange(len(kept))
    places = shades.places.copy()
    places[rows] = numbers[shades.groups(rows)]
    labels = [shades.axis.ticks[index][1] for index in kept] + [f"{len(counts) - len(kept)} others"]
    ticks = tuple((float(index), label) for index, label in enumerate(labels))
    return replace(shades, axis=replace(shades.axis, high=len(ticks) - 0.5, ticks=ticks), places=places)
