"""The first screen: the table of runs and the plots, under one filter."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import cast

from textual.app import ComposeResult
from textual.screen import Screen
from textual.widget import Widget

from hpq.errors import HpqError
from hpq.queue.paths import RootPaths
from hpq.queue.runs import Run
from hpq.results.columns import Columns, Rows
from hpq.results.picture.look import Look
from hpq.results.picture.panels import DRAWN, Picture
from hpq.results.plain import plain
from hpq.tui.cells import TableColumn, has_attempts, table_columns
from hpq.tui.keymap import Scope, bindings
from hpq.tui.messages import Change, CopyAsked, Host, PictureAsked, RunSelected, SamplesAsked, SortAsked
from hpq.tui.palette import Depth, Palette
from hpq.tui.source import Snapshot
from hpq.tui.view import SHARES, View
from hpq.tui.widgets.body import Body
from hpq.tui.widgets.filter_bar import FilterBar
from hpq.tui.widgets.header import Header
from hpq.tui.widgets.keys import Keys

# After plots that nobody asked to see anew, a pause of so many times what drawing them took: a longer one
# where dots only moved, a shorter one where runs began or ended.
_PAUSE_OF_MOVES, _PAUSE_OF_ENDS = 1000, 100
_OF_PLOTS = ("log_axis", "best_share", "page", "colour", "plane", "progress")  # actions
_LEAST_PAUSE_S, _MOST_PAUSE_S = 0.9, 10.0


@dataclass(frozen=True, slots=True)
class _BeforeFilter:
    """What comes back when a filter that was typed is taken back."""

    view: View
    selected: str | None
    focused: Widget | None


class MainScreen(Screen[None]):
    """Runs and plots."""

    BINDINGS = bindings(Scope.MAIN)
    AUTO_FOCUS = "RunsTable"

    def __init__(self, paths: RootPaths, palette: Palette, depth: Depth) -> None:
        super().__init__()
        self._paths = paths
        self._header = Header(palette)
        self._filter = FilterBar()
        self._body = Body(palette, depth)
        self.table, self.plots = self._body.table, self._body.plots
        self._keys = Keys(self._scopes, palette)
        self._snapshot = Snapshot()
        self._view = View()
        self._before_filter = _BeforeFilter(self._view, None, None)
        self._marks: frozenset[str] = frozenset()
        self._last_pair = ("", "")  # of a plane
        self._rows: Rows = self._view.rows(self._snapshot.columns)
        self._all_columns: Sequence[TableColumn] = ()
        self._table_columns: Sequence[TableColumn] = ()
        self._selected: str | None = None  # a run's id
        self._row: int | None = None  # where it was last
        self._plots_drawn_s = float("-inf")
        self._plots_took_s = 0.0
        self._plots_of: Columns | None = None  # what they show
        self._marked: frozenset[str] = frozenset()  # hyperparameters, in them

    def compose(self) -> ComposeResult:
        yield self._header
        yield self._filter
        yield self._body
        yield self._keys

    def on_mount(self) -> None:
        self.set_interval(1.0, self._header.tell_age)

    def on_resize(self) -> None:
        self._body.lay_out()

    def on_descendant_focus(self) -> None:
        self._keys.refresh()

    def _scopes(self) -> tuple[Scope, ...]:
        """Return where the keys of this moment come from."""
        if self._filter.is_open:
            return (Scope.FILTER,)
        return (Scope.PLOTS if self.plots.has_focus else Scope.TABLE, Scope.MAIN, Scope.ANYWHERE)

    # What is shown

    @property
    def order(self) -> Rows:
        """The rows of the table, as it is filtered and sorted."""
        return self._rows

    @property
    def filter_text(self) -> str:
        return self._view.filter_text

    @property
    def selected(self) -> Run | None:
        row = self._selected_row()
        return None if row is None else self._snapshot.columns.runs[row]

    def _selected_row(self) -> int | None:
        """Return the row of the selected run, which is the same in most readings."""
        runs, row = self._snapshot.columns.runs, self._row
        if row is None or row >= len(runs) or runs[row].id != self._selected:
            row = next((row for row, run in enumerate(runs) if run.id == self._selected), None)
        self._row = row
        return row

    def show(self, snapshot: Snapshot) -> None:
        """Show a newer reading of the root."""
        before, self._snapshot = self._snapshot.columns, snapshot
        if snapshot.columns is not before:
            self._take_columns(before, snapshot.columns)
        self._show_header()
        self._show_table()
        if self._are_plots_due():
            self._show_plots()

    def _take_columns(self, before: Columns, now: Columns) -> None:
        self._rows = self._view.rows(now)
        is_known = now.codes is before.codes and has_attempts(now) == has_attempts(before)
        if not is_known or not self._all_columns:
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
            shown, of_all = f"{len(self._rows):,}", f"{len(self._snapshot.columns.runs):,}"
            told.append(f"/{self._view.filter_text} ({shown} of {of_all})")
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

    def _are_plots_due(self) -> bool:
        """Tell whether the plots show other runs than there are, and were not drawn a moment ago."""
        shown, now = self._plots_of, self._snapshot.columns
        if shown is now and now.runs and self._marked == self._view.marked(self._snapshot.bunched):
            return False
        has_other_states = shown is None or shown.states is not now.states
        factor = _PAUSE_OF_ENDS if has_other_states else _PAUSE_OF_MOVES
        pause_s = min(_MOST_PAUSE_S, max(_LEAST_PAUSE_S, self._plots_took_s * factor))
        return time.monotonic() - self._plots_drawn_s >= pause_s

    def _show_plots(self) -> None:
        if not self.plots.display:
            return
        began_s = time.thread_time()
        self.plots.show(self._picture(), self._selected_row(), self._view.note)
        self._plots_of = self._snapshot.columns
        self._marked = self._view.marked(self._snapshot.bunched)
        self._plots_took_s, self._plots_drawn_s = time.thread_time() - began_s, time.monotonic()

    def _picture(self) -> Picture | str:
        """Return the picture of what is shown, or why there is none."""
        if not len(self._rows):
            return self._why_empty()
        snapshot = self._snapshot
        return self._view.picture(snapshot.columns, self._rows, snapshot.bunched, self.plots.picture)

    def _why_empty(self) -> str:
        """Return why no run is shown."""
        if not self._snapshot.read_at_s:
            return f"reading {plain(str(self._paths.folder))} …"
        if self._snapshot.trouble:
            return self._snapshot.trouble
        if self._view.filter_text:
            return f"no run matches {plain(self._view.filter_text, 60)}: esc clears the filter"
        return "there are no runs yet: queue some with `hpq enqueue`, and they appear here"

    def recolour(self, palette: Palette, depth: Depth) -> None:
        self._header.recolour(palette)
        self.table.recolour(palette)
        self.plots.recolour(palette, depth)
        self._keys.recolour(palette)

    def action_view(self) -> None:
        self._body.turn()
        self._show_plots()

    def action_switch(self) -> None:
        self._body.switch()
        self._show_plots()

    # Selecting

    def on_run_selected(self, message: RunSelected) -> None:
        self._select(message.run_id)

    def _select(self, run_id: str | None) -> None:
        """Put the cursor on a run, where that is still there."""
        self._selected = run_id
        self._show_table()
        self.plots.select(self._selected_row())

    def action_mark(self) -> None:
        if self._selected is not None:
            self._mark(self._marks ^ {self._selected})
            if self.table.has_focus:
                self.table.action_move(1)

    def action_mark_all(self) -> None:
        shown = frozenset(run.id for run in self._shown_runs())
        self._mark(frozenset() if shown <= self._marks else self._marks | shown)

    def _mark(self, marks: frozenset[str]) -> None:
        self._marks = marks
        self._show_header()
        self._show_table()

    def action_back(self) -> None:
        if self._filter.is_open:  # and about to get the focus
            self._filter.action_leave()
        elif self.plots.is_zoomed and self.plots.display:
            self.plots.action_zoom()
        elif not self._view.look.has_panels and self.plots.display:
            self._show_look(replace(self._view.look, pairs=(), is_progress=False))
        elif self._marks:
            self._mark(frozenset())
        elif self._view.filter_text:
            self.change_view(replace(self._view, filter_text="", filter=None))

    # Filter, order, columns

    def action_filter(self) -> None:
        self._before_filter = _BeforeFilter(self._view, self._selected, self.focused)
        self._filter.open(self._view.filter_text)

    def on_filter_bar_typed(self, message: FilterBar.Typed) -> None:
        from hpq.results.filter import parse_filter  # the first frame does without

        try:
            parsed = parse_filter(message.text)
            parsed.rows(self._snapshot.columns)
        except HpqError as error:
            self._filter.complain(str(error))
            return
        self._filter.complain("")
        self.change_view(replace(self._view, filter_text=message.text.strip(), filter=parsed))

    def on_filter_bar_closed(self, message: FilterBar.Closed) -> None:
        before = self._before_filter
        if before.focused and before.focused.display:
            self.set_focus(before.focused)
        else:
            self._body.focus_shown()
        if not message.is_kept:
            self.change_view(before.view)
            self._select(before.selected)

    def action_sort(self) -> None:
        from hpq.tui.screens.choose import ask_one  # the first frame does without

        names = [column.name for column in self._all_columns]
        ask_one(self.app, "Sort by", names, self._view.sorted_by, self._sort)

    def on_sort_asked(self, message: SortAsked) -> None:
        self._sort(message.name)

    def _sort(self, name: str) -> None:
        is_reverse = not self._view.is_reverse if name == self._view.sorted_by else False
        self.change_view(replace(self._view, sorted_by=name, is_reverse=is_reverse))

    def action_reverse(self) -> None:
        self.change_view(replace(self._view, is_reverse=not self._view.is_reverse))

    def action_columns(self) -> None:
        from hpq.tui.screens.choose import ChooseScreen

        def choose(chosen: list[str] | None) -> None:
            if chosen is not None:
                hidden = frozenset(names) - {*chosen, "run"}
                self.change_view(replace(self._view, hidden=hidden))

        names = [column.name for column in self._all_columns]
        there = [name for name in names if name not in self._view.hidden]
        self.app.push_screen(ChooseScreen("Columns", names, there), choose)

    # The plots

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Leave alone what cannot be seen."""
        if action in _OF_PLOTS and not self.plots.display:
            return False
        return super().check_action(action, parameters)

    def action_log_axis(self) -> None:
        self.change_view(replace(self._view, want_log=not self._view.want_log))

    def action_best_share(self) -> None:
        share = SHARES[(SHARES.index(self._view.best_share) + 1) % len(SHARES)]
        self.change_view(replace(self._view, best_share=share))

    def action_colour(self) -> None:
        from hpq.tui.screens.looks import ask_colour  # the first frame does without

        ask_colour(self.app, self._varying(), self._view.look, self._show_look)

    def action_plane(self) -> None:
        from hpq.tui.screens.looks import ask_plane

        def show(pair: tuple[str, str]) -> None:
            self._last_pair = pair
            self._show_look(replace(self._view.look, pairs=(pair,), is_progress=False))

        names = self._varying()
        if len(names) > 1:
            ask_plane(self.app, names, self._last_pair, show)
        else:
            cast(Host, self.app).tell("a plane takes two hyperparameters that vary", is_error=True)

    def action_progress(self) -> None:
        look = self._view.look
        self._show_look(replace(look, pairs=(), is_progress=not look.is_progress))

    def _varying(self) -> list[str]:
        """Return the hyperparameters that vary among the runs that the plots show."""
        columns = self._snapshot.columns
        return columns.varying(self._rows[columns.where(DRAWN)[self._rows]])

    def _show_look(self, look: Look) -> None:
        self.change_view(replace(self._view, look=look))

    def action_page(self, step: int) -> None:
        self.plots.turn_page(step)

    def action_picture(self) -> None:
        self.post_message(PictureAsked(self._picture(), self._view.title))

    def action_export(self) -> None:
        self.post_message(PictureAsked(self._picture(), self._view.title, as_file=True))

    def action_samples(self) -> None:
        if self.selected:
            self.post_message(SamplesAsked(self.selected))

    # What is done to runs

    def _chosen(self) -> list[Run]:
        """Return the runs that are marked, or else the selected one."""
        if self._marks:
            return [run for run in self._snapshot.columns.runs if run.id in self._marks]
        return [self.selected] if self.selected else []

    def _ask(self, change: Change, runs: Sequence[Run]) -> None:
        """Ask whether the user means it: at once, so that the answer may be typed ahead."""
        shown = {run.id for run in self._shown_runs()}
        cast(Host, self.app).ask(change, runs, sum(run.id not in shown for run in runs))

    def _shown_runs(self) -> list[Run]:
        return [self._snapshot.columns.runs[row] for row in self._rows]

    def action_stop(self) -> None:
        self._ask(Change.STOP, self._chosen())

    def action_stop_shown(self) -> None:
        self._ask(Change.STOP, self._shown_runs())

    def action_requeue(self) -> None:
        self._ask(Change.REQUEUE, self._chosen())

    def action_requeue_shown(self) -> None:
        self._ask(Change.REQUEUE, self._shown_runs())

    def action_copy_id(self) -> None:
        if self.selected:
            self.post_message(CopyAsked(self.selected.id))

    def action_copy_path(self) -> None:
        if self.selected:
            folder = self._paths.run(self.selected.search, self.selected.number).folder
            self.post_message(CopyAsked(str(folder.resolve())))
