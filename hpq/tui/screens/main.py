"""The first screen: the table of runs and the plots, under one filter."""

import time
from collections.abc import Sequence
from dataclasses import replace
from enum import StrEnum
from typing import TYPE_CHECKING, cast

from textual.app import ComposeResult
from textual.containers import Container
from textual.screen import Screen
from textual.widgets import Input, Static

from hpq.errors import HpqError
from hpq.queue.runs import Run
from hpq.results.columns import Columns, Rows
from hpq.results.panels import Picture
from hpq.results.plain import plain
from hpq.tui.cells import TableColumn, has_attempts, table_columns
from hpq.tui.keymap import Scope, bindings
from hpq.tui.messages import Change, ChangeAsked, CopyAsked, RunSelected, SortAsked
from hpq.tui.palette import Depth, Palette
from hpq.tui.source import Snapshot
from hpq.tui.view import SHARES, View
from hpq.tui.widgets.header import Header
from hpq.tui.widgets.keys import Keys
from hpq.tui.widgets.plots import Plots
from hpq.tui.widgets.runs_table import RunsTable

if TYPE_CHECKING:
    from hpq.tui.app import Monitor

_BOTH_FROM_ROWS = 34  # of the terminal, from which table and plots stand one above the other
_BOTH_FROM_COLUMNS = 150  # or side by side
_PLOTS_COST = (
    250  # for each second of drawing plots that nobody asked to see anew, so many seconds between them
)
_PLOTS_AT_LEAST_S = 0.9
_PLOTS_AT_MOST_S = 10.0


class Shown(StrEnum):
    """Which of the two is on the screen."""

    BOTH = "both"
    TABLE = "table"
    PLOTS = "plots"


