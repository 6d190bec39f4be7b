"""The footer: the keys that work now, as many as there is room for, and always how to get help and leave."""

from collections.abc import Callable, Iterator

from rich.segment import Segment
from textual import events
from textual.strip import Strip
from textual.widget import Widget

from hpq.tui.keymap import ACTIONS, Action, Scope
from hpq.tui.palette import DARK, Palette, style

_GAP = "  "


class Keys(Widget):
    """One line. A click on a key does what the key does."""

    DEFAULT_CSS = "Keys { dock: bottom; height: 1; }"

    def __init__(self, scopes: Callable[[], tuple[Scope, ...]], palette: Palette = DARK) -> None:
        super().__init__()
        self._scopes, self._palette = scopes, palette

    def recolour(self, palette: Palette) -> None:
        self._palette = palette
        self.refresh()

    def render_line(self, _y: int) -> Strip:
        palette, segments = self._palette, [Segment(" ", style(self._palette.muted, self._palette.surface))]
        for action in self._shown():
            segments += [
                Segment(action.key_in_footer, style(palette.accent, palette.surface, bold=True)),
                Segment(f" {action.label}{_GAP}", style(palette.muted, palette.surface)),
            ]
        return Strip(segments).adjust_cell_length(self.size.width, style(palette.muted, palette.surface))

    def _shown(self) -> list[Action]:
        """Return the actions that fit; those that work anywhere come last and have the first claim."""
        working = [
            action
            for scope in self._scopes()
            for action in ACTIONS
            if action.scope is scope and action.in_footer and self._is_working(action.plain_name)
        ]
        always = [action for action in working if action.scope is Scope.ANYWHERE]
        room = self.size.width - 1 - sum(map(_width, always))
        chosen = []
        for action in working[: len(working) - len(always)]:
            room -= _width(action)
            if room < 0:
                break
            chosen.append(action)
        return [*chosen, *always]

    def _is_working(self, name: str) -> bool:
        return bool(self.app.check_action(name, ()) and self.screen.check_action(name, ()))

    def on_click(self, event: events.Click) -> None:
        for action, end in self._ends():
            if event.x < end:
                self.app.simulate_key(action.keys.partition(",")[0])
                return

    def _ends(self) -> Iterator[tuple[Action, int]]:
        end = 1
        for action in self._shown():
            end += _width(action)
            yield action, end


def _width(action: Action) -> int:
    return len(action.key_in_footer) + 1 + len(action.label) + len(_GAP)
