"""Two hyperparameters against each other: where in the plane of both runs are good, and where they crash."""

import numpy as np

from hpq.errors import UsageError
from hpq.results.axes import Axis, place
from hpq.results.columns import ABSENT, Columns, Floats, Rows
from hpq.results.known import check_known
from hpq.results.panel import Marks, Panel
from hpq.results.spread import spread, spread_both


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
    return x, spread(y) if up.is_spread else y


def _note(lacking: int) -> str:
    if not lacking:
        return ""
    return f"{lacking:,} run{'s' if lacking > 1 else ''} without both"
