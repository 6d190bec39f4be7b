"""Every action of the monitor in one table: keys, footer, help and command palette are made from it."""

from dataclasses import dataclass
from enum import StrEnum

from textual.binding import Binding, BindingType


class Scope(StrEnum):
    """Where an action works; the value is its heading in the help."""

    ANYWHERE = "Anywhere"
    MAIN = "Runs and plots"
    FILTER = "Typing a filter"
    TABLE = "Table of runs"
    PLOTS = "Plots"
    RUN = "One run"


@dataclass(frozen=True, slots=True)
class Action:
    """One thing that a key does. A widget or screen implements it as `action_<name>`."""

    scope: Scope
    name: str
    keys: str  # as Textual spells them, set apart by commas
    shown: str  # the keys as people write them
    label: str  # two words at the most, for the footer
    help: str  # a sentence without its dot
    in_footer: bool = False
    is_change: bool = False  # of the queue: off where the monitor only reads
    footer_key: str = ""  # where the footer names more keys than this action has

    @property
    def key_in_footer(self) -> str:
        return self.footer_key or self.shown

    @property
    def plain_name(self) -> str:
        """The name without its arguments."""
        return self.name.partition("(")[0]


_ALWAYS = "ctrl+c"  # works whatever has the focus

ACTIONS = (
    Action(
        Scope.TABLE,
        "open",
        "enter",
        "⏎",
        "open",
        "show all of the run: parameters, losses, log",
        in_footer=True,
    ),
    Action(Scope.TABLE, "move(-1)", "up,k", "↑ k", "up", "the run above"),
    Action(Scope.TABLE, "move(1)", "down,j", "↓ j", "down", "the run below"),
    Action(Scope.TABLE, "page(-1)", "pageup,ctrl+b", "PgUp", "page up", "a page up"),
    Action(Scope.TABLE, "page(1)", "pagedown,ctrl+f", "PgDn", "page down", "a page down"),
    Action(Scope.TABLE, "end(-1)", "home,g", "Home g", "first", "the first run"),
    Action(Scope.TABLE, "end(1)", "end,G", "End G", "last", "the last run"),
    Action(Scope.TABLE, "aside(-1)", "left,h", "← h", "left", "columns to the left"),
    Action(Scope.TABLE, "aside(1)", "right,l", "→ l", "right", "columns to the right"),
    Action(
        Scope.PLOTS, "zoom", "enter", "⏎", "zoom", "one panel as large as it gets, and back", in_footer=True
    ),
    Action(Scope.PLOTS, "dot(-1, 0)", "h", "h", "dot left", "the next dot to the left"),
    Action(Scope.PLOTS, "dot(0, 1)", "j", "j", "dot down", "the next dot below"),
    Action(Scope.PLOTS, "dot(0, -1)", "k", "k", "dot up", "the next dot above"),
    Action(
        Scope.PLOTS,
        "dot(1, 0)",
        "l",
        "l",
        "dot",
        "the next dot to the right",
        in_footer=True,
        footer_key="hjkl",
    ),
    Action(Scope.PLOTS, "panel(-1)", "left", "←", "panel left", "the panel before"),
    Action(Scope.PLOTS, "panel(1)", "right", "→", "panel right", "the panel after"),
    Action(Scope.PLOTS, "panel_row(-1)", "up", "↑", "panel up", "the panel above"),
    Action(Scope.PLOTS, "panel_row(1)", "down", "↓", "panel down", "the panel below"),
    Action(Scope.PLOTS, "open", "o", "o", "open", "show all of the selected run"),
    Action(
        Scope.MAIN,
        "filter",
        "slash",
        "/",
        "filter",
        "show only some runs: state:crashed lr>0.01",
        in_footer=True,
    ),
    Action(
        Scope.MAIN,
        "back",
        "escape",
        "esc",
        "back",
        "leave the zoom, the plane or progress, the marks, the filter",
    ),
    Action(Scope.MAIN, "sort", "s", "s", "sort", "sort the table by any column", in_footer=True),
    Action(Scope.MAIN, "reverse", "S", "S", "reverse", "sort the other way round"),
    Action(Scope.MAIN, "columns", "i", "i", "columns", "choose the table's columns"),
    Action(Scope.MAIN, "switch", "tab", "⇥", "switch", "between the table and the plots", in_footer=True),
    Action(Scope.MAIN, "view", "v", "v", "view", "table, plots or both", in_footer=True),
    Action(Scope.MAIN, "mark", "space", "␣", "mark", "mark the run, or take the mark off"),
    Action(Scope.MAIN, "mark_all", "a", "a", "mark all", "mark all runs that are shown, or none"),
    Action(
        Scope.MAIN,
        "stop",
        "x",
        "x",
        "stop",
        "cancel the run where it waits, stop it where it trains; all marked ones where there are marks",
        in_footer=True,
        is_change=True,
    ),
    Action(Scope.MAIN, "stop_shown", "X", "X", "stop all", "the same for all runs shown", is_change=True),
    Action(
        Scope.MAIN,
        "requeue",
        "r",
        "r",
        "requeue",
        "queue the run again, from its checkpoint; all marked ones where there are marks",
        in_footer=True,
        is_change=True,
    ),
    Action(
        Scope.MAIN, "requeue_shown", "R", "R", "requeue all", "the same for all runs shown", is_change=True
    ),
    Action(Scope.MAIN, "log_axis", "y", "y", "log", "the loss on a log or a linear axis", in_footer=True),
    Action(
        Scope.MAIN, "best_share", "t", "t", "best %", "the dots of the best 50, 25, 10 % only", in_footer=True
    ),
    Action(Scope.MAIN, "colour", "b", "b", "colour", "colour the dots by a second hyperparameter"),
    Action(Scope.MAIN, "plane", "d", "d", "plane", "two hyperparameters against each other"),
    Action(Scope.MAIN, "progress", "u", "u", "progress", "the runs in the order they ended, or back"),
    Action(Scope.MAIN, "page(-1)", "left_square_bracket", "[", "page back", "the panels before"),
    Action(Scope.MAIN, "page(1)", "right_square_bracket", "]", "page on", "the panels after"),
    Action(Scope.MAIN, "picture", "P", "P", "picture", "the picture itself, where the terminal can show it"),
    Action(Scope.MAIN, "samples", "p", "p", "samples", "the newest pictures that the run filled in"),
    Action(
        Scope.MAIN,
        "export",
        "e",
        "e",
        "export",
        "write the picture of the runs shown as a PNG",
        in_footer=True,
    ),
    Action(Scope.MAIN, "copy_id", "c", "c", "copy id", "copy the run's id"),
    Action(Scope.MAIN, "copy_path", "C", "C", "copy path", "copy the path of the run's folder"),
    Action(Scope.FILTER, "submit", "enter", "⏎", "keep", "keep the filter", in_footer=True),
    Action(Scope.FILTER, "leave", "escape", "esc", "take back", "take back what was typed", in_footer=True),
    Action(
        Scope.RUN,
        "back",
        "escape,backspace",
        "esc",
        "back",
        "back: out of the search, the zoom, the run",
        in_footer=True,
    ),
    Action(Scope.RUN, "neighbour(-1)", "left_square_bracket", "[", "before", "the run before in the table"),
    Action(
        Scope.RUN,
        "neighbour(1)",
        "right_square_bracket",
        "]",
        "next",
        "the run after",
        in_footer=True,
        footer_key="] [",
    ),
    Action(
        Scope.RUN,
        "zoom",
        "enter",
        "⏎",
        "zoom",
        "the values or the log as large as it gets, and back",
        in_footer=True,
    ),
    Action(Scope.RUN, "search", "slash", "/", "search", "search the log", in_footer=True),
    Action(Scope.RUN, "match(1)", "n", "n", "next match", "the next line that matches"),
    Action(Scope.RUN, "match(-1)", "N", "N", "match before", "the line before that matches"),
    Action(
        Scope.RUN,
        "stop",
        "x",
        "x",
        "stop",
        "cancel the run where it waits, stop it where it trains",
        in_footer=True,
        is_change=True,
    ),
    Action(
        Scope.RUN,
        "requeue",
        "r",
        "r",
        "requeue",
        "queue the run again, from its checkpoint",
        in_footer=True,
        is_change=True,
    ),
    Action(Scope.RUN, "follow", "f", "f", "follow", "follow the log as it grows", in_footer=True),
    Action(Scope.RUN, "switch", "tab", "⇥", "switch", "between the values and the log", in_footer=True),
    Action(Scope.RUN, "scroll(1)", "j", "j", "down", "down, as ↓ does"),
    Action(Scope.RUN, "scroll(-1)", "k", "k", "up", "up, as ↑ does"),
    Action(Scope.RUN, "end(-1)", "g", "g", "start", "to the start"),
    Action(Scope.RUN, "end(1)", "G", "G", "end", "to the end"),
    Action(Scope.RUN, "fold", "w", "w", "fold", "fold the log's long lines, or move along them with ← →"),
    Action(
        Scope.RUN,
        "samples",
        "p",
        "p",
        "samples",
        "the newest pictures that the run filled in",
        in_footer=True,
    ),
    Action(Scope.RUN, "copy_id", "c", "c", "copy id", "copy the run's id", in_footer=True),
    Action(Scope.RUN, "copy_path", "C", "C", "copy path", "copy the path of the run's folder"),
    Action(Scope.ANYWHERE, "theme", "T", "T", "theme", "dark, light, and two for colour-blind eyes"),
    Action(Scope.ANYWHERE, "suspend_process", "ctrl+z", "^Z", "stop", "back to the shell; `fg` goes on"),
    Action(Scope.ANYWHERE, "help", "question_mark,f1", "?", "help", "this help", in_footer=True),
    Action(Scope.ANYWHERE, "quit", "q,ctrl+c", "q", "quit", "leave; what trains goes on", in_footer=True),
)


def bindings(scope: Scope) -> list[BindingType]:
    """Return the key bindings of a scope, for a widget's or screen's BINDINGS."""
    return [
        Binding(key, action.name, action.label, key_display=action.shown, priority=key == _ALWAYS)
        for action in ACTIONS
        if action.scope is scope
        for key in action.keys.split(",")
    ]


def is_change(name: str) -> bool:
    """Tell whether an action, named without its arguments, changes the queue."""
    return any(action.is_change and action.plain_name == name for action in ACTIONS)
