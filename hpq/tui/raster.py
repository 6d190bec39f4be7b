"""A panel's dots and lines as characters: which glyph and which colours each cell of the terminal gets."""

import math
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from hpq.queue.states import State
from hpq.results.columns import STATES, Codes, Floats
from hpq.results.picture.crowds import opacities
from hpq.results.picture.shades import MOST_GROUPS
from hpq.tui.scales import STEPS

TINTS = 16  # shades of red behind the dots, the first of them none
SHADES = 6  # of a crowd of dots, by powers of two
ACROSS, DOWN = 2, 4  # places for dots in a cell, as braille has them
_FEW = 4  # dots in a cell of the usual crowding, up to which quadrants tell them apart
_QUADRANTS = np.array([ord(glyph) for glyph in " ▘▝▀▖▌▞▛▗▚▐▜▄▙▟█"], np.uint32)
BRAILLE = 0x2800
BRAILLE_BITS = np.array([[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]], np.uint32)
_QUADRANT_BITS = np.array([[1, 2], [4, 8]], np.uint32)
_DISC, _HALF_DISC, _RING, _HALF_CELL = ord("●"), ord("◐"), ord("○"), ord("▌")
_LINES = np.array([ord(glyph) for glyph in " ┊│┃"], np.uint32)
_RUNNING, _UNFINISHED = STATES.index(State.RUNNING), STATES.index(State.UNFINISHED)

Glyphs = NDArray[np.uint32]


class Ink(IntEnum):
    """What a cell's character is drawn in; from TINT on, shades of red for the left half of a cell."""

    FINISHED = 0  # and SHADES - 1 more of it
    UNFINISHED = SHADES
    SELECTED = SHADES + 1
    ABSENT = SHADES + 2  # a dot that lacks what the others are coloured by
    SCALE = SHADES + 3  # the first of the STEPS of a scale
    GROUP = SCALE + STEPS  # the first of MOST_GROUPS
    LINE = GROUP + MOST_GROUPS  # a red line as a character; no dot has this ink or one after it
    SHARE = LINE + 1  # of crashes that is like all
    BEST = LINE + 2  # the best so far
    TINT = LINE + 3


@dataclass(frozen=True, slots=True, eq=False)
class Cells:
    """A drawn panel. Inks count from 0 to Ink.TINT + TINTS - 1, tints from 0 to TINTS - 1."""

    glyphs: Glyphs  # code points (height, width)
    inks: NDArray[np.uint8]  # (height, width)
    tints: NDArray[np.uint8]  # of the background (height, width)


@dataclass(frozen=True, slots=True, eq=False)
class Points:
    """Where runs fall in a panel of so many cells."""

    width: int
    height: int
    columns: Codes  # of the dots, in halves of a cell (N,)
    rows: Codes  # of the dots, in quarters of a cell from the top (N,)
    lines: Codes  # of the crashes, in halves of a cell (M,)

    @classmethod
    def place(cls, x: Floats, y: Floats, lines: Floats, width: int, height: int) -> "Points":
        """Return the places of dots (N,), (N,) and lines (M,), given as fractions of the axes."""
        across, down = width * ACROSS, height * DOWN
        return cls(
            width,
            height,
            _steps(x, across),
            (down - 1 - _steps(y, down)).astype(np.int32),
            _steps(lines, across),
        )

    def part(self, chosen: slice) -> "Points":
        """Return some of the dots, and no lines."""
        nothing = self.lines[:0]
        return Points(self.width, self.height, self.columns[chosen], self.rows[chosen], nothing)


def stacked(above: Cells, below: Cells) -> Cells:
    """Return cells with others below them."""
    return Cells(
        np.vstack([above.glyphs, below.glyphs]),
        np.vstack([above.inks, below.inks]),
        np.vstack([above.tints, below.tints]),
    )


def _steps(fractions: Floats, count: int) -> Codes:
    return np.minimum((fractions * count).astype(np.int32), count - 1)


