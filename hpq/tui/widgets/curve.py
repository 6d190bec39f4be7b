"""The loss of a run against its steps, attempt by attempt."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from rich.segment import Segment
from rich.style import Style
from rich.text import Text
from textual.strip import Strip
from textual.widget import Widget

from hpq.results.columns import Floats
from hpq.results.history import Series
from hpq.results.picture.axes import Axis, loss_axis
from hpq.results.plain import number_text
from hpq.tui import stroke
from hpq.tui.frame import loss_labels, x_axis
from hpq.tui.palette import DARK, Palette, style
from hpq.tui.raster import ACROSS, Glyphs

_AROUND = 3  # rows besides the plot: heading, axis, labels
_MIN_GUTTER = 5
_NOTHING = "no loss was logged yet"


class Curve(Widget):
    """The newest attempt in its colour, above earlier ones."""

    DEFAULT_CSS = "Curve { width: 1fr; height: 1fr; }"

    def __init__(self, palette: Palette = DARK) -> None:
        super().__init__()
        self._palette = palette
        self._attempts: Sequence[Series] = ()
        self._colour = palette.finished
        self._message = _NOTHING
        self._lines: list[Strip] = []

    def show(self, attempts: Sequence[Series], colour: str, message: str = "") -> None:
        """Show the losses of attempts, oldest first. The message stands where there are none."""
        attempts = [series for series in attempts if len(series)]
        said = (list(map(len, attempts)), colour, message)
        if said != (list(map(len, self._attempts)), self._colour, self._message) or not self._lines:
            self._attempts, self._colour, self._message = attempts, colour, message
            self._draw()

    def recolour(self, palette: Palette) -> None:
        self._palette = palette
        self._draw()

    def on_resize(self) -> None:
        self._draw()

    def render_line(self, y: int) -> Strip:
        return (
            self._lines[y]
            if y < len(self._lines)
            else Strip.blank(self.size.width, self._style(self._palette.foreground))
        )

    def _draw(self) -> None:
        width, height = self.size
        if not width or not height:
            return
        losses = np.concatenate([_fit(series.values) for series in self._attempts] or [np.zeros(0)])
        if not len(losses) or height <= _AROUND:
            self._lines = [self._heading(width)]
        else:
            self._lines = self._drawn(losses, width, height)
        self.refresh()

    def _drawn(self, losses: Floats, width: int, height: int) -> list[Strip]:
        y_axis, rows = loss_axis(losses), height - _AROUND
        labels = loss_labels(y_axis, rows)
        gutter = max(_MIN_GUTTER, 1 + max(map(len, labels.values()), default=0))
        columns = max(1, width - gutter - 1)
        steps = self._step_axis()
        strokes = [_stroke(series, steps, y_axis, columns, rows) for series in self._attempts]
        lines = [self._heading(width)]
        for row in range(rows):
            label = Segment(labels.get(row, "").rjust(gutter), self._style(self._palette.muted))
            edge = Segment("┤" if row in labels else "│", self._style(self._palette.axis))
            lines.append(Strip([label, edge, *self._segments(strokes, row)]))
        line, below = x_axis(steps, columns)
        lines.append(Strip([Segment(" " * gutter + "└" + line, self._style(self._palette.axis))]))
        lines.append(Strip([Segment(" " * (gutter + 1) + below, self._style(self._palette.muted))]))
        return [line.adjust_cell_length(width, self._style(self._palette.foreground)) for line in lines]

    def _step_axis(self) -> Axis:
        low = min(float(series.steps.min()) for series in self._attempts)
        high = max(float(series.steps.max()) for series in self._attempts)
        return Axis(low, max(high, low + 1), (), is_whole=True)

    def _segments(self, strokes: Sequence[Glyphs], row: int) -> list[Segment]:
        """Return a row of the plot: where strokes meet, the newest is on top."""
        glyphs, inks = (
            np.full(strokes[0].shape[1], ord(" "), np.uint32),
            np.zeros(strokes[0].shape[1], np.uint8),
        )
        for number, drawn in enumerate(strokes):
            is_there = drawn[row] > 0
            glyphs[is_there] = drawn[row][is_there]
            inks[is_there] = 2 if number == len(strokes) - 1 else 1
        styles = [self._style(ink) for ink in (self._palette.foreground, self._palette.axis, self._colour)]
        text = glyphs.astype("<u4").tobytes().decode("utf-32-le")
        edges = [0, *(np.flatnonzero(np.diff(inks)) + 1).tolist(), len(text)]
        return [Segment(text[start:end], styles[inks[start]]) for start, end in pairwise(edges)]

    def _heading(self, width: int) -> Strip:
        muted, text = self._style(self._palette.muted), Text(no_wrap=True, end="")
        text.append(" loss", style(self._palette.foreground, self._palette.background, bold=True))
        for part in self._told():
            text.append(f"  {part}", muted)
        return Strip(text.render(self.app.console)).adjust_cell_length(width, muted)

    def _told(self) -> list[str]:
        if not self._attempts:
            return [self._message or _NOTHING]
        newest = self._attempts[-1]
        told = []
        if newest.lowest:
            told.append(f"best {number_text(newest.lowest[0])} at step {newest.lowest[1]:,.0f}")
        if newest.unfit:
            all_of, unfit = f"of {len(newest):,}", f"{newest.unfit:,}"
            told.append(f"none {all_of} finite" if newest.lowest is None else f"{unfit} {all_of} not finite")
        earlier = len(self._attempts) - 1
        if earlier > 0:
            told.append(f"{earlier} earlier attempt{'s' * (earlier > 1)} in grey")
        return told

    def _style(self, colour: str) -> Style:
        return style(colour, self._palette.background)


def _fit(values: Floats) -> Floats:
    return values[np.isfinite(values)]


def _stroke(series: Series, steps: Axis, losses: Axis, width: int, height: int) -> Glyphs:
    is_fit = np.isfinite(series.values)
    x, y = steps.fractions(series.steps[is_fit]), losses.fractions(series.values[is_fit])
    return stroke.draw(stroke.thin(x, y, width * ACROSS), width, height)
