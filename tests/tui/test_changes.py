"""What the monitor changes, and what it writes, when it is asked to."""

import threading
from pathlib import Path

from textual.pilot import Pilot

from hpq.queue.states import State
from hpq.tui.screens.main import MainScreen
from hpq.tui.screens.run import RunScreen

LARGE = (200, 60)


def test_x_asks_and_stops_a_run_that_trains(full_root, watched) -> None:
    async def play(pilot: Pilot[None]) -> None:
        await watched.until(pilot, "blog-004")
        await pilot.press("j", "j", "x")
        await watched.until(pilot, "Stop 1 run that trains (blog-004)?")
        await pilot.press("n")
        assert full_root.stop_of(4) is None
        await pilot.press("x", "y")
        await watched.settle(pilot, lambda: full_root.stop_of(4))
        await watched.until(pilot, "1 run asked to stop")

    watched.run(play)


def test_x_takes_back_a_run_that_waits(full_root, watched) -> None:
    async def play(pilot: Pilot[None]) -> None:
        await watched.until(pilot, "blog-005")
        await pilot.press("G", "x")
        await watched.until(pilot, "Cancel 1 run that waits (blog-005)?")
        await pilot.press("y")
        await watched.until(pilot, "× cancelled", "1 run cancelled")

    watched.run(play)
    assert full_root.runs()["blog-005"].state is State.CANCELLED


def test_r_queues_a_crashed_run_again(full_root, watched) -> None:
    async def play(pilot: Pilot[None]) -> None:
        await watched.until(pilot, "blog-003")
        await pilot.press("slash", *"state:crashed", "enter", "r")
        await watched.until(pilot, "Queue 1 run again (blog-003)?")
        await pilot.press("y")
        await watched.until(pilot, "2 queued")

    watched.run(play)
    assert full_root.runs()["blog-003"].state is State.QUEUED


def test_marked_runs_are_changed_together_and_the_question_counts_them(full_root, watched) -> None:
    async def play(pilot: Pilot[None]) -> None:
        await watched.until(pilot, "blog-003")
        await pilot.press("space", "space")
        await watched.until(pilot, "2 marked", "✓ blog-001", "✓ blog-002")
        await pilot.press("r")
        await watched.until(pilot, "Queue 1 run again; 1 of 2 left alone?")
        await pilot.press("y")
        await watched.until(pilot, "2 queued")
        await pilot.press("escape")
        assert "marked" not in watched.text

    watched.run(play)
    assert full_root.runs()["blog-002"].state is State.QUEUED
    assert full_root.runs()["blog-001"].state is State.FINISHED


def test_marks_that_a_filter_hides_are_spoken_of(watched) -> None:
    async def play(pilot: Pilot[None]) -> None:
        await watched.until(pilot, "blog-003")
        await pilot.press("j", "space", "j", "space", "slash", *"state:crashed", "enter", "r")
        await watched.until(pilot, "Queue 2 runs again; 1 of 2 not shown?")

    watched.run(play)


def test_all_runs_that_are_shown_are_stopped_with_one_key(full_root, watched) -> None:
    async def play(pilot: Pilot[None]) -> None:
        await watched.until(pilot, "blog-003")
        await pilot.press("X")
        await watched.until(
            pilot, "Stop 1 run that trains and cancel 1 run that", "waits; 3 of 5 left alone?"
        )
        await pilot.press("y")
        await watched.until(pilot, "× 1", "1 run cancelled, 1 run asked to stop")

    watched.run(play)
    assert full_root.stop_of(4) is not None


def test_all_runs_that_are_shown_are_queued_again_with_one_key(full_root, watched) -> None:
    async def play(pilot: Pilot[None]) -> None:
        await watched.until(pilot, "blog-003")
        await pilot.press("R", "y")
        await watched.until(pilot, "3 queued")

    watched.run(play)


