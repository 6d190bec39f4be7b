"""The header: how the searches stand, how the GPUs are used, and how old that is."""

import time

import numpy as np
from rich.style import Style
from rich.text import Text
from textual.geometry import Size
from textual.strip import Strip
from textual.widget import Widget

from hpq.queue.runs import Run
from hpq.queue.states import LIVE, State
from hpq.results.plain import number_text, plain
from hpq.results.text import GLYPHS
from hpq.runner.gpus import GpuUse
from hpq.tui.palette import DARK, Palette, style
from hpq.tui.source import Snapshot
from hpq.units import format_duration, format_pace

_OLD_S = 3.0  # what is shown is older than it should be
_BAR = " ▏▎▍▌▋▊▉█"
_BAR_CELLS = 4
_SLOT_LINES = ((20, 1), (34, 2))  # at the most, in terminals of fewer rows than that
_MOST_SLOT_LINES = 3
_GAP = "   "
_APART = " · "


class Header(Widget):
    """Two lines of counts and figures, and as many as it takes for the places where runs train."""

    DEFAULT_CSS = "Header { height: auto; }"

    def __init__(self, palette: Palette = DARK) -> None:
        super().__init__()
        self._palette = palette
        self._snapshot = Snapshot()
        self._title = ""
        self._lines: list[Text] = []

    def show(self, snapshot: Snapshot, title: str = "") -> None:
        """Show a snapshot; the title says what of it, such as a filter."""
        self._snapshot, self._title = snapshot, title
        self.redraw()

    def recolour(self, palette: Palette) -> None:
        self._palette = palette
        self.redraw()

    def tell_age(self) -> None:
        """Draw anew where the snapshot is old: its age grows though nothing is read."""
        if self._age_s > _OLD_S:
            self.redraw()

    def redraw(self) -> None:
        """Draw anew where anything changed."""
        lines = self._made(self.size.width)
        if lines != self._lines:
            self._lines = lines
            self.refresh(layout=len(lines) != self.size.height)

    @property
    def _age_s(self) -> float:
        read_at_s = self._snapshot.read_at_s
        return time.monotonic() - read_at_s if read_at_s else 0.0

    def get_content_height(self, _container: Size, _viewport: Size, width: int) -> int:
        return len(self._made(width))

    def _made(self, width: int) -> list[Text]:
        return [self._counts(width), self._figures(width), *self._slots(width)]

    def render_line(self, y: int) -> Strip:
        ground = self._style(self._palette.foreground)
        if y >= len(self._lines):
            return Strip.blank(self.size.width, ground)
        strip = Strip(self._lines[y].render(self.app.console, end="")).apply_style(ground)
        return strip.adjust_cell_length(self.size.width, ground)

    def on_resize(self) -> None:
        self.redraw()

    def _counts(self, width: int) -> Text:
        """Return the counts by state: with words where there is room."""
        counts = self._snapshot.overview.counts
        there = [(state, counts[state]) for state in State if counts.get(state)]
        words = [f"{GLYPHS[state]} {count:,} {state}" for state, count in there]
        is_short = sum(map(len, words)) + len(_GAP) * len(words) + 6 > width
        line = self._text(" hpq", self._palette.accent, bold=True)
        for (state, count), word in zip(there, words, strict=True):
            shown = f"{GLYPHS[state]} {count:,}" if is_short else word
            line.append((_GAP[1:] if is_short else _GAP) + shown, self._style(self._palette.state(state)))
        return line

    def _figures(self, width: int) -> Text:
        snapshot, view = self._snapshot, self._snapshot.overview
        palette = self._palette
        told: list[tuple[str, str]] = []
        if self._age_s > _OLD_S:
            told.append((f"{format_duration(self._age_s)} old", palette.unfinished))
        if snapshot.problems:
            told.append((plain(snapshot.problems[0], max(20, width // 2)), palette.crashed))
        if snapshot.paused:
            told.append((plain(snapshot.paused, max(20, width // 2)), palette.unfinished))
        if self._title:
            told.append((plain(self._title, max(20, width // 2)), palette.accent))
        if view.best is not None:
            told.append((f"best {number_text(view.best)} {view.best_run}", palette.foreground))
        if view.pace_per_hour and any(view.counts.get(state) for state in LIVE):
            told.append((format_pace(view.pace_per_hour), palette.muted))
        if view.time_left_s:
            told.append((f"about {format_duration(view.time_left_s)} left", palette.muted))
        line = self._text(" ", palette.muted)
        for text, colour in told:  # what matters most comes first, and what does not fit is left out
            apart = _APART if line.cell_len > 1 else ""
            if line.cell_len + len(apart) + len(text) <= width:
                line.append(apart + text, self._style(colour))
        return line

    def _slots(self, width: int) -> list[Text]:
        cells = slot_cells(self._snapshot)
        longest = max((len(cell) for cell in cells), default=0)
        across = max(1, (width - 1) // (longest + len(_GAP)))
        lines = [cells[start : start + across] for start in range(0, len(cells), across)]
        rows = self.app.size.height
        most = next((most for below, most in _SLOT_LINES if rows < below), _MOST_SLOT_LINES)
        hidden = sum(map(len, lines[most:]))
        made = []
        for some in lines[:most]:
            text = " " + _GAP.join(cell.ljust(longest) for cell in some)
            made.append(self._text(text, self._palette.muted))
        if hidden:
            made[-1].append(f"{_GAP}+{hidden} more", self._style(self._palette.muted))
        return made

    def _text(self, text: str, colour: str, *, bold: bool = False) -> Text:
        return Text(text, self._style(colour, bold=bold), no_wrap=True)

    def _style(self, colour: str, *, bold: bool = False) -> Style:
        return style(colour, self._palette.surface, bold=bold)


def slot_cells(snapshot: Snapshot) -> list[str]:
    """Return a text for each GPU, and for each other place where a run trains."""
    rows = np.flatnonzero(snapshot.columns.where(LIVE)).tolist()
    live = [run for row in rows if (run := snapshot.columns.runs[row]).slot]
    by_gpu: dict[str, list[Run]] = {f"gpu{gpu.index}": [] for gpu in snapshot.gpus}
    others: list[Run] = []
    for run in live:
        by_gpu.get(run.slot.partition(".")[0], others).append(run)
    cells = [_gpu_cell(gpu, by_gpu[f"gpu{gpu.index}"]) for gpu in snapshot.gpus]
    return cells + [f"{plain(run.slot, 8)} {run.id}" for run in sorted(others, key=lambda run: run.slot)]


def _gpu_cell(gpu: GpuUse, runs: list[Run]) -> str:
    used = "" if gpu.utilization is None else f"{_bar(gpu.utilization / 100)}{gpu.utilization:3.0f}% "
    memory = f"{gpu.memory_used_bytes / 2**30:.0f}/{gpu.memory_bytes / 2**30:.0f}G"
    who = "idle" if not runs else runs[0].id if len(runs) == 1 else f"{len(runs)} runs"
    return f"gpu{gpu.index} {used}{memory} {who}"


def _bar(share: float) -> str:
    eighths = round(min(1.0, max(0.0, share)) * _BAR_CELLS * 8)
    full, rest = divmod(eighths, 8)
    return ("█" * full + (_BAR[rest] if full < _BAR_CELLS else "")).ljust(_BAR_CELLS)
