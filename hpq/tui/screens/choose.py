"""A list to choose from: the column to sort by, or the columns to show."""

from collections.abc import Callable, Sequence
from typing import ClassVar

from rich.text import Text
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from hpq.results.plain import plain

_WIDTH = 44
_TICKED, _NOT_TICKED = "✓ ", "  "


class ChooseScreen(ModalScreen[list[str] | None]):
    """Returns the names that were chosen, or None where nothing shall change."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "leave", "back"),
        Binding("space", "tick", "show or hide"),
        Binding("j", "app.simulate_key('down')", show=False),
        Binding("k", "app.simulate_key('up')", show=False),
    ]

    def __init__(
        self, title: str, names: Sequence[str], chosen: Sequence[str], *, is_single: bool = False
    ) -> None:
        super().__init__()
        self._title, self._names, self._is_single = title, names, is_single
        self._chosen = set(chosen)

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Static(self._title, markup=False, classes="title")
            options = OptionList(*map(self._option, self._names), markup=False, compact=True)
            there = (index for index, name in enumerate(self._names) if name in self._chosen)
            options.highlighted = next(there, 0) if self._is_single else 0
            yield options
            hint = "⏎ choose · esc back" if self._is_single else "␣ show or hide · ⏎ done · esc back"
            yield Static(hint, markup=False, classes="hint")

    def _option(self, name: str) -> Option:
        return Option(self._text(name))

    def _text(self, name: str) -> Text:
        mark = _TICKED if name in self._chosen else _NOT_TICKED
        return Text(("" if self._is_single else mark) + plain(name, _WIDTH))

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        names = set(self._chosen)
        self.dismiss(
            [self._names[event.option_index]] if self._is_single else [n for n in self._names if n in names]
        )

    def action_tick(self) -> None:
        options = self.query_one(OptionList)
        if self._is_single or options.highlighted is None:
            return
        self._chosen ^= {self._names[options.highlighted]}
        text = self._text(self._names[options.highlighted])
        options.replace_option_prompt_at_index(options.highlighted, text)

    def action_leave(self) -> None:
        self.dismiss(None)


def ask_one(
    app: App[None], title: str, names: Sequence[str], chosen: str, use: Callable[[str], None]
) -> None:
    """Ask for one of some names, and use it."""

    def take(names: list[str] | None) -> None:
        if names:
            use(names[0])

    app.push_screen(ChooseScreen(title, names, [chosen], is_single=True), take)
