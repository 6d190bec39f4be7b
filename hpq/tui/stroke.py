"""A line through many points as braille: one span of dots for each half of a cell."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hpq.results.columns import Floats
from hpq.tui.raster import ACROSS, BRAILLE, BRAILLE_BITS, DOWN, Glyphs

_LONE = ord("●")


@dataclass(frozen=True, slots=True, eq=False)
class Spans:
    """What points come to in each half column: places are NaN where no point fell."""

    low: Floats  # (W,), as fractions of the axis
    high: Floats
    first: Floats  # of the points there, in their order
    last: Floats


def thin(x: Floats, y: Floats, width: int) -> Spans:
    """Return the lowest and highest of points in each of so many half columns, so that no spike is lost.

    x (N,) and y (N,) are fractions of the axes, in the order of the file; all are finite.
    """
    column = np.minimum((x * width).astype(np.intp), width - 1)
    low, high = np.full(width, np.inf), np.full(width, -np.inf)
    np.minimum.at(low, column, y)
    np.maximum.at(high, column, y)
    first, last = np.full(width, np.nan), np.full(width, np.nan)
    last[column] = y  # of several, the last one stays
    first[column[::-1]] = y[::-1]
    is_empty = np.isinf(low)
    low[is_empty] = high[is_empty] = np.nan
    return Spans(low, high, first, last)


def draw(spans: Spans, width: int, height: int) -> Glyphs:
    """Return code points (height, width), 0 where nothing is: points joined by a line."""
    glyphs = np.zeros((height, width), np.uint32)
    there = np.flatnonzero(~np.isnan(spans.low))
    if not len(there):
        return glyphs
    down = height * DOWN
    top, bottom = _rows(spans.high[there], down), _rows(spans.low[there], down)
    if len(there) == 1 and top[0] == bottom[0]:
        glyphs[top[0] // DOWN, there[0] // ACROSS] = _LONE
        return glyphs
    columns = np.arange(there[0], there[-1] + 1)
    tops, bottoms = _joined(
        there, top, bottom, _rows(spans.first[there], down), _rows(spans.last[there], down)
    )
    _close_gaps(tops, bottoms)
    dots = np.zeros((down, width * ACROSS), bool)
    rows = np.arange(down)[:, None]
    dots[:, columns] = (rows >= tops) & (rows <= bottoms)
    fine = dots.reshape(height, DOWN, width, ACROSS)
    codes = np.einsum("hdwa,da->hw", fine, BRAILLE_BITS).astype(np.uint32)
    glyphs[codes > 0] = BRAILLE + codes[codes > 0]
    return glyphs


def _rows(fractions: Floats, down: int) -> NDArray[np.intp]:
    return down - 1 - np.clip((fractions * down).astype(np.intp), 0, down - 1)


def _joined(
    there: NDArray[np.intp],
    top: NDArray[np.intp],
    bottom: NDArray[np.intp],
    first: NDArray[np.intp],
    last: NDArray[np.intp],
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the spans of all columns from the first to the last, straight lines where there was no point."""
    columns = np.arange(there[0], there[-1] + 1)
    before = np.searchsorted(there, columns, side="right") - 1
    after = np.minimum(before + 1, len(there) - 1)
    gap = np.maximum(1, there[after] - there[before])
    share = (columns - there[before]) / gap
    between = np.rint(last[before] + (first[after] - last[before]) * share).astype(np.intp)
    is_there = columns == there[before]
    return np.where(is_there, top[before], between), np.where(is_there, bottom[before], between)


def _close_gaps(tops: NDArray[np.intp], bottoms: NDArray[np.intp]) -> None:
    """Lengthen spans so that each touches the one before it."""
    above = np.r_[False, bottoms[:-1] < tops[1:] - 1]
    below = np.r_[False, tops[:-1] > bottoms[1:] + 1]
    joined_top, joined_bottom = np.r_[0, bottoms[:-1] + 1], np.r_[0, tops[:-1] - 1]
    tops[above] = joined_top[above]
    bottoms[below] = joined_bottom[below]
