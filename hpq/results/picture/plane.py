"""Two hyperparameters against each other: where in the plane of both runs are good, and where they crash."""

import numpy as np

from hpq.errors import UsageError
from hpq.results.columns import ABSENT, Columns, Floats, Rows
from hpq.results.known import check_known
from hpq.results.picture.axes import Axis, place
from hpq.results.picture.panel import Marks, Panel
from hpq.results.picture.spread import spread, spread_both

_NEAR = 0.03  # of an axis, within which runs stand that have the same numbers


def plane(columns: Columns, pair: tuple[str, str], dots: Rows, crashes: Rows) -> Panel:
    """Return the panel of two hyperparameters: the first across, the second up."""
    drawn = np.concatenate([dots, crashes])
    for name in pair:
        check_known(columns, drawn, name, "a plane with")
    has_both = np.logical_and(*(columns.codes[name] != ABSENT for name in pair))
    dots, crashes = dots[has_both[dots]], crashes[has_both[crashes]]
    rows = np.concatenate([dots, crashes])
    if not len(rows):
        raise UsageError(f"no run has both {pair[0]} and {pair[1]}: there is no plane of them")
    (x, across), (y, up) = (place(columns.values[name], columns.codes[name][rows]) for name in pair)
    x, y = _spread(x, across, y, up)
    count = len(dots)
    return Panel(
        pair[0],
        across,
        Marks(dots, x[:count], y[:count]),
        Marks(crashes, x[count:], y[count:]),
        up_name=pair[1],
        up=up,
        note=_note(len(drawn) - len(rows)),
    )


def _spread(x: Floats, across: Axis, y: Floats, up: Axis) -> tuple[Floats, Floats]:
    """Return places moved apart where runs share them, dots and crashes together: none hides another."""
    if across.is_spread and up.is_spread:
        return spread_both(x, y)
    if across.is_spread:
        return spread(x), y
    if up.is_spread:
        return x, spread(y)
    return _nudged(x, across, y, up)


def _nudged(x: Floats, across: Axis, y: Floats, up: Axis) -> tuple[Floats, Floats]:
    """Return places of which those that several runs share, as repeated ones do, are moved a little."""
    right, above = across.fractions(x), up.fractions(y)
    new_right, new_above = spread_both(right, above, _NEAR)
    return (
        np.where(new_right == right, x, across.values(new_right)),
        np.where(new_above == above, y, up.values(new_above)),
    )


def _note(lacking: int) -> str:
    if not lacking:
        return ""
    return f"{lacking:,} run{'s' if lacking > 1 else ''} without both"
