"""The screen of one run while keys are pressed and things happen on disk."""

import gc
import shutil
import weakref
from collections.abc import Awaitable, Callable
from typing import Any

import numpy as np
import pytest
from textual.app import App
from textual.pilot import Pilot

from hpq.queue.records import Outcome
from hpq.queue.runs import Run
from hpq.queue.states import State
from hpq.results.columns import Columns
from hpq.tui.details import Details, DetailsReader
from hpq.tui.messages import Change
from hpq.tui.palette import PALETTES
from hpq.tui.screens.run import RunScreen
from hpq.tui.source import Snapshot

Settle = Callable[..., Awaitable[None]]
Text = Callable[[App[None]], str]


def test_keys_go_to_the_neighbours_in_the_order_of_the_table(
    full_root: Any, drive: Any, settle: Settle, screen_text: Text, run_app: Any
) -> None:
    app = run_app(full_root, "blog-001")

    async def steps(pilot: Pilot[None]) -> None:
        app.read([4, 0, 2])
        await pilot.press("right_square_bracket")
        assert app.run_screen.run.id == "blog-003"
        await pilot.press("right_square_bracket")
        assert app.run_screen.run.id == "blog-003"
        await pilot.press("left_square_bracket", "left_square_bracket")
        assert app.run_screen.run.id == "blog-005"
        await settle(pilot, lambda: "it waits" in screen_text(app))
        app.read([1])
        await pilot.press("right_square_bracket")
        assert app.run_screen.run.id == "blog-005"

    drive(app, steps)


def test_a_run_that_ends_is_shown_as_it_ended(
    root: Any, drive: Any, settle: Settle, screen_text: Text, run_app: Any
) -> None:
    root.put([{"lr": 1}])
    task = root.begin(2.0, log=b"begun\n")
    app = run_app(root, "blog-001")

    async def steps(pilot: Pilot[None]) -> None:
        await settle(pilot, lambda: "○ running" in screen_text(app) and "follows" in screen_text(app))
        root.log(task, 1.0, first=1)
        root.print(task, b"more\n")
        app.read()
        await settle(pilot, lambda: "more" in screen_text(app) and "best 1 at step 1" in screen_text(app))
        root.end(task, Outcome.RETURNED, 1.0)
        app.read()
        await settle(pilot, lambda: "● finished" in screen_text(app))
        assert "follows" not in screen_text(app)

    drive(app, steps)


def test_a_new_attempt_brings_its_own_log(
    root: Any, drive: Any, settle: Settle, screen_text: Text, run_app: Any
) -> None:
    from hpq.queue.control import requeue

    root.put([{"lr": 1}])
    root.end(root.begin(2.0, log=b"first\n"), Outcome.STOPPED, 2.0, "you asked")
    app = run_app(root, "blog-001")

    async def steps(pilot: Pilot[None]) -> None:
        await settle(pilot, lambda: "first" in screen_text(app))
        requeue(root.paths, list(root.runs().values()))
        root.begin(1.0, log=b"second\n")
        app.read()
        await settle(pilot, lambda: "second" in screen_text(app) and "1 earlier" in screen_text(app))

    drive(app, steps, (120, 40))


def test_a_run_that_is_gone_from_the_queue_stays_on_the_screen(
    full_root: Any, drive: Any, settle: Settle, screen_text: Text, run_app: Any
) -> None:
    app = run_app(full_root, "blog-001")

    async def steps(pilot: Pilot[None]) -> None:
        runs = full_root.runs()
        del runs["blog-001"]
        app.run_screen.show(Snapshot(Columns(tuple(runs.values()))), np.arange(4))
        await settle(pilot, lambda: "no longer in the queue" in screen_text(app))

    drive(app, steps)


def test_changes_and_copies_are_asked_for(full_root: Any, drive: Any, run_app: Any) -> None:
    app = run_app(full_root, "blog-004")

    async def steps(pilot: Pilot[None]) -> None:
        await pilot.press("x", "r", "c", "C")
        await pilot.pause()
        folder = full_root.paths.run("blog", 4).folder.resolve()
        assert app.asked == [
            (Change.STOP, ["blog-004"]),
            (Change.REQUEUE, ["blog-004"]),
            "blog-004",
            str(folder),
        ]

    drive(app, steps)