def test_what_cannot_be_done_is_told_and_not_asked(full_root, watched) -> None:
    async def play(pilot: Pilot[None]) -> None:
        await watched.until(pilot, "blog-001")
        await pilot.press("x")
        await watched.until(pilot, "blog-001 is finished: nothing to stop")
        await pilot.press("r")
        await watched.until(pilot, "only what crashed")

    watched.run(play)


def test_a_lock_that_is_held_is_told_of(full_root, watched, monkeypatch) -> None:
    from filelock import UnixFileLock

    monkeypatch.setattr("hpq.queue.root._LOCK_TIMEOUT_S", 0.1)
    held, free = threading.Event(), threading.Event()

    def hold() -> None:
        with UnixFileLock(full_root.paths.lock):
            held.set()
            free.wait(20)

    holder = threading.Thread(target=hold)
    holder.start()
    held.wait(20)

    async def play(pilot: Pilot[None]) -> None:
        await watched.until(pilot, "blog-003")
        await pilot.press("R", "y")
        await watched.settle(pilot, lambda: "was held by another process" in watched.told)

    try:
        watched.run(play, (120, 24))
    finally:
        free.set()
        holder.join()


def test_readonly_changes_nothing_and_offers_nothing(full_root, watch) -> None:
    watched = watch(full_root.paths.folder, is_readonly=True)

    async def play(pilot: Pilot[None]) -> None:
        text = await watched.until(pilot, "blog-003")
        assert "stop" not in text.splitlines()[-1]
        assert "requeue" not in text.splitlines()[-1]
        await pilot.press("x", "X", "r", "R")
        assert isinstance(watched.app.screen, MainScreen)
        await pilot.press("enter", "x", "r")
        assert isinstance(watched.app.screen, RunScreen)
        await pilot.press("escape", "ctrl+p", *"requeue")
        await watched.until(pilot, "No matches found")

    watched.run(play)
    assert {run.state for run in full_root.runs().values()} == {
        State.FINISHED,
        State.UNFINISHED,
        State.CRASHED,
        State.RUNNING,
        State.QUEUED,
    }


def test_e_writes_the_picture_and_says_where(full_root, watched, tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)

    async def play(pilot: Pilot[None]) -> None:
        await watched.until(pilot, "blog-003")
        for name in ("hpsearch.png", "hpsearch-2.png"):
            await pilot.press("e")
            await watched.until(pilot, "the picture is", name)
            assert (tmp_path / name).read_bytes().startswith(b"\x89PNG")

    watched.run(play, LARGE)


def test_e_tells_why_there_is_no_picture(root, watch, tmp_path, monkeypatch) -> None:
    root.put([{"lr": 1}])
    watched = watch(root.paths.folder)
    monkeypatch.chdir(tmp_path)

    async def play(pilot: Pilot[None]) -> None:
        await watched.until(pilot, "1 queued")
        await pilot.press("e")
        await watched.until(pilot, "nothing can be drawn yet")

    watched.run(play)
    assert not list(tmp_path.glob("*.png"))


def test_c_copies_the_id_and_the_path(full_root, watched) -> None:
    async def play(pilot: Pilot[None]) -> None:
        await watched.until(pilot, "blog-001")
        await pilot.press("c")
        assert watched.app.clipboard == "blog-001"
        await pilot.press("C")
        assert Path(watched.app.clipboard) == (full_root.paths.folder / "blog-001").resolve()

    watched.run(play)


def test_the_picture_says_what_it_needs_where_images_cannot_be_shown(watched) -> None:
    async def play(pilot: Pilot[None]) -> None:
        await watched.until(pilot, "blog-001")
        await pilot.press("P")
        await watched.until(pilot, "this terminal shows no images")

    watched.run(play, LARGE)


def test_q_quits(watched) -> None:
    async def play(pilot: Pilot[None]) -> None:
        await pilot.press("q")

    watched.run(play)
    assert watched.app.return_code == 0
