"""What changes a panel's cells after its dots and lines: colours, the crosses of a plane, the best so far."""

import numpy as np
from numpy.typing import NDArray

from hpq.queue.states import State
from hpq.results.columns import STATES, Codes, Rows
from hpq.results.picture.axes import Axis
from hpq.results.picture.panel import Steps
from hpq.results.picture.shades import MOST_GROUPS, Shades
from hpq.tui import stroke
from hpq.tui.raster import ACROSS, DOWN, Cells, Ink, Points
from hpq.tui.scales import STEPS

_HALF_DISC, _CROSS = ord("◐"), ord("×")
_UNFINISHED = STATES.index(State.UNFINISHED)
_MOST_TINT = 6  # of the red behind a crowd of crosses, before which a cross is still seen


def colour(cells: Cells, points: Points, states: NDArray[np.uint8], shades: Shades, rows: Rows) -> None:
    """Colour the dots of runs: where several share a cell, by their mean or their most frequent group.

    A lone unfinished run is a half disc, since its colour tells something else. Where all dots of a cell
    lack what they are coloured by, it is grey.
    """
    where = _cells_of(points)
    size = cells.inks.size
    dots = np.bincount(where, minlength=size)
    lone = (dots == 1) & (np.bincount(where[states == _UNFINISHED], minlength=size) == 1)
    cells.glyphs.reshape(-1)[lone] = _HALF_DISC
    inks = _groups(shades, rows, where, size) if shades.has_groups else _steps(shades, rows, where, size)
    cells.inks.reshape(-1)[dots > 0] = inks[dots > 0]


def _cells_of(points: Points) -> Codes:
    """Return the number of the cell that each dot lies in (N,)."""
    return (points.rows // DOWN) * points.width + points.columns // ACROSS


def _groups(shades: Shades, rows: Rows, where: Codes, size: int) -> Codes:
    groups = shades.groups(rows)
    there = groups >= 0
    counts = np.bincount(where[there] * MOST_GROUPS + groups[there], minlength=size * MOST_GROUPS)
    counts = counts.reshape(size, MOST_GROUPS)
    inks: Codes = np.where(counts.any(axis=1), Ink.GROUP + counts.argmax(axis=1), Ink.ABSENT).astype(np.int32)
    return inks


def _steps(shades: Shades, rows: Rows, where: Codes, size: int) -> Codes:
    fractions = shades.fractions(rows)
    there = ~np.isnan(fractions)
    counts = np.bincount(where[there], minlength=size)
    means = np.bincount(where[there], fractions[there], minlength=size) / np.maximum(counts, 1)
    steps = np.minimum((means * STEPS).astype(np.int32), STEPS - 1)
    inks: Codes = np.where(counts > 0, Ink.SCALE + steps, Ink.ABSENT).astype(np.int32)
    return inks


def cross(cells: Cells, crosses: Points, *, has_shades: bool) -> None:
    """Draw crashed runs at their places: crosses, and red behind dots that share their cell."""
    counts = np.bincount(_cells_of(crosses), minlength=cells.inks.size).reshape(cells.inks.shape)
    is_free = (counts > 0) & (cells.inks >= Ink.LINE)
    cells.glyphs[is_free], cells.inks[is_free] = _CROSS, Ink.LINE
    if has_shades:
        is_shared = counts > is_free  # with dots, or with further crashes
        cells.tints[is_shared] = np.minimum(2 + counts, _MOST_TINT)[is_shared]


def trace(cells: Cells, best: Steps, axis: Axis, up: Axis) -> None:
    """Draw the best so far as a line, in the cells that dots leave free."""
    height, width = cells.inks.shape
    x = (np.arange(width * ACROSS) + 0.5) / (width * ACROSS)
    last = np.searchsorted(axis.fractions(best.x), x, side="right") - 1
    x, y = x[last >= 0], up.fractions(best.y)[last[last >= 0]]
    glyphs = stroke.draw(stroke.thin(x, y, width * ACROSS), width, height)
    is_free = (glyphs > 0) & (cells.inks >= Ink.LINE)
    behind = np.maximum(cells.tints, cells.inks.astype(int) - Ink.TINT)  # of the red in both halves of a cell
    cells.tints[is_free] = behind.astype(np.uint8)[is_free]
    cells.glyphs[is_free], cells.inks[is_free] = glyphs[is_free], Ink.BEST