def test_the_log_is_searched_and_escape_leads_back_step_by_step(
    full_root: Any, drive: Any, settle: Settle, screen_text: Text, run_app: Any
) -> None:
    app = run_app(full_root, "blog-001")

    async def steps(pilot: Pilot[None]) -> None:
        await pilot.press("slash", *"EPOCH", "enter")
        await settle(pilot, lambda: "2 of 2 for “EPOCH”" in screen_text(app))
        await pilot.press("n")
        await settle(pilot, lambda: "1 of 2 for “EPOCH”" in screen_text(app))
        await pilot.press("N")
        await settle(pilot, lambda: "2 of 2 for “EPOCH”" in screen_text(app))
        await pilot.press("enter")
        await settle(pilot, lambda: "values" not in screen_text(app))
        await pilot.press("escape")
        await settle(pilot, lambda: "EPOCH" not in screen_text(app))
        await pilot.press("escape")
        await settle(pilot, lambda: "values" in screen_text(app))
        await pilot.press("escape")
        await settle(pilot, lambda: app.screen is not app.run_screen)

    drive(app, steps)


def test_words_that_are_searched_for_are_no_keys(
    full_root: Any, drive: Any, settle: Settle, screen_text: Text, run_app: Any
) -> None:
    app = run_app(full_root, "blog-001")

    async def steps(pilot: Pilot[None]) -> None:
        await pilot.press("slash", *"[/xrnNfcCTq", "backspace", "escape")
        await pilot.pause()
        assert app.asked == []
        assert app.screen is app.run_screen

    drive(app, steps)


def test_every_value_is_reached_by_the_keyboard(
    root: Any, drive: Any, settle: Settle, screen_text: Text, run_app: Any
) -> None:
    root.put([{f"name{number:03d}": number for number in range(100)}])
    app = run_app(root, "blog-001")

    async def steps(pilot: Pilot[None]) -> None:
        await settle(pilot, lambda: "name000" in screen_text(app))
        await pilot.press("tab", "end")
        await settle(pilot, lambda: "seed 7" in screen_text(app))
        await pilot.press("g")
        await settle(pilot, lambda: "name000" in screen_text(app))
        await pilot.press("G", "k", "j", "enter")
        await settle(pilot, lambda: "name099" in screen_text(app) and "it waits" not in screen_text(app))
        await pilot.press("tab")
        await settle(pilot, lambda: "it waits" in screen_text(app))

    drive(app, steps)


@pytest.mark.parametrize("theme", list(PALETTES))
def test_themes_can_be_changed(
    full_root: Any, drive: Any, settle: Settle, screen_text: Text, theme: str, run_app: Any
) -> None:
    app = run_app(full_root, "blog-003")

    async def steps(pilot: Pilot[None]) -> None:
        await settle(pilot, lambda: "Traceback" in screen_text(app))
        app.theme = theme
        await pilot.pause(0.2)
        strips = app.screen._compositor.render_strips()
        colours = {
            part.style.color.name for strip in strips for part in strip if part.style and part.style.color
        }
        assert PALETTES[theme].crashed in colours

    drive(app, steps)


def test_a_silent_run_is_no_longer_live(
    root: Any, drive: Any, settle: Settle, screen_text: Text, run_app: Any
) -> None:
    root.put([{"lr": 1}])
    root.begin(1.0, log=b"x\n")
    app = run_app(root, "blog-001")

    async def steps(pilot: Pilot[None]) -> None:
        run: Run = root.runs()["blog-001"]._replace(
            state=State.UNFINISHED, reason="silent 12 min, its process lives"
        )
        app.run_screen.show(Snapshot(Columns((run,))), np.arange(1))
        await settle(pilot, lambda: "silent 12 min" in screen_text(app))

    drive(app, steps)


