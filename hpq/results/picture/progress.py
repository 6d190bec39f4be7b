"""A search over time: does it still find better runs?"""

import numpy as np

from hpq.queue.states import State
from hpq.results.columns import Columns, Floats, Rows
from hpq.results.picture.axes import Axis
from hpq.results.picture.panel import Marks, Panel, Steps
from hpq.results.picture.ticks import linear_ticks

_MARGIN = 0.02  # of the runs, on both sides
NAME = "runs in the order in which they ended"


def progress(columns: Columns, losses: Floats, dots: Rows, crashes: Rows) -> Panel:
    """Return the panel of runs in the order in which they ended, those that still train last.

    Their number is across, and no clock: a night in which nothing ran would be most of that.
    """
    rows = np.sort(np.concatenate([dots, crashes]))
    order = rows[np.argsort(_ends(columns)[rows], kind="stable")]
    turns = np.zeros(len(columns.runs))
    turns[order] = np.arange(1, len(order) + 1)
    draws = dots[columns.is_draw[dots]]  # a replicate that is lower is luckier, and no better draw
    margin = max(0.5, _MARGIN * len(order))
    low, high = 1 - margin, len(order) + margin
    axis = Axis(low, high, tuple(linear_ticks(1, len(order), whole=True)), is_whole=True)
    return Panel(
        NAME,
        axis,
        Marks(dots, turns[dots]),
        Marks(crashes, turns[crashes]),
        best=_best(turns[draws], losses[draws], high),
    )


def _ends(columns: Columns) -> Floats:
    """Return when runs ended, or were heard last where that is not known; infinity while they train (N,)."""
    ended = columns.numbers["ended_at"]
    ends = np.where(np.isnan(ended), columns.numbers["heard_at"], ended)
    ends[columns.where([State.RUNNING])] = np.inf
    return ends


def _best(turns: Floats, losses: Floats, high: float) -> Steps | None:
    """Return the lowest loss after each run, up to the end of the axis."""
    if not len(turns):
        return None
    order = np.argsort(turns)
    lowest = np.minimum.accumulate(losses[order])
    return Steps(np.append(turns[order], high), np.append(lowest, lowest[-1]))
