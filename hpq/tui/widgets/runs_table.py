"""The table of runs: however many there are, only the rows on the screen are built."""

import textwrap
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from rich.segment import Segment
from textual import events
from textual.geometry import Region, Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from hpq.results.columns import Columns, Rows
from hpq.tui.cells import TableColumn
from hpq.tui.keymap import Scope, bindings
from hpq.tui.messages import RunOpened, RunSelected, SortAsked
from hpq.tui.palette import DARK, Palette, style

_GAP = "  "  # between columns
_MARK, _NO_MARK = "✓ ", "  "
_HEAD = 1
_LEAST_TEXT = 6  # characters of a column of text, below which it is left out
_PINNED = 1  # columns that stay when the others move


class RunsTable(ScrollView, can_focus=True):
    """Rows of a snapshot's columns in a given order, with a cursor that stays on its run."""

    BINDINGS = bindings(Scope.TABLE)
    DEFAULT_CSS = """
    RunsTable { width: 1fr; height: 1fr; scrollbar-size-vertical: 1; overflow-x: hidden; overflow-y: scroll; }
    """

    def __init__(self, palette: Palette = DARK) -> None:
        super().__init__()
        self._palette = palette
        self._columns = Columns()
        self._rows: Rows = np.zeros(0, np.intp)
        self._shown: Sequence[TableColumn] = ()
        self._marks: frozenset[str] = frozenset()
        self._sorted = ("", False)
        self._now = 0.0
        self._message = ""
        self._aside = 0  # columns that are moved out on the left
        self._cursor = 0  # a place in the rows
        self._strips: dict[int, tuple[object, Strip]] = {}  # by line of the widget

    # What is shown

    def show(
        self,
        columns: Columns,
        rows: Rows,
        shown: Sequence[TableColumn],
        marks: frozenset[str],
        sorted_by: tuple[str, bool],
        cursor: int | None,
        now: float,
        message: str = "",
    ) -> None:
        """Show rows of columns (N,) in their order. `cursor` is a row, `now` seconds since the epoch.

        The message says why there are none.
        """
        if shown is not self._shown or sorted_by != self._sorted:
            self._strips.clear()
        self._columns, self._rows, self._shown, self._marks = columns, rows, shown, marks
        self._sorted, self._now, self._message = sorted_by, now, message
        self.virtual_size = Size(1, len(rows) + _HEAD)  # columns are moved by _aside, not by scrolling
        self._put_cursor(cursor)
        self._refresh_lines()

    def _put_cursor(self, cursor: int | None) -> None:
        """Keep the cursor on its run where that is still shown, else near its place."""
        found = [] if cursor is None else np.flatnonzero(self._rows == cursor).tolist()
        before = self._cursor
        self._cursor = found[0] if found else max(0, min(self._cursor, len(self._rows) - 1))
        if self._cursor != before:
            self._scroll_to_cursor()

    @property
    def selected(self) -> int | None:
        """The row of the columns that the cursor is on."""
        return int(self._rows[self._cursor]) if len(self._rows) else None

    def recolour(self, palette: Palette) -> None:
        self._palette = palette
        self._strips.clear()
        self.refresh()

    # Drawing

    def _refresh_lines(self) -> None:
        """Redraw the lines that say something new."""
        regions = [
            Region(0, line, self.size.width, 1)
            for line in range(self.size.height)
            if line not in self._strips or self._strips[line][0] != self._key(line)
        ]
        if regions:
            self.refresh(*regions)

    def _key(self, line: int) -> object:
        """Return what a line's look depends on."""
        place = self._place(line)
        if line < _HEAD or place is None:
            return (line < _HEAD, self.size, self._aside, self._message)
        run = self._columns.runs[self._rows[place]]
        clocks = [column.text(run, self._now) for column in self._shown if column.name in ("took", "age")]
        is_cursor = place == self._cursor and (1 + self.has_focus)
        return (run, clocks, is_cursor, run.id in self._marks, self.size.width, self._aside)

    def _place(self, line: int) -> int | None:
        place = self.scroll_offset.y + line - _HEAD
        return place if 0 <= place < len(self._rows) else None

    def render_line(self, y: int) -> Strip:
        key = self._key(y)
        known = self._strips.get(y)
        if known is None or known[0] != key:
            known = self._strips[y] = (key, self._build(y))
        return known[1]

    def _build(self, line: int) -> Strip:
        palette, place, width = self._palette, self._place(line), self.size.width
        if line < _HEAD:
            return self._head(width)
        if place is None:
            return self._message_line(line, width)
        run = self._columns.runs[self._rows[place]]
        is_cursor, is_marked = place == self._cursor, run.id in self._marks
        background = palette.cursor if is_cursor else palette.background
        plain_style = style(palette.foreground, background, bold=is_cursor and self.has_focus)
        segments = [Segment(_MARK if is_marked else _NO_MARK, style(palette.accent, background, bold=True))]
        for column in self._visible():
            text = column.cell(run, self._now) + _GAP
            if column.name == "state":
                segments.append(Segment(text, style(palette.state(run.state), background)))
            elif column.name in ("why", "took", "age", "slot"):
                segments.append(Segment(text, style(palette.muted, background)))
            else:
                segments.append(Segment(text, plain_style))
        return Strip(segments).adjust_cell_length(width, plain_style)

    def _message_line(self, line: int, width: int) -> Strip:
        lines = textwrap.wrap(self._message, max(10, width - 8))
        index = line - (self.size.height - len(lines)) // 2
        text = lines[index].center(width) if 0 <= index < len(lines) else " " * width
        return Strip([Segment(text, style(self._palette.muted, self._palette.background))])

    def _visible(self) -> list[TableColumn]:
        """Return the columns that are not moved out on the left, as many as can be seen."""
        chosen: list[TableColumn] = []
        room = self.size.width - len(_NO_MARK)
        for column in [*self._shown[:_PINNED], *self._shown[_PINNED + self._aside :]]:
            if column.width > room:  # half a number is another number, and half a text is better than none
                if not column.is_number and room >= _LEAST_TEXT:
                    chosen.append(replace(column, width=room))
                break
            chosen.append(column)
            room -= column.width + len(_GAP)
        return chosen

    def _head(self, width: int) -> Strip:
        palette = self._palette
        name, is_reverse = self._sorted
        segments = [Segment(_NO_MARK, style(palette.muted, palette.surface))]
        for column in self._visible():
            is_sorted = column.name == name
            text = f"{column.head}{'▼' if is_reverse else '▲'}" if is_sorted else column.head
            colour = palette.accent if is_sorted else palette.muted
            segments.append(
                Segment(column.fitted(text) + _GAP, style(colour, palette.surface, bold=is_sorted))
            )
        return Strip(segments).adjust_cell_length(width, style(palette.muted, palette.surface))

    def on_resize(self) -> None:
        self._strips.clear()
        self._scroll_to_cursor()

    # Keys and mouse

    def _move_to(self, place: int) -> None:
        if not len(self._rows):
            return
        place = max(0, min(place, len(self._rows) - 1))
        if place != self._cursor:
            self._cursor = place
            self._scroll_to_cursor()
            self._refresh_lines()
            self.post_message(RunSelected(self._columns.runs[self._rows[place]].id))

    def _scroll_to_cursor(self) -> None:
        top, rows = self.scroll_offset.y, max(1, self.size.height - _HEAD)
        if self._cursor < top:
            self.scroll_to(y=self._cursor, animate=False)
        elif self._cursor >= top + rows:
            self.scroll_to(y=self._cursor - rows + 1, animate=False)

    def action_move(self, step: int) -> None:
        self._move_to(self._cursor + step)

    def action_page(self, step: int) -> None:
        self._move_to(self._cursor + step * max(1, self.size.height - _HEAD - 1))

    def action_end(self, which: int) -> None:
        self._move_to(len(self._rows) - 1 if which > 0 else 0)

    def action_aside(self, step: int) -> None:
        most = max(0, len(self._shown) - _PINNED - 1)
        self._aside = max(0, min(most, self._aside + step))
        self._refresh_lines()

    def action_open(self) -> None:
        if len(self._rows):
            self.post_message(RunOpened())

    def watch_has_focus(self, has_focus: bool) -> None:
        super().watch_has_focus(has_focus)
        self._refresh_lines()

    def on_click(self, event: events.Click) -> None:
        place = self._place(event.y)
        if event.y < _HEAD:
            column = self.column_at(event.x)
            if column is not None:
                self.post_message(SortAsked(column.name))
        elif place is not None:
            self._move_to(place)
            if event.chain == 2:
                self.action_open()

    def column_at(self, x: int) -> TableColumn | None:
        """Return the column at a cell of a line."""
        edge = len(_NO_MARK)
        for column in self._visible():
            edge += column.width + len(_GAP)
            if x < edge:
                return column
        return None
