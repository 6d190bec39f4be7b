"""A list to choose from: the column to sort by, or the columns to show."""

from collections.abc import Sequence
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import OptionList, SelectionList, Static
from textual.widgets.option_list import Option
from textual.widgets.selection_list import Selection

from hpq.results.plain import plain

_WIDTH = 48


class ChooseScreen(ModalScreen[list[str] | None]):
    """Returns the names that were chosen, or None where nothing shall change."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "leave", "back")]

    def __init__(
        self, title: str, names: Sequence[str], chosen: Sequence[str], *, is_single: bool = False
    ) -> None:
        super().__init__()
        self._title, self._names, self._chosen, self._is_single = title, names, chosen, is_single

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Static(self._title, markup=False, classes="title")
            yield self._single() if self._is_single else self._several()
            hint = "⏎ choose · esc back" if self._is_single else "␣ show or hide · ⏎ done · esc back"
            yield Static(hint, markup=False, classes="hint")

    def _single(self) -> OptionList:
        options = OptionList(*(Option(_shown(name)) for name in self._names), markup=False, compact=True)
        options.highlighted = next((i for i, name in enumerate(self._names) if name in self._chosen), 0)
        return options

    def _several(self) -> SelectionList[int]:
        rows = (
            Selection(_shown(name), index, name in self._chosen) for index, name in enumerate(self._names)
        )
        return _Several(*rows, compact=True)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        if self._is_single:
            self.dismiss([self._names[event.option_index]])

    def action_done(self) -> None:
        ticked = self.query_one(SelectionList).selected
        self.dismiss([name for index, name in enumerate(self._names) if index in ticked])

    def action_leave(self) -> None:
        self.dismiss(None)


class _Several(SelectionList[int]):
    """A list to tick, in which enter ends the choice."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter", "screen.done", "done", priority=True)]


def _shown(name: str) -> Text:
    return Text(plain(name, _WIDTH))
