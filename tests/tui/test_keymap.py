"""The table of actions, and what is made from it."""

from collections import Counter
from pathlib import Path

import pytest

from hpq.tui.keymap import ACTIONS, Action, Scope, bindings, is_change

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "monitor.md"
TOGETHER = [  # scopes whose keys work at the same time
    (Scope.TABLE, Scope.MAIN, Scope.ANYWHERE),
    (Scope.PLOTS, Scope.MAIN, Scope.ANYWHERE),
    (Scope.RUN, Scope.ANYWHERE),
]


@pytest.mark.parametrize("scopes", TOGETHER, ids=str)
def test_no_key_does_two_things_at_once(scopes: tuple[Scope, ...]) -> None:
    keys = Counter(key for action in ACTIONS if action.scope in scopes for key in action.keys.split(","))
    assert [key for key, count in keys.items() if count > 1] == []


def test_every_scope_has_bindings_for_its_actions() -> None:
    for scope in Scope:
        keys = [key for action in ACTIONS if action.scope is scope for key in action.keys.split(",")]
        assert [binding.key for binding in bindings(scope)] == keys


SPELLED = {
    "⏎": "enter",
    "␣": "space",
    "⇥": "tab",
    "esc": "escape",
    "/": "slash",
    "?": "question_mark",
    "[": "left_square_bracket",
    "]": "right_square_bracket",
    "↑": "up",
    "↓": "down",
    "←": "left",
    "→": "right",
    "PgUp": "pageup",
    "PgDn": "pagedown",
    "Home": "home",
    "End": "end",
    "^Z": "ctrl+z",
}


@pytest.mark.parametrize("action", ACTIONS, ids=lambda action: f"{action.scope}-{action.name}")
def test_the_keys_that_are_shown_are_those_that_work(action: Action) -> None:
    for shown in action.shown.split():
        assert SPELLED.get(shown, shown) in action.keys.split(",")


def test_what_changes_the_queue_is_known_and_nothing_else() -> None:
    changes = {action.plain_name for action in ACTIONS if is_change(action.plain_name)}
    assert changes == {"stop", "stop_shown", "requeue", "requeue_shown"}


def test_the_reference_lists_every_key() -> None:
    rows = [line for line in PAGE.read_text().splitlines() if line.startswith("| ")][1:]
    assert rows == [f"| {action.scope} | `{action.shown}` | {action.help} |" for action in ACTIONS]
