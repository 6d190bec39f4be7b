"""One panel of the plots as lines of segments, drawn anew only where something changed."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from rich.segment import Segment
from rich.style import Style

from hpq.queue.states import State
from hpq.results.columns import Floats, Rows
from hpq.results.picture.axes import Axis
from hpq.results.picture.panel import Panel
from hpq.results.picture.panels import Picture
from hpq.tui import overlay, raster
from hpq.tui.page import Page
from hpq.tui.palette import Depth, Palette, mixed, style
from hpq.tui.raster import SHADES, TINTS, Cells, Ink, Points
from hpq.tui.scales import groups, scale
from hpq.tui.shares import share_cells

_BLANK = ord(" ")
_DARKEST = 0.62  # of the red behind a crowd of crashes
_SHARE = 0.75  # of the colour of axes in a share of crashes that does not stand out


class Inks(dict[int, Style]):
    """The style of each cell's colours in one theme, by their code: made when it is first needed."""

    def __init__(self, palette: Palette, depth: Depth) -> None:
        super().__init__()
        self.has_shades = depth is Depth.MANY
        self._tints = [
            mixed(palette.background, palette.crashed, _DARKEST * tint / (TINTS - 1)) for tint in range(TINTS)
        ]
        shades = [mixed(palette.finished, palette.crowd, shade / (SHADES - 1)) for shade in range(SHADES)]
        share = mixed(palette.background, palette.axis, _SHARE) if self.has_shades else palette.axis
        dots = [*shades, palette.unfinished, palette.selected, palette.axis]
        dots += [*scale(palette, depth), *groups(palette, depth)]
        self._inks = [*dots, palette.crashed, share, palette.foreground, *self._tints]

    def __missing__(self, code: int) -> Style:
        ink, tint = divmod(code, TINTS)
        bold = ink in (Ink.UNFINISHED, Ink.SELECTED)
        made = self[code] = style(self._inks[ink], self._tints[tint], bold=bold)
        return made


def _codes(cells: Cells) -> NDArray[np.uint16]:
    """Return a number for each cell's colours (height, width).

    A blank shows no ink. It takes that of the cell on its left, so that one segment holds both.
    """
    codes = cells.inks.astype(np.uint16) * TINTS + cells.tints
    is_blank = cells.glyphs == _BLANK
    places = np.where(is_blank, 0, np.arange(codes.shape[1]))
    inked = np.take_along_axis(codes, np.maximum.accumulate(places, axis=1), axis=1)
    return np.where(is_blank & (inked % TINTS == cells.tints), inked, codes)


