"""The losses that are compared: those of draws that finished."""

import numpy as np

from hpq.queue.states import State
from hpq.results.columns import Columns, Floats, Rows

LARGEST = 1e150  # a loss beyond, of either sign, counts as this one: its square is still a number


def finished(columns: Columns, rows: Rows) -> tuple[Rows, Floats]:
    """Return those of some rows that finished with a loss and repeat no other, and their losses."""
    losses = columns.numbers["best"][rows]
    is_compared = columns.where([State.FINISHED])[rows] & columns.is_draw[rows] & ~np.isnan(losses)
    return rows[is_compared], np.clip(losses[is_compared], -LARGEST, LARGEST)
