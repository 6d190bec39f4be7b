"""What the monitor shows of a root, at every size."""

import threading
import time
from dataclasses import replace

import pytest
from textual.pilot import Pilot

from hpq.queue.pause import pause, resume
from hpq.queue.records import Outcome
from hpq.queue.root import create_root
from hpq.tui.screens.run import RunScreen
from hpq.tui.source import Snapshot

LARGE = (200, 60)


def test_header_and_table_tell_how_the_runs_stand(watched) -> None:
    async def play(pilot: Pilot[None]) -> None:
        text = await watched.until(pilot, "1 finished", "1 unfinished", "1 crashed", "1 running", "1 queued")
        assert "best 0.5 blog-001" in text
        assert watched.rows == ["blog-001", "blog-002", "blog-004", "blog-003", "blog-005"]

    watched.run(play)


def test_the_header_tells_that_the_root_is_paused(full_root, watch) -> None:
    pause(full_root.paths, "the [/bold] fan")
    watched = watch(full_root.paths.folder)

    async def play(pilot: Pilot[None]) -> None:
        await watched.until(pilot, "paused since", "the [/bold] fan")
        resume(full_root.paths)
        await watched.settle(pilot, lambda: "paused" not in watched.text)

    watched.run(play, LARGE)


def test_a_large_terminal_shows_table_and_plots_at_once(watched) -> None:
    async def play(pilot: Pilot[None]) -> None:
        text = await watched.until(pilot, "convnet.depth", "merger.kind", "lr", "blog-003")
        assert "└──" in text

    watched.run(play, LARGE)


def test_the_header_takes_no_more_lines_than_it_fills(full_root, watch) -> None:
    for slot in ("cpu0", "cpu1", "cpu2"):
        full_root.put([{"lr": 1}])
        full_root.begin(1.0, slot=slot)
    watched = watch(full_root.paths.folder)

    async def play(pilot: Pilot[None]) -> None:
        lines = (await watched.until(pilot, "cpu2", "loss")).splitlines()
        assert lines[2].split()[::2] == ["cpu0", "cpu0", "cpu1", "cpu2"]
        assert lines[3].split()[0] == "loss"

    watched.run(play, LARGE)


def test_a_wide_terminal_shows_them_side_by_side(watched) -> None:
    async def play(pilot: Pilot[None]) -> None:
        await watched.until(pilot, "└──", "blog-003")

    watched.run(play, (160, 24))


def test_tab_and_v_turn_from_the_table_to_the_plots_and_back(watched) -> None:
    async def play(pilot: Pilot[None]) -> None:
        for key in ("tab", "v"):
            await watched.until(pilot, "took")
            await pilot.press(key)
            assert "took" not in await watched.until(pilot, "└──")
            await pilot.press(key)
            await watched.until(pilot, "took")

    watched.run(play)


@pytest.mark.parametrize(
    "keys", [["tab"], ["slash", "x", "escape"], ["tab", "slash", "x", "escape"], ["v", "v"]]
)
@pytest.mark.parametrize("is_too_small", [False, True])
def test_a_terminal_that_shrinks_keeps_the_focus_on_the_screen(watched, keys, is_too_small) -> None:
    async def play(pilot: Pilot[None]) -> None:
        await watched.until(pilot, "└──", "took")
        await pilot.press(*keys)
        if is_too_small:
            await pilot.resize_terminal(40, 10)
            await watched.until(pilot, "needs 60×15")
        await pilot.resize_terminal(80, 24)
        await watched.settle(pilot, lambda: watched.app.main.table.display != watched.app.main.plots.display)
        focused = watched.app.focused
        assert focused is not None
        assert focused.display
        await watched.until(pilot, "zoom" if focused is watched.app.main.plots else "open")

    watched.run(play, LARGE)


def test_v_goes_through_both_table_and_plots_where_there_is_room(watched) -> None:
    async def play(pilot: Pilot[None]) -> None:
        await watched.until(pilot, "└──", "took")
        await pilot.press("v")
        assert "└──" not in watched.text
        await pilot.press("v")
        await watched.until(pilot, "└──")
        assert "took" not in watched.text
        await pilot.press("v")
        await watched.until(pilot, "└──", "took")

    watched.run(play, LARGE)


def test_what_changes_on_disk_changes_on_the_screen(full_root, watched) -> None:
    async def play(pilot: Pilot[None]) -> None:
        await watched.until(pilot, "1 running")
        task = full_root.begin(0.25)
        await watched.until(pilot, "2 running", "best 0.25 blog-005")
        full_root.end(task, Outcome.RETURNED, 0.2)
        await watched.until(pilot, "2 finished", "best 0.2 blog-005")

    watched.run(play)


