"""All of one run: its values beside those of its neighbours, its losses, its log."""

from collections.abc import Sequence
from functools import partial
from typing import Protocol, cast

import numpy as np
from textual.app import ComposeResult
from textual.containers import Container, Vertical, VerticalScroll
from textual.message import Message
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Input

from hpq.queue.paths import RootPaths
from hpq.queue.records import LOSS
from hpq.queue.runs import Run
from hpq.queue.states import LIVE, State
from hpq.results.columns import Columns, Rows
from hpq.results.compare import compare
from hpq.runner.gpus import GpuUse
from hpq.tui import facts
from hpq.tui.details import Details, DetailsReader
from hpq.tui.keymap import Scope, bindings
from hpq.tui.messages import Change, ChangeAsked, CopyAsked
from hpq.tui.palette import Palette
from hpq.tui.source import Snapshot
from hpq.tui.widgets.curve import Curve
from hpq.tui.widgets.keys import Keys
from hpq.tui.widgets.log_pane import LogPane
from hpq.tui.widgets.log_view import LogView
from hpq.tui.widgets.said import Said

_WIDE_FROM = 130  # columns of the terminal, from which values stand beside both curve and log
_LEAST_LOG = 4  # rows
_BESIDE = (("before", -1), ("after", 1))
_WRONG = frozenset({State.CRASHED, State.UNFINISHED})


class Host(Protocol):
    """What the app knows that a screen needs."""

    @property
    def palette(self) -> Palette: ...


class DetailsRead(Message, bubble=False):
    """A run was read."""

    def __init__(self, run_id: str, details: Details) -> None:
        super().__init__()
        self.run_id = run_id
        self.details = details


