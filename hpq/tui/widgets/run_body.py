"""The panes of one run, and where they stand in a terminal of some size."""

from collections.abc import Sequence

from textual.containers import Container, VerticalScroll
from textual.widget import Widget

from hpq.queue.runs import Run
from hpq.queue.states import State
from hpq.tui.widgets.curve import Curve
from hpq.tui.widgets.facts_pane import FactsPane
from hpq.tui.widgets.log_pane import LogPane
from hpq.tui.widgets.log_view import LogView

WRONG = frozenset({State.CRASHED, State.UNFINISHED})
_WIDE_FROM = 130  # columns of the terminal, from which values stand beside both curve and log
_NARROW_BELOW = 70  # columns, below which values have no room beside the curve
_TALL_FROM = 24  # rows, from which values, curve and log have room one below the other
_LEAST_LOG = 4  # rows


class RunBody(Container):
    """Values, curve and log."""

    def __init__(self) -> None:
        self.facts = FactsPane()
        self.curve = Curve()
        self.log_pane = LogPane()
        self.is_zoomed = False
        self._shares = ""  # of the rows
        super().__init__(self.facts, self.curve, self.log_pane, id="body")

    @property
    def log_view(self) -> LogView:
        return self.log_pane.log_view

    @property
    def focused_pane(self) -> VerticalScroll | LogView:
        """The pane that keys move: the log, unless the values have the focus."""
        return self.facts.scroll if self.screen.focused is self.facts.scroll else self.log_view

    def lay_out(self, run: Run, *, has_curve: bool) -> None:
        """Put the log first where something went wrong, and leave the curve out where there is none."""
        width, height = self.app.size.width, self.size.height
        is_wide, is_narrow = width >= _WIDE_FROM, width < _NARROW_BELOW
        on_log = self.focused_pane is self.log_view
        has_room = not is_narrow or height >= _TALL_FROM
        self.set_class(is_wide, "wide")
        self.set_class(is_narrow, "narrow")
        self.set_class(self.is_zoomed, "zoomed")
        self.facts.set_class(not has_curve, "alone")
        self.log_pane.set_class(not has_curve, "alone")
        # the curve that has no room beside the values is below them where these are zoomed
        is_curve_shown = not (has_room or on_log) if self.is_zoomed else has_room
        self.curve.display = has_curve and is_curve_shown
        self.facts.display = not (self.is_zoomed and on_log)
        self.log_pane.display = not self.is_zoomed or on_log
        is_log_first = run.state in WRONG
        wanted: list[Widget] = [self.facts, self.curve, self.log_pane]
        if is_log_first:
            wanted = [self.log_pane, self.facts, self.curve]
            if is_wide:
                wanted = [self.facts, self.log_pane, self.curve]
        self._put_in_order(wanted)
        self._share_rows(is_log_first)

    def show_both(self) -> None:
        """Show values and log: what is hidden takes no focus."""
        self.facts.display = self.log_pane.display = True

    def _share_rows(self, is_log_first: bool) -> None:
        """Give a short log no more rows than it takes, so that more of the values can be seen."""
        height, is_narrow = self.size.height, self.has_class("narrow")
        most = height * 3 // 5 if self.has_class("wide") else height // 2
        others = ["1fr"]
        if is_narrow and self.curve.display:
            most, others = height // 3, ["1fr", "1fr"]
        rows = [f"{max(_LEAST_LOG, min(most, self.log_view.row_count + 2))}"]
        shares = " ".join(rows + others if is_log_first else others + rows)
        if shares != self._shares:
            self._shares = shares
            self.styles.grid_rows = shares

    def _put_in_order(self, wanted: Sequence[Widget]) -> None:
        if len(self.children) == len(wanted) and list(self.children) != list(wanted):
            for widget in wanted:
                self.move_child(widget, after=self.children[-1])
