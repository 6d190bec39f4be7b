"""All of one run: its values beside those of its neighbours, its losses, its log."""

import asyncio
from typing import Protocol, cast

import numpy as np
from textual.app import ComposeResult
from textual.screen import Screen
from textual.widgets import Input

from hpq.queue.paths import RootPaths
from hpq.queue.runs import Run
from hpq.queue.states import LIVE, State
from hpq.results.columns import Rows
from hpq.runner.gpus import GpuUse
from hpq.tui import facts
from hpq.tui.details import Details, DetailsReader
from hpq.tui.keymap import Scope, bindings
from hpq.tui.messages import Change, ChangeAsked, CopyAsked, SamplesAsked
from hpq.tui.neighbours import Neighbours
from hpq.tui.palette import Palette
from hpq.tui.source import Snapshot
from hpq.tui.widgets.facts_pane import Facts
from hpq.tui.widgets.keys import Keys
from hpq.tui.widgets.run_body import WRONG, RunBody
from hpq.tui.widgets.said import Said


class Host(Protocol):
    """What the app knows that a screen needs."""

    @property
    def palette(self) -> Palette: ...


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
        self._neighbours = Neighbours()
        self._details = Details()
        self._trouble = ""  # why the details are old
        self._reader = DetailsReader(paths, run)
        self._is_reading = False
        self._read_of: Run | None = None  # as it was at the last reading
        self._has_lost = False  # an attempt, which was there before
        self._heading = Said("heading")
        self._body = RunBody()
        self._facts, self._curve, self._log = self._body.facts, self._body.curve, self._body.log_view
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
        self._neighbours.look(self._snapshot, self._order, self._run)
        self._open(self._neighbours.run or self._run)
        self._recolour()

    def on_screen_resume(self) -> None:
        self._read_of = None  # samples of a run that ended may be new

    def on_unmount(self) -> None:
        self._reader.close()
        self.app.theme_changed_signal.unsubscribe(self)  # it would hold the screen for ever

    def _recolour(self) -> None:
        self._curve.recolour(self._palette)
        self._log.recolour(self._palette)
        self._keys.recolour(self._palette)
        self._show()

    # What is shown

    def show(self, snapshot: Snapshot, order: Rows) -> None:
        """Show a newer reading of the root. `order` are the rows of the table in their order."""
        self._snapshot, self._order = snapshot, order
        if not self._is_open:
            return
        self._neighbours.look(snapshot, order, self._run)
        now = self._neighbours.run or self._run
        if now.attempt != self._run.attempt:
            self._open(now)
            return
        self._run = now
        self._show()
        self._read()

    @property
    def _is_open(self) -> bool:
        """Whether there is something to show a run on, and not still or no longer only a part of it."""
        return self.is_mounted and self._body.is_attached

    def _open(self, run: Run) -> None:
        """Turn to a run, or to another attempt of it."""
        is_other = run.id != self._run.id
        self._has_lost = not is_other and run.attempt < self._run.attempt
        if is_other or self._has_lost:
            self._reader.close()
            self._reader, self._details, self._trouble = DetailsReader(self._paths, run), Details(), ""
        if is_other:
            self._facts.scroll.scroll_to(y=0, animate=False)
            self._neighbours.look(self._snapshot, self._order, run)
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
        self.run_worker(self._read_details(self._reader, run))

    async def _read_details(self, reader: DetailsReader, run: Run) -> None:
        """Read a run, and try again at the next look where that failed.

        A worker of Textual's that is a thread would stay in the thread's context, and the screen with it.
        """
        details, trouble = self._details, ""
        try:
            details = await asyncio.to_thread(reader.read, run)
        except Exception as error:  # nothing that fails may end the monitor, or be silent
            trouble = f"what follows may be old, the run cannot be read: {type(error).__name__}: {error}"
        self._is_reading = False
        if reader is not self._reader:
            self._read()
            return
        self._details, self._trouble = details, trouble
        if trouble:
            self._read_of = None
        self._show()

    def _show(self) -> None:
        if not self._is_open:
            return
        run, palette, details = self._run, self._palette, self._details
        heading = facts.heading(
            run, details, self._neighbours.place, self._is_deleted, self.app.size.width, palette
        )
        self._heading.say(heading, heading)
        self._lay_out()
        self._log.mark_end(palette.state(run.state) if run.state in WRONG else None)
        self._curve.show(details.losses, palette.state(run.state), self._no_loss())
        beside, varying = self._neighbours.beside, self._neighbours.varying
        self._facts.tell(
            Facts(run, palette, details, beside, varying, self._gpu(), self._trouble, self._is_deleted)
        )
        self._tell_log()

    @property
    def _is_deleted(self) -> bool:
        return not self._details.has_folder and (self._run.attempt > 0 or self._has_lost)

    def _no_loss(self) -> str:
        if self._trouble:
            return "it cannot be read"
        if self._run.attempt and not self._details.attempts:
            return "reading…"
        if self._details.lacks_metrics:
            return "its metrics are gone"
        return "" if self._run.state in LIVE else "no loss was logged"

    def _gpu(self) -> GpuUse | None:
        """Return how the GPU is used that the run trains on."""
        if self._run.state not in LIVE:
            return None
        name = self._run.slot.partition(".")[0]
        return next((gpu for gpu in self._snapshot.gpus if f"gpu{gpu.index}" == name), None)

    def _tell_log(self) -> None:
        self._body.log_pane.tell(self._run, self._search.value, is_deleted=self._is_deleted)

    def on_log_view_changed(self) -> None:
        if self._is_open:
            self._tell_log()
            self._lay_out()

    def on_resize(self) -> None:
        self._show()

    def _lay_out(self) -> None:
        run, details = self._run, self._details
        may_have_loss = run.attempt > 0 and (run.state is not State.CRASHED or details.lacks_metrics)
        self._body.lay_out(run, has_curve=bool(details.losses) or may_have_loss)

    def on_descendant_focus(self) -> None:
        self._show_focus()

    def on_descendant_blur(self) -> None:
        self._show_focus()

    def _show_focus(self) -> None:
        self._facts.heading.set_class(self._facts.scroll.has_focus, "focused")
        self._facts.heading.say(" values", "values")
        self._body.log_pane.heading.set_class(self._log.has_focus, "focused")

    # Keys

    def action_neighbour(self, step: int) -> None:
        run = self._neighbours.at(step)
        if run is not None:
            self._open(run)

    def action_back(self) -> None:
        if self._search.has_focus or self._log.is_searching:
            self._end_search()
        elif self._body.is_zoomed:
            self.action_zoom()
        else:
            self.dismiss(None)

    def action_switch(self) -> None:
        pane = self._log if self._body.focused_pane is self._facts.scroll else self._facts.scroll
        self._body.show_both()
        self.set_focus(pane)
        self._lay_out()

    def action_zoom(self) -> None:
        self._body.is_zoomed = not self._body.is_zoomed
        self._lay_out()

    def action_scroll(self, step: int) -> None:
        self._body.focused_pane.scroll_relative(y=step, animate=False)

    def action_end(self, which: int) -> None:
        pane = self._body.focused_pane
        pane.scroll_to(y=pane.max_scroll_y if which > 0 else 0, animate=False)

    def action_follow(self) -> None:
        self._log.toggle_following()

    def action_fold(self) -> None:
        self._log.toggle_folding()
        self._tell_log()

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

    def action_samples(self) -> None:
        self.post_message(SamplesAsked(self._run))

    def action_copy_id(self) -> None:
        self.post_message(CopyAsked(self._run.id))

    def action_copy_path(self) -> None:
        folder = self._paths.run(self._run.search, self._run.number).folder
        self.post_message(CopyAsked(str(folder.resolve())))
