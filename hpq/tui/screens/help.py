"""The help: every key, made from the table of actions."""

from collections.abc import Sequence
from typing import ClassVar

from rich.table import Table
from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Static

from hpq.queue.states import State
from hpq.results.text import GLYPHS
from hpq.tui.keymap import ACTIONS, Scope
from hpq.tui.palette import Palette

_MEANINGS = {
    State.FINISHED: "its training returned",
    State.UNFINISHED: "it had a loss and ended early, or is silent",
    State.RUNNING: "it trains, and has a loss",
    State.CRASHED: "it never had a loss: a red line, since no loss says where its dot would be",
    State.STARTING: "it trains, and its first loss is still to come",
    State.QUEUED: "it waits",
    State.CANCELLED: "it was taken back",
}
_ABOVE = (
    ("▂▅█", "the share of runs that crashed there; at the left stands that of all runs"),
    ("red, blue", "more crash there than chance explains, fewer; without colours blocks, the rest lines"),
    ("a gap", "no run is there"),
    ("name *", "crashes bunch along it, more than chance explains"),
)
_LOOKS = (
    ("coloured dots", "half discs are unfinished; grey ones lack what the others are coloured by"),
    ("×", "a crashed run in a plane of two, on red where there are more"),
    ("a line", "the best loss so far, of the runs in the order they ended"),
)
_FILTERS = (
    ("state:crashed", "runs in a state; `|` gives others: state:crashed|unfinished"),
    ("batch_size>20", "> >= < <= compare numbers, = and != anything"),
    ("kind:conv", "text that a value contains, in any hyperparameter called so"),
    ("-kind:conv", "not so; words set apart by blanks must all hold"),
)


class HelpScreen(ModalScreen[None]):
    """Scrolls; any of its keys leads back."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,question_mark,q,f1", "leave", "back"),
        Binding("j", "app.simulate_key('down')", show=False),
        Binding("k", "app.simulate_key('up')", show=False),
    ]

    def __init__(self, palette: Palette) -> None:
        super().__init__()
        self._palette = palette

    def compose(self) -> ComposeResult:
        with VerticalScroll(classes="dialog wide"):
            yield Static(self._states())
            yield Static(self._rows("Above each plot", _ABOVE))
            yield Static(self._rows("Colours, planes, progress", _LOOKS))
            for scope in Scope:
                yield Static(self._keys(scope))
            yield Static(self._rows("Filters, after /", _FILTERS))
            yield Static("esc back", markup=False, classes="hint")

    def _keys(self, scope: Scope) -> Table:
        table = self._table(str(scope))
        for action in ACTIONS:
            if action.scope is scope:
                table.add_row(Text(action.shown, self._palette.accent), Text(action.help))
        return table

    def _states(self) -> Table:
        table = self._table("What the glyphs mean")
        for state, meaning in _MEANINGS.items():
            name = Text(f"{GLYPHS[state]} {state}", self._palette.state(state))
            table.add_row(name, Text(meaning))
        return table

    def _rows(self, title: str, rows: Sequence[tuple[str, str]]) -> Table:
        table = self._table(title)
        for text, meaning in rows:
            table.add_row(Text(text, self._palette.accent), Text(meaning))
        return table

    def _table(self, title: str) -> Table:
        heading = Text(title, f"bold {self._palette.foreground}")
        table = Table(box=None, padding=(0, 2, 0, 0), title=heading, title_justify="left", show_header=False)
        table.add_column(width=15, no_wrap=True)
        table.add_column()
        return table

    def action_leave(self) -> None:
        self.dismiss(None)