def draw(points: Points, states: NDArray[np.uint8], crashes: int, *, has_shades: bool) -> Cells:
    """Return the cells of a panel.

    `states` are those of the dots (N,), `crashes` is how many runs of the whole picture crashed. The glyph
    follows the crowding: a disc for a dot that has a cell to itself, quadrants where usually a few share
    one, braille where many do, both with lighter and lighter shades. Within a panel it is one or the other,
    since a full cell of braille has less ink than a quadrant. The lines lie under the dots, as tints of the
    background; where a terminal has no shades they are characters in the cells that no dot takes.
    """
    width, height = points.width, points.height
    counts = np.bincount(points.lines, minlength=width * ACROSS)
    shades = _strengths(counts, crashes)
    cell = (points.rows // DOWN) * width + points.columns // ACROSS
    dots = np.bincount(cell, minlength=width * height).reshape(height, width)
    is_orange = (states == _RUNNING) | (states == _UNFINISHED)
    orange = np.bincount(cell[is_orange], minlength=width * height).reshape(height, width)
    glyphs = _glyphs(points, dots)
    lone = dots == 1
    if has_shades:
        glyphs[lone] = _DISC
    else:
        glyphs[lone] = np.where(orange[lone] > 0, _HALF_DISC, _DISC)
    running = np.bincount(cell[states == _RUNNING], minlength=width * height).reshape(height, width)
    glyphs[lone & (running > 0)] = _RING
    crowding = np.frexp(np.maximum(dots, 1))[1] - 1  # the power of two
    inks = np.minimum(crowding, SHADES - 1).astype(np.uint8)
    inks[orange * 4 >= np.maximum(dots, 1)] = Ink.UNFINISHED
    tints = np.zeros((height, width), np.uint8)
    empty = dots == 0
    if has_shades:
        left, right = shades[::2], shades[1::2]
        tints[:] = np.where(empty, right, np.maximum(left, right))
        glyphs[empty & (left == right)] = ord(" ")
        glyphs[empty & (left != right)] = _HALF_CELL
        inks[empty] = np.broadcast_to(Ink.TINT + left, (height, width))[empty]
    else:
        strength = np.maximum(shades[::2], shades[1::2]).astype(int)
        line = _LINES[np.where(strength == 0, 0, 1 + np.minimum(2, strength * 3 // TINTS))]
        glyphs[empty] = np.broadcast_to(line, (height, width))[empty]
        inks[empty] = Ink.LINE
    return Cells(glyphs, inks, tints)


def _strengths(counts: NDArray[np.intp], crashes: int) -> NDArray[np.uint8]:
    """Return how strong each place's red is, in tints (W,): as strong as the picture's lines are."""
    there = np.flatnonzero(counts)
    strengths = np.zeros(len(counts), np.uint8)
    dark = np.array(opacities(counts[there].tolist(), crashes))
    strengths[there] = np.clip(np.rint(dark * TINTS), 1, TINTS - 1)
    return strengths


def _glyphs(points: Points, dots: NDArray[np.intp]) -> Glyphs:
    """Return quadrants where few dots share the cells that any is in, and braille where many do."""
    width, height = points.width, points.height
    there = np.zeros(height * DOWN * width * ACROSS, bool)
    there[points.rows * (width * ACROSS) + points.columns] = True
    fine = there.reshape(height, DOWN, width, ACROSS)
    if len(points.columns) > _FEW * np.count_nonzero(dots):
        braille: Glyphs = BRAILLE + np.einsum("hdwa,da->hw", fine, BRAILLE_BITS, dtype=np.uint32)
        return braille
    quarters = fine.reshape(height, 2, DOWN // 2, width, ACROSS).any(axis=2)  # (height, down, width, across)
    chosen: Glyphs = _QUADRANTS[np.einsum("hdwa,da->hw", quarters, _QUADRANT_BITS, dtype=np.uint32)]
    return chosen


def select(cells: Cells, column: int, row: int | None) -> None:
    """Mark the selected run, a dot or, without a row, a line. Places are those of `Points`."""
    across = column // ACROSS
    if row is not None:
        cells.glyphs[row // DOWN, across] = ord("◉")
        cells.inks[row // DOWN, across] = Ink.SELECTED
        return
    free = (cells.inks[:, across] >= Ink.LINE) & (cells.glyphs[:, across] > 0)
    cells.glyphs[free, across] = ord("┃")
    cells.inks[free, across] = Ink.SELECTED


def nearest(points: Points, column: float, row: float, reach: float) -> int | None:
    """Return the index of the dot nearest to a place, in the units of `points`; None beyond `reach`."""
    if not len(points.columns):
        return None
    far = np.hypot(points.columns - column, points.rows - row)
    index = int(far.argmin())
    return index if far[index] <= reach else None


def nearest_line(points: Points, column: float, reach: float) -> int | None:
    """Return the index of the line nearest to a place; None beyond `reach`."""
    if not len(points.lines):
        return None
    far = np.abs(points.lines - column)
    index = int(far.argmin())
    return index if far[index] <= reach else None


def neighbour(points: Points, column: float, row: float, across: int, down: int) -> int | None:
    """Return the index of the next dot in a direction, such as across=1, down=0 for the right."""
    x, y = points.columns - column, points.rows - row
    ahead, aside = (x * across, np.abs(y)) if across else (y * down, np.abs(x))
    cost = np.where(ahead > 0, ahead + 2.0 * aside, math.inf)
    if not len(cost) or not math.isfinite(cost.min()):
        return None
    return int(cost.argmin())