@pytest.mark.parametrize("size", [(80, 24), LARGE])
def test_a_root_that_is_not_there_yet_is_waited_for(tmp_path, watch, size) -> None:
    watched = watch(tmp_path / "runs")

    async def play(pilot: Pilot[None]) -> None:
        await watched.until(pilot, "there is no folder", "hpq enqueue")
        create_root(tmp_path / "runs")
        await watched.until(pilot, "there are no runs yet", "hpq enqueue")

    watched.run(play, size)


def test_a_root_that_goes_away_is_told_of(full_root, watched) -> None:
    async def play(pilot: Pilot[None]) -> None:
        await watched.until(pilot, "1 finished")
        full_root.paths.folder.rename(full_root.paths.folder.with_name("gone"))
        await watched.until(pilot, "there is no folder")

    watched.run(play)


def test_a_search_in_which_all_crashed_is_drawn_as_red_alone(root, watch) -> None:
    root.put([{"lr": 0.1}, {"lr": 0.2}])
    for _ in range(2):
        root.end(root.begin(), Outcome.FAILED, reason="out of memory")
    watched = watch(root.paths.folder)

    async def play(pilot: Pilot[None]) -> None:
        await watched.until(pilot, "2 crashed", "no run had a loss", "out of memory")

    watched.run(play, LARGE)


def test_runs_that_only_wait_are_told_to_wait(root, watch) -> None:
    root.put([{"lr": 0.1}, {"lr": 0.2}])
    watched = watch(root.paths.folder)

    async def play(pilot: Pilot[None]) -> None:
        await watched.until(pilot, "2 queued", "nothing can be drawn yet", "hpq run")

    watched.run(play, LARGE)


def test_a_terminal_that_is_too_small_says_so_and_comes_back(watched) -> None:
    async def play(pilot: Pilot[None]) -> None:
        await watched.until(pilot, "1 finished")
        await pilot.resize_terminal(59, 15)
        await watched.until(pilot, "hpq needs 60×15", "this is 59×15")
        await pilot.resize_terminal(60, 15)
        await watched.until(pilot, "blog-001", "1 ")
        await pilot.resize_terminal(20, 3)
        await watched.until(pilot, "needs 60×15")

    watched.run(play)


@pytest.mark.parametrize("size", [(60, 15), (80, 24), (81, 34), (300, 80)])
def test_every_size_can_be_walked_through(watched, size) -> None:
    async def play(pilot: Pilot[None]) -> None:
        await watched.until(pilot, "blog-001")
        await pilot.press("tab", "enter", "l", "escape", "right_square_bracket", "tab", "G", "v", "v", "v")
        await pilot.press("enter" if watched.app.main.table.has_focus else "o")
        await watched.settle(pilot, lambda: isinstance(watched.app.screen, RunScreen))

    watched.run(play, size)


def test_a_root_that_takes_long_to_read_is_said_to_be_read(full_root, watch, monkeypatch) -> None:
    watched, free = watch(full_root.paths.folder), threading.Event()
    read = watched.app.source.read
    monkeypatch.setattr(watched.app.source, "read", lambda: free.wait(20) and read())

    async def play(pilot: Pilot[None]) -> None:
        await watched.until(pilot, "reading", "? help")
        free.set()
        await watched.until(pilot, "blog-001")

    watched._drive(watched.app, play, LARGE)


def test_what_is_old_says_so_before_all_else(watched, monkeypatch) -> None:
    async def play(pilot: Pilot[None]) -> None:
        await watched.until(pilot, "blog-001")
        await pilot.press("slash", *"state:finished|unfinished|running", "enter")
        watched.app.source.close()
        old = replace(watched.app.snapshot, read_at_s=watched.app.snapshot.read_at_s - 100)
        watched.app.main.show(old)
        await watched.until(pilot, "1 m 40 s old · /state:fin", "(3 of 5)")

    watched.run(play)


def test_a_defect_of_the_reader_is_told_of_and_the_runs_stay(watched, monkeypatch) -> None:
    def fail(self: object) -> None:
        raise ZeroDivisionError("oops")

    async def play(pilot: Pilot[None]) -> None:
        await watched.until(pilot, "blog-001")
        monkeypatch.setattr("hpq.queue.reader.Reader.read", fail)
        await watched.until(pilot, "the root cannot be read", "blog-001")

    watched.run(play, LARGE)


def test_runs_that_vanish_while_keys_are_pressed_do_no_harm(full_root, watched) -> None:
    folder = full_root.paths.folder

    async def play(pilot: Pilot[None]) -> None:
        await watched.until(pilot, "blog-005")
        watched.app.source.close()
        full, empty = watched.app.snapshot, Snapshot(read_at_s=time.monotonic())
        for _ in range(5):
            watched.app.main.table.action_move(1)
            watched.app.main.show(empty)  # comes before the message of the move
            await pilot.pause()
            watched.app.main.show(full)
            await pilot.press("tab", "l", "tab")
        assert watched.app.main.selected is not None

    watched.run(play, LARGE)
    assert folder.is_dir()
