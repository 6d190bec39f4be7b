"""Plots and table: one above the other, side by side, or one of them, as there is room."""

from enum import StrEnum

from textual.containers import Container

from hpq.tui.palette import Depth, Palette
from hpq.tui.widgets.plots import Plots
from hpq.tui.widgets.runs_table import RunsTable

_BOTH_FROM_ROWS = 34  # of the terminal, from which they stand one above the other
_BOTH_FROM_COLUMNS = 150  # or side by side


class Shown(StrEnum):
    """What is on the screen."""

    BOTH = "both"
    TABLE = "table"
    PLOTS = "plots"


class Body(Container):
    """Holds the two, and remembers which of them the user wants to see."""

    DEFAULT_CSS = """
    Body { layout: vertical; height: 1fr; }
    Body Plots { height: 2fr; }
    Body RunsTable { height: 1fr; border-top: solid $border; }
    Body.beside { layout: horizontal; }
    Body.beside Plots { height: 1fr; width: 3fr; }
    Body.beside RunsTable { width: 2fr; border-top: none; border-left: solid $border; }
    Body.alone RunsTable { border: none; }
    """

    def __init__(self, palette: Palette, depth: Depth) -> None:
        self.plots, self.table = Plots(palette, depth), RunsTable(palette)
        super().__init__(self.plots, self.table)
        self._wanted: Shown | None = None  # None: whatever there is room for

    @property
    def shown(self) -> Shown:
        """What is on the screen: both only where there is room."""
        if self._wanted is None or (self._wanted is Shown.BOTH and not self._has_room()):
            return Shown.BOTH if self._has_room() else Shown.TABLE
        return self._wanted

    def _has_room(self) -> bool:
        return self.app.size.height >= _BOTH_FROM_ROWS or self.app.size.width >= _BOTH_FROM_COLUMNS

    def lay_out(self) -> None:
        """Lay the two out anew, as after a resize. What is focused is on the screen afterwards."""
        shown = self.shown
        self.set_class(shown is Shown.BOTH and self.app.size.height < _BOTH_FROM_ROWS, "beside")
        self.set_class(shown is not Shown.BOTH, "alone")
        self.table.display = shown is not Shown.PLOTS
        self.plots.display = shown is not Shown.TABLE
        if shown is not Shown.BOTH or self.screen.focused is None:
            self.focus_shown()

    def focus_shown(self) -> None:
        self.screen.set_focus(self.plots if self.shown is Shown.PLOTS else self.table)

    def turn(self) -> None:
        """Go on to the next of both, table and plots."""
        order, was = list(Shown), self.shown
        self._wanted = order[(order.index(was) + 1) % len(order)]
        if self.shown is was:  # there is no room for both
            self._wanted = Shown.PLOTS
        self.lay_out()

    def switch(self) -> None:
        """Go from the table to the plots or back."""
        if self.shown is Shown.BOTH:
            self.screen.set_focus(self.plots if self.screen.focused is self.table else self.table)
        else:
            self._wanted = Shown.TABLE if self.shown is Shown.PLOTS else Shown.PLOTS
            self.lay_out()