class RunScreen(Screen[None]):
    """One run at a time; the keys go on to its neighbours."""

    BINDINGS = bindings(Scope.RUN)
    CSS_PATH = "run.tcss"
    AUTO_FOCUS = "LogView"

    def __init__(self, paths: RootPaths, run: Run) -> None:
        super().__init__()
        self._paths = paths
        self._run = run
        self._snapshot = Snapshot()
        self._order: Rows = np.zeros(0, np.intp)
        self._varying: tuple[object, frozenset[str]] = None, frozenset()
        self._details = Details()
        self._reader = DetailsReader(paths, run)
        self._is_reading = False
        self._read_of: Run | None = None  # as it was at the last reading
        self._is_zoomed = False
        self._shares = ("", "")  # of the rows
        self._heading = Said(id="heading")
        self._params, self._use = Said(id="params"), Said(id="use")
        self._metrics, self._past = Said(id="metrics"), Said(id="past")
        self._facts_title = Said(id="facts-title", classes="title")
        self._facts_scroll = VerticalScroll(
            self._params, self._use, self._metrics, self._past, id="facts-scroll"
        )
        self._facts_pane = Vertical(self._facts_title, self._facts_scroll, id="facts-pane")
        self._curve = Curve()
        self._log_pane = LogPane(id="log-pane")
        self._log = self._log_pane.log_view
        self._body = Container(self._facts_pane, self._curve, self._log_pane, id="body")
        self._keys = Keys(lambda: (Scope.RUN, Scope.ANYWHERE))
        self._search = Input(placeholder="text in the log", id="search", compact=True)

    @property
    def run(self) -> Run:
        return self._run

    @property
    def _palette(self) -> Palette:
        return cast(Host, self.app).palette

    def compose(self) -> ComposeResult:
        yield self._heading
        yield self._body
        yield self._search
        yield self._keys

    def on_mount(self) -> None:
        self._search.display = False
        self.app.theme_changed_signal.subscribe(self, lambda _: self._recolour())
        self._recolour()
        self._open(self._run)

    def on_unmount(self) -> None:
        self._reader.close()

    def _recolour(self) -> None:
        self._curve.recolour(self._palette)
        self._log.recolour(self._palette)
        self._keys.recolour(self._palette)
        self._show()

    # What is shown

    def show(self, snapshot: Snapshot, order: Rows) -> None:
        """Show a newer reading of the root. `order` are the rows of the table in their order."""
        if not self._body.children:  # it is being opened or closed
            return
        self._snapshot, self._order = snapshot, order
        row = self._row()
        if row is not None:
            now = snapshot.columns.runs[row]
            if now.attempt != self._run.attempt:
                self._open(now)
            self._run = now
        self._show()
        self._read()

    def _open(self, run: Run) -> None:
        """Turn to a run, or to its next attempt."""
        if run.id != self._run.id or self._read_of is None:
            self._reader.close()
            self._reader, self._details = DetailsReader(self._paths, run), Details()
            self._facts_scroll.scroll_to(y=0, animate=False)
        self._run, self._read_of = run, None
        attempt = self._paths.run(run.search, run.number).attempt(max(1, run.attempt))
        self._log.open(attempt.log)
        self._show()
        self._read()

    def _read(self) -> None:
        """Read in a thread what takes long, unless nothing can have changed."""
        run = self._run
        if self._is_reading or (run is self._read_of and run.state not in LIVE):
            return
        self._is_reading, self._read_of = True, run
        self.run_worker(partial(self._read_details, self._reader, run), thread=True, exit_on_error=False)

    def _read_details(self, reader: DetailsReader, run: Run) -> None:
        details = Details()
        try:
            details = reader.read(run)
        finally:
            self.post_message(DetailsRead(run.id, details))

    def on_details_read(self, message: DetailsRead) -> None:
        self._is_reading = False
        if message.run_id != self._run.id:
            self._read()
            return
        self._details = message.details
        self._show()

    def _show(self) -> None:
        if not self.is_mounted:
            return
        run, palette = self._run, self._palette
        heading = facts.heading(run, self._place(), palette)
        self._heading.say(heading, heading)
        self._rearrange()
        wrong = palette.state(run.state) if run.state in _WRONG else None
        self._log.mark_end(wrong)
        self._curve.show(self._details.losses, palette.state(run.state), self._no_loss())
        self._show_facts()
        self._log_pane.tell(self._run, self._search.value)

    def _no_loss(self) -> str:
        if self._run.attempt and not self._details.attempts:
            return "reading…"
        return "" if self._run.state in LIVE else "no loss was logged"

    def _place(self) -> str:
        """Return which run of the table this is."""
        place = self._position()
        if place is not None:
            return f"{place + 1:,} of {len(self._order):,}"
        if self._snapshot.columns.runs and self._row() is None:
            return "no longer in the queue"
        return ""

    def _show_facts(self) -> None:
        columns, width = self._snapshot.columns, self._facts_scroll.size.width - 2
        if width <= 0:
            return
        run, details, palette, gpu = self._run, self._details, self._palette, self._gpu()
        beside = {name: near for name, step in _BESIDE if (near := self._neighbour(step))}
        others, varying = [near.params for near in beside.values()], self._vary(columns)
        key = (palette.name, width, run.id, [near.id for near in beside.values()], varying)
        self._params.say(
            lambda: facts.params(compare(run.params, others, varying), list(beside), width, palette), key, key
        )
        use = facts.use(details, gpu, palette)
        self._use.say(use, (palette.name, use.plain), use.plain.count("\n"))
        self._use.display = bool(use.plain)
        told = {name: (len(each), each.lowest, each.highest) for name, each in details.metrics.items()}
        self._metrics.display = any(name != LOSS for name in told)
        self._metrics.say(lambda: facts.metrics(details, palette), (key, told), (width, list(told)))
        ends = [(attempt, end.state, end.slot, end.reason) for attempt, end in details.attempts]
        sums = [(end.summary.best, end.summary.step) for _, end in details.attempts]
        shape = (palette.name, width, run.id, ends, details.origin, details.has_folder)
        self._past.say(lambda: facts.past(run, details, palette), (shape, sums), shape)

    def _gpu(self) -> GpuUse | None:
        """Return how the GPU is used that the run trains on."""
        if self._run.state not in LIVE:
            return None
        name = self._run.slot.partition(".")[0]
        return next((gpu for gpu in self._snapshot.gpus if f"gpu{gpu.index}" == name), None)

    def _vary(self, columns: Columns) -> frozenset[str]:
        """Return the hyperparameters that vary in the run's search; found anew when runs came or went."""
        key = (self._run.search, len(columns.runs))
        if key != self._varying[0]:
            rows = np.array(
                [r for r, run in enumerate(columns.runs) if run.search == self._run.search], np.intp
            )
            self._varying = key, frozenset(columns.varying(rows)) if len(rows) else frozenset()
        return self._varying[1]

    def on_log_view_changed(self) -> None:
        self._log_pane.tell(self._run, self._search.value)
        self._rearrange()

    # Where it stands

    def on_resize(self) -> None:
        self._show()
        self.call_after_refresh(self._show_facts)

    def _rearrange(self) -> None:
        """Put the log first where something went wrong, and leave the curve out where there is none."""
        is_wide, run = self.app.size.width >= _WIDE_FROM, self._run
        has_curve = bool(self._details.losses) or (run.attempt > 0 and run.state is not State.CRASHED)
        self._body.set_class(is_wide, "wide")
        self._body.set_class(self._is_zoomed, "zoomed")
        self._facts_pane.set_class(not has_curve, "alone")
        self._log_pane.set_class(not has_curve, "alone")
        on_log = self._focused_pane() is self._log
        self._curve.display = has_curve and not self._is_zoomed
        self._facts_pane.display = not (self._is_zoomed and on_log)
        self._log_pane.display = not self._is_zoomed or on_log
        wanted: list[Widget] = [self._facts_pane, self._curve, self._log_pane]
        is_log_first = run.state in _WRONG
        if is_log_first:
            wanted = [self._log_pane, self._facts_pane, self._curve]
            if is_wide:
                wanted = [self._facts_pane, self._log_pane, self._curve]
        self._put_in_order(wanted)
        self._share_rows(is_log_first)

    def _share_rows(self, is_log_first: bool) -> None:
        """Give a short log no more rows than it takes, so that more of the values can be seen."""
        height = self._body.size.height
        most = height * 3 // 5 if self._body.has_class("wide") else height // 2
        rows = max(_LEAST_LOG, min(most, self._log.row_count + 2))
        shares = (f"{rows}", "1fr") if is_log_first else ("1fr", f"{rows}")
        if shares != self._shares:
            self._shares = shares
            self._body.styles.grid_rows = " ".join(shares)

    def _put_in_order(self, wanted: Sequence[Widget]) -> None:
        if list(self._body.children) != list(wanted):
            for widget in wanted:
                self._body.move_child(widget, after=self._body.children[-1])

    def on_descendant_focus(self) -> None:
        self._show_focus()

    def on_descendant_blur(self) -> None:
        self._show_focus()

    def _show_focus(self) -> None:
        for title, pane, name in (
            (self._facts_title, self._facts_scroll, "values"),
            (self._log_pane.heading, self._log, ""),
        ):
            title.set_class(pane.has_focus, "focused")
            if name:
                title.say(f" {name}", name)

    # Keys

    def _row(self) -> int | None:
        runs = self._snapshot.columns.runs
        return next((row for row, run in enumerate(runs) if run.id == self._run.id), None)

    def _position(self) -> int | None:
        """Return the run's place in the order of the table."""
        row = self._row()
        found = [] if row is None else np.flatnonzero(self._order == row).tolist()
        return found[0] if found else None

    def _neighbour(self, step: int) -> Run | None:
        place, runs = self._position(), self._snapshot.columns.runs
        if place is None or not 0 <= place + step < len(self._order):
            return None
        return runs[int(self._order[place + step])]

    def action_neighbour(self, step: int) -> None:
        run = self._neighbour(step)
        if run is not None:
            self._open(run)

    def action_back(self) -> None:
        if self._search.has_focus or self._log.is_searching:
            self._end_search()
        elif self._is_zoomed:
            self.action_zoom()
        else:
            self.dismiss(None)

    def action_switch(self) -> None:
        pane = self._log if self._focused_pane() is self._facts_scroll else self._facts_scroll
        self._facts_pane.display = self._log_pane.display = True  # what is hidden takes no focus
        self.set_focus(pane)
        self._rearrange()

    def action_zoom(self) -> None:
        self._is_zoomed = not self._is_zoomed
        self._rearrange()
        self.call_after_refresh(self._show_facts)

    def action_scroll(self, step: int) -> None:
        self._focused_pane().scroll_relative(y=step, animate=False)

    def action_end(self, which: int) -> None:
        pane = self._focused_pane()
        pane.scroll_to(y=pane.max_scroll_y if which > 0 else 0, animate=False)

    def _focused_pane(self) -> VerticalScroll | LogView:
        return self._facts_scroll if self.focused is self._facts_scroll else self._log

    def action_follow(self) -> None:
        self._log.toggle_following()

    def action_fold(self) -> None:
        self._log.toggle_folding()
        self._log_pane.tell(self._run, self._search.value)

    def action_search(self) -> None:
        self._search.display = True
        self._search.focus()

    def on_input_changed(self) -> None:
        self._log.search(self._search.value)

    def on_input_submitted(self) -> None:
        self._search.display = False
        self._log.focus()

    def _end_search(self) -> None:
        self._search.value = ""
        self._search.display = False
        self._log.search("")
        self._log.focus()

    def action_match(self, step: int) -> None:
        self._log.go_to_match(step)

    def action_stop(self) -> None:
        self.post_message(ChangeAsked(Change.STOP, [self._run]))

    def action_requeue(self) -> None:
        self.post_message(ChangeAsked(Change.REQUEUE, [self._run]))

    def action_copy_id(self) -> None:
        self.post_message(CopyAsked(self._run.id))

    def action_copy_path(self) -> None:
        folder = self._paths.run(self._run.search, self._run.number).folder
        self.post_message(CopyAsked(str(folder.resolve())))