class MainScreen(Screen[None]):
    """Runs and plots."""

    BINDINGS = bindings(Scope.MAIN)
    AUTO_FOCUS = "RunsTable"

    def __init__(self, palette: Palette, depth: Depth) -> None:
        super().__init__()
        self._header = Header(palette)
        self._filter = Input(placeholder="state:crashed lr>0.01 kind:conv", id="filter", compact=True)
        self._complaint = Static("", id="complaint", markup=False)
        self.table = RunsTable(palette)
        self.plots = Plots(palette, depth)
        self._keys = Keys(self._scopes, palette)
        self._body = Container(self.plots, self.table, id="body")
        self._snapshot = Snapshot()
        self._view = View()
        self._before_filter = self._view
        self._marks: frozenset[str] = frozenset()
        self._rows: Rows = self._view.rows(self._snapshot.columns)
        self._all_columns: Sequence[TableColumn] = ()
        self._table_columns: Sequence[TableColumn] = ()
        self._selected: str | None = None  # a run's id
        self._row: int | None = None  # where it was last
        self._wanted: Shown | None = None  # None: whatever the terminal has room for
        self._plots_due_s = 0.0
        self._plots_are_old = False

    @property
    def _monitor(self) -> "Monitor":
        return cast("Monitor", self.app)

    def compose(self) -> ComposeResult:
        yield self._header
        yield self._filter
        yield self._complaint
        yield self._body
        yield self._keys

    def _scopes(self) -> tuple[Scope, ...]:
        """Return where the keys of this moment come from."""
        if self._filter.has_focus:
            return (Scope.FILTER,)
        return (Scope.PLOTS if self.plots.has_focus else Scope.TABLE, Scope.MAIN, Scope.ANYWHERE)

    def on_descendant_focus(self) -> None:
        self._keys.refresh()

    def on_mount(self) -> None:
        self.set_interval(1.0, self._header.redraw)

    # What is shown

    @property
    def order(self) -> Rows:
        """The rows of the table, as it is filtered and sorted."""
        return self._rows

    @property
    def selected(self) -> Run | None:
        row = self._selected_row()
        return None if row is None else self._snapshot.columns.runs[row]

    def show(self, snapshot: Snapshot) -> None:
        """Show a newer reading of the root."""
        before, self._snapshot = self._snapshot.columns, snapshot
        if snapshot.columns is not before:
            self._take_columns(before, snapshot.columns)
        self._show_header()
        self._show_table()
        if snapshot.columns is not before or snapshot.trouble or not snapshot.columns.runs:
            self._plots_are_old = True
        self._show_plots_when_due()

    def _take_columns(self, before: Columns, now: Columns) -> None:
        self._rows = self._view.rows(now)
        if (
            now.codes is not before.codes
            or has_attempts(now) != has_attempts(before)
            or not self._all_columns
        ):
            self._all_columns = table_columns(now)
            self._choose_columns()
        if self._selected is None and len(self._rows):
            self._selected = now.runs[self._rows[0]].id
        if len(now.runs) < len(before.runs):
            self._marks &= {run.id for run in now.runs}

    def _choose_columns(self) -> None:
        chosen = [column for column in self._all_columns if column.name not in self._view.hidden]
        if chosen != self._table_columns:
            self._table_columns = chosen

    def change_view(self, view: View) -> None:
        """Show something else of the same runs."""
        self._view = view
        self._rows = view.rows(self._snapshot.columns)
        self._choose_columns()
        self._show_header()
        self._show_table()
        self._show_plots()

    def _show_header(self) -> None:
        told = []
        if self._view.filter_text:
            told.append(
                f"/{self._view.filter_text} ({len(self._rows):,} of {len(self._snapshot.columns.runs):,})"
            )
        if self._marks:
            told.append(f"{len(self._marks):,} marked")
        self._header.show(self._snapshot, " · ".join(told))

    def _show_table(self) -> None:
        self.table.show(
            self._snapshot.columns,
            self._rows,
            self._table_columns,
            self._marks,
            (self._view.sorted_by, self._view.is_reverse),
            self._selected_row(),
            self._snapshot.wall_at or time.time(),
            "" if len(self._rows) else self._why_empty(),
        )
        row = self.table.selected
        self._selected = None if row is None else self._snapshot.columns.runs[row].id

    def _show_plots_when_due(self) -> None:
        """Draw the plots now, or, where they cost much, when their share of the time is up."""
        now = time.monotonic()
        if not self._plots_are_old:
            return
        if now >= self._plots_due_s:
            self._show_plots()

    def _show_plots(self) -> None:
        began = time.thread_time()
        self._plots_are_old = False
        if self.plots.display:
            self.plots.show(self._drawn(), self._selected_row(), self._view.note)
        cost_s = (time.thread_time() - began) * _PLOTS_COST
        self._plots_due_s = time.monotonic() + min(_PLOTS_AT_MOST_S, max(_PLOTS_AT_LEAST_S, cost_s))

    def _drawn(self) -> Picture | str:
        """Return the picture of what is shown, or why there is none."""
        if not len(self._rows):
            return self._why_empty()
        return self._view.picture(self._snapshot.columns, self._rows)

    def _why_empty(self) -> str:
        """Return why no run is shown."""
        if self._snapshot.trouble or not self._snapshot.read_at_s:
            return self._snapshot.trouble
        if self._view.filter_text:
            return f"no run matches {plain(self._view.filter_text, 60)}: esc clears the filter"
        return "there are no runs yet: queue some with `hpq enqueue`, and they appear here"

    def _selected_row(self) -> int | None:
        """Return the row of the selected run, which is the same in most readings."""
        runs, row = self._snapshot.columns.runs, self._row
        if row is None or row >= len(runs) or runs[row].id != self._selected:
            row = next((row for row, run in enumerate(runs) if run.id == self._selected), None)
        self._row = row
        return row

    def recolour(self, palette: Palette, depth: Depth) -> None:
        self._header.recolour(palette)
        self.table.recolour(palette)
        self.plots.recolour(palette, depth)
        self._keys.recolour(palette)

    # What is where

    def on_resize(self) -> None:
        self._arrange()

    def _arrange(self) -> None:
        """Show table and plots where there is room for both, else one of them."""
        width, height = self.app.size
        has_rows, has_columns = height >= _BOTH_FROM_ROWS, width >= _BOTH_FROM_COLUMNS
        shown = self._shown()
        self._body.set_class(shown is Shown.BOTH and not has_rows and has_columns, "beside")
        self._body.set_class(shown is not Shown.BOTH, "alone")
        was_hidden = not self.plots.display
        self.table.display = shown is not Shown.PLOTS
        self.plots.display = shown is not Shown.TABLE
        if was_hidden and self.plots.display:
            self.call_after_refresh(self._show_plots)
        if shown is not Shown.BOTH or self.focused is None:
            (self.plots if shown is Shown.PLOTS else self.table).focus()

    def _shown(self) -> Shown:
        width, height = self.app.size
        has_room = height >= _BOTH_FROM_ROWS or width >= _BOTH_FROM_COLUMNS
        if self._wanted is None or (self._wanted is Shown.BOTH and not has_room):
            return Shown.BOTH if has_room else Shown.TABLE
        return self._wanted

    def action_view(self) -> None:
        order = list(Shown)
        was = self._shown()
        wanted = order[(order.index(was) + 1) % len(order)]
        self._wanted = wanted
        if self._shown() is was:  # no room for both
            self._wanted = Shown.PLOTS
        self._arrange()

    def action_switch(self) -> None:
        if self._shown() is Shown.BOTH:
            (self.plots if self.table.has_focus else self.table).focus()
        else:
            self._wanted = Shown.TABLE if self._shown() is Shown.PLOTS else Shown.PLOTS
            self._arrange()

    # Selecting

    def on_run_selected(self, message: RunSelected) -> None:
        self._selected = self._snapshot.columns.runs[message.row].id
        self._show_table()
        self.plots.select(message.row)

    def action_mark(self) -> None:
        if self._selected is not None:
            self._marks ^= {self._selected}
            self._show_header()
            if self.table.has_focus:
                self.table.action_move(1)
            self._show_table()

    def action_mark_all(self) -> None:
        shown = frozenset(self._snapshot.columns.runs[row].id for row in self._rows)
        self._marks = frozenset() if shown <= self._marks else self._marks | shown
        self._show_header()
        self._show_table()

    def action_back(self) -> None:
        if self.plots.is_zoomed and self.plots.display:
            self.plots.action_zoom()
        elif self._marks:
            self._marks = frozenset()
            self._show_header()
            self._show_table()
        elif self._view.filter_text:
            self.change_view(replace(self._view, filter_text="", filter=None))

    # Filtering

    def action_filter(self) -> None:
        self._before_filter = self._view
        self._filter.display = True
        self._filter.value = self._view.filter_text
        self._filter.focus()

    def on_input_changed(self, event: Input.Changed) -> None:
        if not self._filter.display:
            return
        from hpq.results.filter import parse_filter  # the first frame does without

        try:
            parsed = parse_filter(event.value)
            parsed.rows(self._snapshot.columns)
        except HpqError as error:
            self._complain(str(error))
            self.change_view(self._before_filter)
            return
        self._complain("")
        self.change_view(replace(self._view, filter_text=event.value.strip(), filter=parsed))

    def _complain(self, text: str) -> None:
        self._complaint.update(plain(text))
        self._complaint.display = bool(text)

    def on_input_submitted(self) -> None:
        if not self._complaint.display:
            self._close_filter()

    def leave_filter(self) -> None:
        """Take back what was typed."""
        self._close_filter()
        self.change_view(self._before_filter)

    def _close_filter(self) -> None:
        self._filter.display = False
        self._complain("")
        (self.plots if self._shown() is Shown.PLOTS else self.table).focus()

    @property
    def is_filtering(self) -> bool:
        return bool(self._filter.display)

    # Sorting and columns

    def action_sort(self) -> None:
        from hpq.tui.screens.choose import ChooseScreen  # the first frame does without

        names = [column.name for column in self._all_columns]

        def sort(chosen: list[str] | None) -> None:
            if chosen:
                self._sort(chosen[0])

        self.app.push_screen(ChooseScreen("Sort by", names, [self._view.sorted_by], is_single=True), sort)

    def on_sort_asked(self, message: SortAsked) -> None:
        self._sort(message.name)

    def _sort(self, name: str) -> None:
        is_reverse = not self._view.is_reverse if name == self._view.sorted_by else False
        self.change_view(replace(self._view, sorted_by=name, is_reverse=is_reverse))

    def action_reverse(self) -> None:
        self.change_view(replace(self._view, is_reverse=not self._view.is_reverse))

    def action_columns(self) -> None:
        from hpq.tui.screens.choose import ChooseScreen  # the first frame does without

        names = [column.name for column in self._all_columns]

        def choose(chosen: list[str] | None) -> None:
            if chosen is not None:
                hidden = frozenset(names) - {*chosen, "run"}
                self.change_view(replace(self._view, hidden=hidden))

        there = [name for name in names if name not in self._view.hidden]
        self.app.push_screen(ChooseScreen("Columns", names, there), choose)

    # The plots

    def action_log_axis(self) -> None:
        self.change_view(replace(self._view, want_log=not self._view.want_log))

    def action_best_share(self) -> None:
        share = SHARES[(SHARES.index(self._view.best_share) + 1) % len(SHARES)]
        self.change_view(replace(self._view, best_share=share))

    def action_page(self, step: int) -> None:
        self.plots.turn_page(step)

    def action_picture(self) -> None:
        self._monitor.show_picture(self._drawn(), self._view)

    def action_export(self) -> None:
        self._monitor.export(self._drawn(), self._view)

    # What is done to runs

    def _chosen(self) -> list[Run]:
        """Return the runs that are marked, or else the selected one."""
        if self._marks:
            return [run for run in self._snapshot.columns.runs if run.id in self._marks]
        return [self.selected] if self.selected else []

    def _shown_runs(self) -> list[Run]:
        return [self._snapshot.columns.runs[row] for row in self._rows]

    def action_stop(self) -> None:
        self.post_message(ChangeAsked(Change.STOP, self._chosen()))

    def action_stop_shown(self) -> None:
        self.post_message(ChangeAsked(Change.STOP, self._shown_runs()))

    def action_requeue(self) -> None:
        self.post_message(ChangeAsked(Change.REQUEUE, self._chosen()))

    def action_requeue_shown(self) -> None:
        self.post_message(ChangeAsked(Change.REQUEUE, self._shown_runs()))

    def action_copy_id(self) -> None:
        if self.selected:
            self.post_message(CopyAsked(self.selected.id))

    def action_copy_path(self) -> None:
        if self.selected:
            self.post_message(CopyAsked(str(self._monitor.folder_of(self.selected))))
