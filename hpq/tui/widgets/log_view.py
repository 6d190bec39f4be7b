"""A log: its end however long it is, followed as it grows, searched, and in its own colours."""

import re
from bisect import bisect_left, bisect_right
from pathlib import Path

from rich.segment import Segment
from rich.style import Style
from rich.text import Text
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from hpq.tui.ansi import folded, line_text, plain_text, rows_of
from hpq.tui.log_tail import LogTail
from hpq.tui.palette import DARK, Palette, style
from hpq.units import format_size

_LOOK_EVERY_S = 0.5
_WRONG_LINES = 12  # at the end of the log of a run that went wrong
_KEPT = 512  # lines whose rows are kept


class LogView(ScrollView, can_focus=True):
    """Builds only the rows on the screen. Long lines are folded, unless one chose to move sideways."""

    DEFAULT_CSS = """
    LogView { width: 1fr; height: 1fr; overflow-y: scroll; overflow-x: auto; scrollbar-size: 0 1; }
    """

    class Changed(Message):
        """There are other lines, other matches, or it follows no longer."""

    def __init__(self, palette: Palette = DARK) -> None:
        super().__init__()
        self._palette = palette
        self._tail: LogTail | None = None
        self._begun = self._first = 0  # of the tail, as they were at the last look
        self._ends: list[int] = []  # the rows up to and with each line, counted on as lines are forgotten
        self._before = 0  # rows of the forgotten lines
        self._follows = True
        self._is_folding = True
        self._colour: str | None = None  # of the last lines
        self._pattern: re.Pattern[str] | None = None
        self._matches: list[int] = []  # numbers of lines, ascending
        self._match: int | None = None  # the line that one went to
        self._drawn: dict[object, list[Strip]] = {}

    def on_mount(self) -> None:
        self.set_interval(_LOOK_EVERY_S, self.look)

    # What is shown

    def open(self, log: Path, colour: str | None = None) -> None:
        """Show a log from its end. The colour is that of its last lines, where something went wrong."""
        self._tail, self._colour = LogTail(log), colour
        self._begun = -1
        self._follows, self._match = True, None
        self.look()

    def mark_end(self, colour: str | None) -> None:
        """Give the last lines a colour, or none."""
        if colour != self._colour:
            self._colour = colour
            self.refresh()

    def look(self) -> None:
        """Read what was appended."""
        if not self._width or self._tail is None:  # before the first layout
            return
        top, part = self._place(self.scroll_offset.y)
        if self._tail.look() or self._begun != self._tail.begun:
            gone = self._take(self._tail)
            if gone and not self._follows:
                self.scroll_to(y=self._row_of(top - gone) + part, animate=False)
            self.post_message(self.Changed())

    @property
    def is_following(self) -> bool:
        return self._follows

    @property
    def is_folding(self) -> bool:
        return self._is_folding

    @property
    def line_count(self) -> int:
        """The lines that can be scrolled to."""
        return 0 if self._tail is None else len(self._tail.lines) + bool(self._tail.rest)

    @property
    def is_whole(self) -> bool:
        """Whether these are all lines of the log."""
        return self._tail is None or not self._tail.skipped_bytes

    @property
    def row_count(self) -> int:
        """The rows that these lines take."""
        return self._rows()

    @property
    def is_there(self) -> bool:
        return self._tail is not None and self._tail.is_there

    def recolour(self, palette: Palette) -> None:
        self._palette = palette
        self._drawn.clear()
        self.refresh()

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._drawn.clear()

    def on_resize(self) -> None:
        self._fold_anew()
        self.look()

    # Rows

    @property
    def _width(self) -> int:
        """The columns beside the scrollbar."""
        return max(0, self.size.width - self.scrollbar_size_vertical)

    def _take(self, tail: LogTail) -> int:
        """Take over what the tail read, and return how many lines it forgot."""
        gone = tail.first - self._first
        if tail.begun != self._begun or gone >= len(self._ends) > 0:
            self._begun, self._ends, self._before, self._matches, gone = tail.begun, [], 0, [], 0
            self._drawn.clear()
        elif gone:
            self._before = self._ends[gone - 1]
            del self._ends[:gone], self._matches[: bisect_left(self._matches, tail.first)]
        self._first = tail.first
        self._measure(tail)
        self._resize()
        return gone

    def _measure(self, tail: LogTail) -> None:
        """Note how many rows the new lines take, and which of them match."""
        width, end = max(1, self._width), self._ends[-1] if self._ends else self._before
        for number in range(len(self._ends), len(tail.lines)):
            raw = tail.lines[number]
            end += rows_of(raw, width) if self._is_folding else 1
            self._ends.append(end)
            if self._pattern and self._pattern.search(plain_text(raw)):
                self._matches.append(tail.first + number)

    def _resize(self) -> None:
        width = self._width
        if not self._is_folding and self._tail is not None:
            width = max(width, max(map(len, self._tail.lines), default=0))
        self.virtual_size = Size(width, self._rows())
        if self._follows:
            self.scroll_to(y=self.max_scroll_y, animate=False)
        self.refresh()

    def _rows(self) -> int:
        tail = self._tail
        if tail is None:
            return 0
        rows = self._head_rows() + (self._ends[-1] - self._before if self._ends else 0)
        if tail.rest:
            rows += rows_of(tail.rest, max(1, self._width)) if self._is_folding else 1
        return rows

    def _head_rows(self) -> int:
        return int(self._tail is not None and self._tail.skipped_bytes > 0)

    def _fold_anew(self) -> None:
        """Measure all lines again, and keep the one at the top where it is."""
        if self._tail is None or self._begun != self._tail.begun:
            return
        top, _ = self._place(self.scroll_offset.y)
        self._ends, self._before, self._matches = [], 0, []
        self._drawn.clear()
        self._measure(self._tail)
        self._resize()
        if not self._follows:
            self.scroll_to(y=self._row_of(top), animate=False)

    def _place(self, row: int) -> tuple[int, int]:
        """Return which line a row belongs to, from 0 for the first in memory, and which of its rows it is.

        The note above the first line is its row -1.
        """
        row += self._before - self._head_rows()
        index = bisect_right(self._ends, row)
        return index, row - (self._ends[index - 1] if index else self._before)

    def _row_of(self, index: int) -> int:
        """Return the first row of a line, counted from the first in memory."""
        index = max(0, min(index, len(self._ends)))
        return self._head_rows() + (self._ends[index - 1] if index else self._before) - self._before

    # Drawing

    def render_line(self, y: int) -> Strip:
        width, ground = self._width, self.rich_style
        row = self.scroll_offset.y + y
        if self._tail is None or row >= self._rows():
            return Strip.blank(width, ground)
        if row < self._head_rows():
            return self._head(self._tail, width)
        index, part = self._place(row)
        strips = self._strips(self._tail, index)
        left = self.scroll_offset.x
        return strips[min(part, len(strips) - 1)].crop_extend(left, left + width, ground)

    def _head(self, tail: LogTail, width: int) -> Strip:
        text = f"… {format_size(tail.skipped_bytes)} before this are not shown: `hpq logs` prints all"
        return self._strip(Text(text, end=""), self._muted()).adjust_cell_length(width, self.rich_style)

    def _muted(self) -> Style:
        return self.rich_style + style(self._palette.muted)

    def _strip(self, text: Text, ground: Style) -> Strip:
        """Return a row in its own styles on top of one: a Text without any leaves its style out."""
        return Strip(Segment.apply_style(text.render(self.app.console), ground))

    def _strips(self, tail: LogTail, index: int) -> list[Strip]:
        raw = tail.lines[index] if index < len(tail.lines) else tail.rest
        is_end = self._colour is not None and index >= self.line_count - _WRONG_LINES
        is_match = self._match == tail.first + index
        key = (raw, is_end, is_match, self._pattern)
        known = self._drawn.get(key)
        if known is None:
            if len(self._drawn) >= _KEPT:
                self._drawn.clear()
            known = self._drawn[key] = self._build(raw, is_end, is_match)
        return known

    def _build(self, raw: bytes, is_end: bool, is_match: bool) -> list[Strip]:
        text = line_text(raw).copy()
        if self._pattern:
            colour = self._palette.selected if is_match else self._palette.accent
            for match in self._pattern.finditer(text.plain):
                text.stylize(style(self._palette.background, colour), *match.span())
        ground = self.rich_style + style(self._colour) if is_end else self.rich_style
        rows = folded(text, max(1, self._width)) if self._is_folding else [text]
        return [self._strip(row, ground) for row in rows]

    # Following

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        super().watch_scroll_y(old_value, new_value)
        self._set_following(round(new_value) >= self.max_scroll_y)

    def follow(self) -> None:
        """Go to the end and stay there."""
        self._set_following(True)
        self.scroll_to(y=self.max_scroll_y, animate=False)

    def toggle_following(self) -> None:
        if self._follows:
            self._set_following(False)
        else:
            self.follow()

    def _set_following(self, follows: bool) -> None:
        if follows != self._follows:
            self._follows = follows
            self.post_message(self.Changed())

    def toggle_folding(self) -> None:
        """Fold long lines, or move sideways."""
        self._is_folding = not self._is_folding
        self.scroll_to(x=0, animate=False)
        self._fold_anew()

    # Searching

    def search(self, words: str) -> None:
        """Mark where words stand, upper case or lower, and go to the last of these lines; no words end it."""
        self._pattern = re.compile(re.escape(words), re.IGNORECASE) if words else None
        self._match = None
        self._drawn.clear()
        lines = self._tail.lines if self._tail and self._pattern else []
        self._matches = [
            self._first + index
            for index, raw in enumerate(lines)
            if self._pattern and self._pattern.search(plain_text(raw))
        ]
        if self._matches:
            self._go_to(self._matches[-1])
        self.refresh()
        self.post_message(self.Changed())

    @property
    def is_searching(self) -> bool:
        return self._pattern is not None

    @property
    def match_count(self) -> int:
        return len(self._matches)

    @property
    def match_place(self) -> int:
        """Which of the matching lines one went to, from 1; 0 where none."""
        if self._match is None:
            return 0
        return bisect_right(self._matches, self._match)

    def go_to_match(self, step: int) -> None:
        """Go to the next line that matches, or to the one before, and at the end round to the other end."""
        if not self._matches:
            return
        here = self._match
        if here is None:
            here = self._first + self._place(self.scroll_offset.y)[0]
        after = bisect_right(self._matches, here) if step > 0 else bisect_left(self._matches, here) - 1
        self._go_to(self._matches[after % len(self._matches)])
        self.post_message(self.Changed())

    def _go_to(self, number: int) -> None:
        self._match = number
        row, top = self._row_of(number - self._first), self.scroll_offset.y
        if not top <= row < top + self.size.height:
            self.scroll_to(y=max(0, row - self.size.height // 3), animate=False)
        self.refresh()
