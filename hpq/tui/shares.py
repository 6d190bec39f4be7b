"""The row above a panel's plot: the share of runs that crashed, as blocks of so many eighths."""

import numpy as np

from hpq.results.columns import Codes, Floats
from hpq.results.picture.shares import Shares
from hpq.tui.raster import Cells, Glyphs, Ink

_BLOCKS = np.array([ord(glyph) for glyph in "▁▂▃▄▅▆▇█"], np.uint32)
_LINES = np.array([ord(glyph) for glyph in "⣀⠤⠒⠉"], np.uint32)
_INKS = np.array([Ink.SHARE, Ink.LINE, Ink.FINISHED], np.uint8)  # of sides 0, 1 and -1


def share_cells(shares: Shares | None, width: int, *, has_shades: bool) -> Cells:
    """Return a row of cells, blank where no runs are.

    What stands out is red or blue. Where a terminal has no shades it is the only one that has blocks, and
    the others are lines as high.
    """
    glyphs = np.full((1, width), ord(" "), np.uint32)
    inks, tints = np.zeros((1, width), np.uint8), np.zeros((1, width), np.uint8)
    if shares is None:
        return Cells(glyphs, inks, tints)
    bins = _bins(shares, width)
    there = (bins >= 0) & shares.has_runs[bins]
    share, side = shares.share[bins[there]], shares.side[bins[there]]
    drawn = _level(share, _BLOCKS)
    if not has_shades:
        drawn = np.where(side == 0, _level(share, _LINES), drawn)
    glyphs[0, there], inks[0, there] = drawn, _INKS[side]
    return Cells(glyphs, inks, tints)


def _bins(shares: Shares, width: int) -> Codes:
    """Return which bin each cell shows (width,), -1 for none: that at its middle, or one that stands out."""
    last = len(shares.share) - 1
    middles = (np.arange(width) + 0.5) / width
    bins = np.searchsorted(shares.edges, middles, side="right").astype(np.int32) - 1
    bins[bins > last] = -1
    striking = np.flatnonzero(shares.side)
    centres = (shares.edges[striking] + shares.edges[striking + 1]) / 2
    bins[np.minimum((centres * width).astype(np.int32), width - 1)] = striking
    return bins


def _level(share: Floats, glyphs: Glyphs) -> Glyphs:
    drawn: Glyphs = glyphs[np.minimum((share * len(glyphs)).astype(np.int32), len(glyphs) - 1)]
    return drawn