class DrawnPanel:
    """A panel at one place of the page; keeps its lines from one drawing to the next."""

    def __init__(self, page: Page, inks: Inks) -> None:
        self._width, self._height, self._inks = page.width, page.height, inks
        self._has_strip = page.strip > 0
        rows = page.strip + page.height
        self._glyphs = np.zeros((rows, page.width), np.uint32)
        self._codes = np.zeros((rows, page.width), np.uint16)
        self.lines: list[list[Segment]] = [[] for _ in range(rows)]
        self.points = Points.place(np.zeros(0), np.zeros(0), np.zeros(0), page.width, page.height)
        self._rows: Rows = np.zeros(0, np.intp)  # the runs that `points` has dots for
        self.panel: Panel | None = None

    def draw(self, panel: Panel, picture: Picture, y: Floats, selected: int | None) -> list[int]:
        """Draw a panel, and return the lines that changed.

        `y` are the fractions of the loss axis of all runs (N,), `selected` is a row of the columns.
        """
        self.panel = panel
        if panel.up is None:
            cells = self._draw_lines(panel, picture, y)
        else:
            cells = self._draw_plane(panel, panel.up, picture)
        if selected is not None:
            self._select(cells, selected)
        if self._has_strip:
            shares = share_cells(panel.shares, self._width, has_shades=self._inks.has_shades)
            cells = raster.stacked(shares, cells)
        return self._take(cells)

    def _draw_lines(self, panel: Panel, picture: Picture, y: Floats) -> Cells:
        """Return dots at their losses over the lines of crashed runs."""
        lines = panel.axis.fractions(panel.crashes.x)
        x = panel.axis.fractions(panel.dots.x)
        self.points = Points.place(x, y[panel.dots.rows], lines, self._width, self._height)
        self._rows = panel.dots.rows
        cells = self._draw_dots(self.points, panel, picture)
        if panel.best is not None:
            overlay.trace(cells, panel.best, panel.axis, picture.loss)
        return cells

    def _draw_plane(self, panel: Panel, up: Axis, picture: Picture) -> Cells:
        """Return dots and crosses at their places. Those of both are in `points`."""
        marks, count = (panel.dots, panel.crashes), len(panel.dots)
        x = panel.axis.fractions(np.concatenate([mark.x for mark in marks]))
        y = up.fractions(np.concatenate([mark.y for mark in marks if mark.y is not None]))
        self.points = Points.place(x, y, np.zeros(0), self._width, self._height)
        self._rows = np.concatenate([mark.rows for mark in marks])
        cells = self._draw_dots(self.points.part(slice(count)), panel, picture)
        overlay.cross(cells, self.points.part(slice(count, None)), has_shades=self._inks.has_shades)
        return cells

    def _draw_dots(self, points: Points, panel: Panel, picture: Picture) -> Cells:
        states = picture.columns.states[panel.dots.rows]
        crashes = picture.counts.get(State.CRASHED, 0)
        cells = raster.draw(points, states, crashes, has_shades=self._inks.has_shades)
        if picture.shades is not None:
            overlay.colour(cells, points, states, picture.shades, panel.dots.rows)
        return cells

    def _select(self, cells: Cells, selected: int) -> None:
        place = self.place_of(selected)
        if place is not None:
            raster.select(cells, *place)

    def place_of(self, row: int) -> tuple[int, int | None] | None:
        """Return where a row of the columns stands in `points`: column and row, a line having no row."""
        if self.panel is None:
            return None
        for index in np.flatnonzero(self._rows == row)[:1]:
            return int(self.points.columns[index]), int(self.points.rows[index])
        for index in np.flatnonzero(self.panel.crashes.rows == row)[:1]:
            return int(self.points.lines[index]), None
        return None

    def row_at(self, column: float, row: float, reach: float) -> int | None:
        """Return which run's dot, or else line, is nearest to a place in the units of `points`."""
        if self.panel is None:
            return None
        dot = raster.nearest(self.points, column, row, reach)
        if dot is not None:
            return int(self._rows[dot])
        line = raster.nearest_line(self.points, column, raster.ACROSS)
        return None if line is None else int(self.panel.crashes.rows[line])

    def next_row(self, selected: int | None, across: int, down: int) -> int | None:
        """Return the run of the next dot in a direction, seen from a run or from the middle."""
        place = None if selected is None else self.place_of(selected)
        column, row = place or (self._width * raster.ACROSS // 2, None)
        middle = self._height * raster.DOWN // 2
        found = raster.neighbour(self.points, column, middle if row is None else row, across, down)
        return None if found is None or self.panel is None else int(self._rows[found])

    def _take(self, cells: Cells) -> list[int]:
        codes = _codes(cells)
        changed = ((cells.glyphs != self._glyphs) | (codes != self._codes)).any(axis=1)
        rows: list[int] = np.flatnonzero(changed).tolist()
        for row in rows:
            self.lines[row] = _segments(cells.glyphs[row], codes[row], self._inks)
        self._glyphs, self._codes = cells.glyphs, codes
        return rows


def _segments(glyphs: raster.Glyphs, codes: NDArray[np.uint16], inks: Inks) -> list[Segment]:
    text = glyphs.tobytes().decode("utf-32-le")
    edges: Sequence[int] = [0, *(np.flatnonzero(codes[1:] != codes[:-1]) + 1).tolist(), len(text)]
    colours = codes[edges[:-1]].tolist()
    return [
        Segment(text[start:end], inks[code])
        for start, end, code in zip(edges, edges[1:], colours, strict=False)
    ]
