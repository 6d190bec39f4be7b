"""Whether crashes bunch, tested beside the monitor."""

import time
from collections.abc import Callable
from typing import Any

import pytest
from textual.pilot import Pilot

from hpq.queue.reader import Reader
from hpq.queue.records import Outcome
from hpq.queue.states import State
from hpq.results.columns import Columns
from hpq.tui.bunches import Bunched, Bunches

PATIENCE_S = 30.0


@pytest.fixture
def bunching(root: Any) -> Any:
    """A root in which the upper half of n crashes, while runs go on to wait."""
    root.put([{"n": n % 40, "luck": n * 7919 % 83} for n in range(60)])
    for number in range(40):
        task = root.begin(*([] if number >= 20 else [1.0 + number]))
        root.end(task, *((Outcome.FAILED,) if number >= 20 else (Outcome.RETURNED, 1.0 + number)))
    return root


@pytest.fixture
def bunches(bunching: Any):
    made = Bunches(bunching.paths.folder, first_s=0.0)
    yield made
    made.close()


def columns_of(root: Any) -> Columns:
    return Columns(Reader(root.paths).read())


def until(bunches: Bunches, columns: Columns, holds: Callable[[Bunched], bool]) -> Bunched:
    deadline = time.monotonic() + PATIENCE_S
    while not holds(found := bunches.look(columns)):
        assert time.monotonic() < deadline, found
        time.sleep(0.01)
    return found


def test_what_crashes_bunch_along_is_found_in_another_process(bunching, bunches) -> None:
    columns = columns_of(bunching)
    assert bunches.look(columns) == Bunched()
    assert until(bunches, columns, lambda found: found.names) == Bunched(frozenset({"n"}))


def test_nothing_is_tested_again_until_other_runs_ended_and_a_pause_is_over(bunching, bunches) -> None:
    columns = columns_of(bunching)
    until(bunches, columns, lambda found: found.names)
    bunches._ended_s -= 1e6
    bunches.look(columns)
    bunching.begin(2.0)  # it trains, and has not ended
    columns = columns_of(bunching)
    bunches.look(columns)
    assert bunches._test is None
    bunching.end(bunching.begin(2.0), Outcome.RETURNED, 2.0)
    columns = columns_of(bunching)
    bunches._ended_s = time.monotonic()
    bunches.look(columns)
    assert bunches._test is None
    assert bunches._pause_s >= 5.0
    bunches._ended_s -= bunches._pause_s
    bunches.look(columns)
    assert bunches._test is not None


def test_another_filter_is_tested_sooner(bunching, bunches) -> None:
    columns = columns_of(bunching)
    until(bunches, columns, lambda found: found.names)
    bunches._pause_s = 1e6
    bunches.filter_text = "n<10"
    bunches._ended_s -= 10.0
    assert until(bunches, columns, lambda found: found.filter_text) == Bunched(frozenset(), "n<10")


def test_a_test_that_fails_marks_nothing(bunching, bunches) -> None:
    columns = columns_of(bunching)
    bunches.filter_text = "n<"
    assert until(bunches, columns, lambda found: found.filter_text) == Bunched(frozenset(), "n<")


def test_where_no_process_can_be_had_nothing_is_marked(bunching, bunches, monkeypatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError("out of memory")

    monkeypatch.setattr("hpq.tui.bunches.subprocess.Popen", fail)
    columns = columns_of(bunching)
    assert bunches.look(columns) == bunches.look(columns) == Bunched()
    assert bunches._pause_s > 100


def test_no_process_is_left_when_the_monitor_closes(bunching, bunches) -> None:
    bunches.look(columns_of(bunching))
    process = bunches._test.process
    assert process.poll() is None
    bunches.close()
    assert process.returncode is not None


def test_where_nothing_crashed_nothing_is_tested(bunching, bunches) -> None:
    finished = [run for run in Reader(bunching.paths).read() if run.state is not State.CRASHED]
    bunches.look(Columns(finished))
    assert bunches._test is None


def test_the_title_gets_a_star_and_loses_it_under_a_filter(bunching, watch) -> None:
    watched = watch(bunching.paths.folder)
    watched.app.source.bunches._pause_s = 0.0

    async def play(pilot: Pilot[None]) -> None:
        await watched.settle(pilot, lambda: " n *" in watched.text)
        assert "luck *" not in watched.text
        assert watched.app.main.plots.picture.bunched == {"n"}
        await pilot.press("slash", *"luck", "greater_than_sign", "4", "0", "enter")
        await watched.settle(pilot, lambda: " n *" not in watched.text)

    watched.run(play, (200, 60))
