"""Keys that open and leave: a run, the help, the palette, dialogs."""

import pytest
from textual import events
from textual.pilot import Pilot

from hpq.tui.keymap import ACTIONS, Scope
from hpq.tui.screens.main import MainScreen
from hpq.tui.screens.run import RunScreen


def test_enter_opens_the_run_and_escape_leads_back(watched) -> None:
    async def play(pilot: Pilot[None]) -> None:
        await watched.until(pilot, "blog-001")
        await pilot.press("j", "enter")
        await watched.until(pilot, "killed by signal 15", "Terminated")
        await pilot.press("escape")
        await watched.until(pilot, "took")

    watched.run(play)


def test_the_help_names_every_action(watched) -> None:
    async def play(pilot: Pilot[None]) -> None:
        await pilot.press("question_mark")
        seen = set()
        for _ in range(12):
            seen.update(line.strip(" │╭╮╰╯─") for line in watched.text.splitlines())
            await pilot.press("pagedown")
        joined = " ".join(" ".join(seen).split())
        for action in ACTIONS:
            assert any(action.help[:30] in line for line in seen), f"{action.help} is not in {joined}"
        await pilot.press("escape")
        await watched.until(pilot, "took")

    watched.run(play, (100, 24))


def test_the_command_palette_offers_the_actions(watched) -> None:
    async def play(pilot: Pilot[None]) -> None:
        await watched.until(pilot, "blog-001")
        await pilot.press("ctrl+p", *"revers")
        await watched.until(pilot, "sort the other way")
        await pilot.press("enter")
        await watched.until(pilot, "best▼")

    watched.run(play)


def test_every_action_is_implemented_where_its_key_works(watched) -> None:
    async def play(pilot: Pilot[None]) -> None:
        main = watched.app.main
        owners = {
            Scope.ANYWHERE: watched.app,
            Scope.MAIN: main,
            Scope.TABLE: main.table,
            Scope.PLOTS: main.plots,
            Scope.RUN: RunScreen,
        }
        for action in ACTIONS:
            if action.scope in owners:
                assert hasattr(owners[action.scope], f"action_{action.plain_name}"), action

    watched.run(play)


def test_the_footer_shows_the_keys_of_where_one_is(watched) -> None:
    async def play(pilot: Pilot[None]) -> None:
        text = await watched.until(pilot, "open", "? help", "q quit")
        assert "zoom" not in text.splitlines()[-1]
        await pilot.press("tab")
        assert "zoom" in watched.text.splitlines()[-1]
        await pilot.press("slash")
        assert watched.text.splitlines()[-1].split() == ["⏎", "keep", "esc", "take", "back"]

    watched.run(play)


def test_a_click_on_the_footer_does_what_the_key_does(watched) -> None:
    async def play(pilot: Pilot[None]) -> None:
        text = await watched.until(pilot, "? help")
        await pilot.click(offset=(text.splitlines()[-1].index("? help"), 23))
        await watched.until(pilot, "What the glyphs mean")

    watched.run(play)


@pytest.mark.parametrize(
    ("key", "text"),
    [("question_mark", "What the glyphs"), ("s", "Sort by"), ("i", "Columns"), ("X", "Stop 1")],
)
def test_q_leaves_a_dialog_and_not_the_monitor(watched, key, text) -> None:
    async def play(pilot: Pilot[None]) -> None:
        await watched.until(pilot, "blog-001")
        await pilot.press(key)
        await watched.until(pilot, text)
        await pilot.press("q")
        await watched.settle(pilot, lambda: isinstance(watched.app.screen, MainScreen))
        assert watched.app.is_running

    watched.run(play)


def test_keys_that_are_typed_ahead_reach_the_dialog(full_root, watched) -> None:
    async def play(pilot: Pilot[None]) -> None:
        await watched.until(pilot, "blog-004")
        for key in ("x", "y"):
            watched.app.post_message(events.Key(key, key))
        await watched.until(pilot, "nothing to stop")
        await pilot.press("j", "j")
        for key in ("x", "x", "enter", "y"):
            watched.app.post_message(events.Key(key, key))
        await watched.settle(pilot, lambda: full_root.stop_of(4))
        assert isinstance(watched.app.screen, MainScreen)
        for _ in range(2):
            watched.app.post_message(events.Key("enter", None))
        await watched.settle(pilot, lambda: isinstance(watched.app.screen, RunScreen))
        assert len(watched.app.screen_stack) == 2

    watched.run(play)


NAMES = {"/": "slash", ":": "colon"}  # of keys that are not called as their character is


def test_letters_that_come_at_once_with_the_slash_are_typed(watched) -> None:
    """As from fast fingers while the screen is busy: a pilot would wait after each key."""

    async def play(pilot: Pilot[None]) -> None:
        await watched.until(pilot, "took")
        for text in ("state:crashed", "state:finished"):
            for letter in f"/{text}":
                watched.app.post_message(events.Key(NAMES.get(letter, letter), letter))
            watched.app.post_message(events.Key("enter", "\r"))
            await watched.until(pilot, f"/{text} (")
            await watched.settle(pilot, lambda: watched.app.main.table.has_focus)

    watched.run(play)