def test_a_screen_that_was_left_is_forgotten(
    full_root: Any, drive: Any, settle: Settle, run_app: Any
) -> None:
    app, left = run_app(full_root, "blog-001"), []

    async def steps(pilot: Pilot[None]) -> None:
        for run_id in ("blog-001", "blog-002", "blog-003"):
            screen = RunScreen(full_root.paths, full_root.runs()[run_id])
            left.append(weakref.ref(screen))
            app.push_screen(screen)
            await settle(pilot, lambda screen=screen: screen._details.attempts)
            await pilot.press("escape")
            await settle(pilot, lambda screen=screen: not screen.is_running)
            del screen
        await pilot.pause(0.1)
        gc.collect()
        assert [screen() for screen in left] == [None, None, None]

    drive(app, steps)


def test_it_is_complete_at_once_though_shown_before_it_has_children(
    full_root: Any, drive: Any, screen_text: Text, run_app: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = run_app(full_root, "blog-001")
    monkeypatch.setattr(app, "call_after_refresh", lambda *_: True)  # shown once, and before

    async def steps(pilot: Pilot[None]) -> None:
        screen = RunScreen(full_root.paths, full_root.runs()["blog-002"])
        runs = tuple(full_root.runs().values())
        screen.show(Snapshot(Columns(runs)), np.arange(5))
        app.push_screen(screen)
        await pilot.pause(0.2)
        assert "2 of 5" in screen_text(app)
        assert "same in all runs" in screen_text(app)

    drive(app, steps, (120, 40))


def test_a_run_that_cannot_be_read_says_so_and_keeps_what_was_read(
    full_root: Any,
    drive: Any,
    settle: Settle,
    screen_text: Text,
    monkeypatch: pytest.MonkeyPatch,
    run_app: Any,
) -> None:
    app = run_app(full_root, "blog-004")

    def fail(*_: object) -> Details:
        raise ValueError("[/bold] is no number")

    async def steps(pilot: Pilot[None]) -> None:
        await settle(pilot, lambda: "best 1.5 at step 1" in screen_text(app))
        with monkeypatch.context() as patch:
            patch.setattr(DetailsReader, "read", fail)
            app.read()
            await settle(pilot, lambda: "ValueError: [/bold] is no number" in screen_text(app))
            assert "best 1.5 at step 1" in screen_text(app)
        app.read()
        await settle(pilot, lambda: "ValueError" not in screen_text(app))

    drive(app, steps, (140, 40))


def test_a_run_that_could_not_be_read_is_read_again_though_it_ended(
    full_root: Any,
    drive: Any,
    settle: Settle,
    screen_text: Text,
    monkeypatch: pytest.MonkeyPatch,
    run_app: Any,
) -> None:
    app, read = run_app(full_root, "blog-001"), DetailsReader.read
    failing = [True]

    def may_fail(reader: DetailsReader, run: Run) -> Details:
        if failing:
            raise OSError("no such device")
        return read(reader, run)

    monkeypatch.setattr(DetailsReader, "read", may_fail)

    async def steps(pilot: Pilot[None]) -> None:
        await settle(pilot, lambda: "OSError: no such device" in screen_text(app))
        failing.clear()
        app.read()
        await settle(pilot, lambda: "best 0.5 at step 2" in screen_text(app))

    drive(app, steps, (140, 40))


def test_a_folder_that_is_deleted_while_it_is_looked_at_leaves_no_contradictions(
    full_root: Any, drive: Any, settle: Settle, screen_text: Text, run_app: Any
) -> None:
    app = run_app(full_root, "blog-001")

    async def steps(pilot: Pilot[None]) -> None:
        await settle(pilot, lambda: "best 0.5 at step 2" in screen_text(app))
        shutil.rmtree(full_root.paths.run("blog", 1).folder)
        assert full_root.runs()["blog-001"].attempt == 0
        app.read()
        await settle(pilot, lambda: "its folder was deleted" in screen_text(app).splitlines()[1])
        text = screen_text(app)
        assert "its log is gone: the folder was deleted" in text
        for old in ("it waits", "before it began", "● finished", "best 0.5"):
            assert old not in text

    drive(app, steps, (120, 40))
