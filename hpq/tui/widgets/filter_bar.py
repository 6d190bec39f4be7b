"""The line in which a filter is typed, and what is wrong with it."""

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import Input, Static

from hpq.results.plain import plain
from hpq.tui.keymap import Scope, bindings


class FilterBar(Vertical):
    """Hidden until it is opened. Its owner hears of every letter, and says what is wrong."""

    BINDINGS = bindings(Scope.FILTER)
    DEFAULT_CSS = """
    FilterBar { height: auto; display: none; }
    FilterBar Input { background: $surface; }
    FilterBar Static { display: none; color: $error; padding: 0 1; height: auto; max-height: 3; }
    """

    class Typed(Message):
        """The text is another one."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    class Closed(Message):
        """It is closed, and the filter shall stay or not."""

        def __init__(self, is_kept: bool) -> None:
            super().__init__()
            self.is_kept = is_kept

    def __init__(self) -> None:
        super().__init__()
        self._input = Input(
            placeholder="state:crashed lr>0.01 kind:conv", compact=True, select_on_focus=False
        )
        self._complaint = Static(markup=False)

    def compose(self) -> ComposeResult:
        yield self._input
        yield self._complaint

    @property
    def is_open(self) -> bool:
        return bool(self.display)

    def open(self, text: str) -> None:
        self.complain("")
        with self.prevent(Input.Changed):
            self._input.value = text
            self._input.action_select_all()
        self.display = True
        self.screen.set_focus(self._input)  # at once: the next letters may be on their way

    def complain(self, text: str) -> None:
        """Say what is wrong with the filter, or that nothing is."""
        self._complaint.update(plain(text))
        self._complaint.display = bool(text)

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        if self.is_open:
            self.post_message(self.Typed(event.value))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.action_submit()

    def action_submit(self) -> None:
        if not self._complaint.display:
            self._close(is_kept=True)

    def action_leave(self) -> None:
        self._close(is_kept=False)

    def _close(self, *, is_kept: bool) -> None:
        self.display = False
        self.post_message(self.Closed(is_kept))
