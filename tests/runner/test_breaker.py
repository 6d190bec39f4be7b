"""A slot where all runs crash at once and alike takes no more of them; crashes as such are normal."""

import os
import re
from types import SimpleNamespace

import pytest

from hpq.queue.evidence import Verdict, judge
from hpq.queue.paths import AttemptPaths
from hpq.queue.records import Outcome, Result, Summary
from hpq.queue.states import State
from hpq.runner.breaker import Breaker
from hpq.runner.slots import cpu_slots

SLOTS = cpu_slots(2)
BROKEN = "CUDA error: an [/illegal] memory access"


@pytest.fixture
def end(tmp_path):
    """End an attempt in a slot with a real result; return what the breaker is told of it."""
    count = 0

    def end(
        slot=SLOTS[0],
        reason=BROKEN,
        *,
        outcome=Outcome.FAILED,
        after_s=1.0,
        best=None,
        is_best_carried_over=False,
    ):
        nonlocal count
        count += 1
        paths = AttemptPaths(tmp_path / str(count))
        paths.folder.mkdir()
        result = Result(outcome, reason, Summary(best=best), 1000.0, 1000.0 + after_s, slot.name)
        result.write(paths.result)
        for path, at_s in ((paths.start, 100), (paths.metrics, 99 if is_best_carried_over else 101)):
            path.touch()
            os.utime(path, (at_s, at_s))
        return SimpleNamespace(id=f"blog-{count:03d}", attempt=2, slot=slot, paths=paths), judge(paths, None)

    return end


def test_the_same_reason_again_and_again_takes_the_slot_out_of_use_and_says_why(end) -> None:
    breaker = Breaker(SLOTS, 3)
    assert [breaker.hear(*end()) for _ in range(2)] == ["", ""]
    assert not breaker.is_out(SLOTS[0])
    told = breaker.hear(*end())
    assert breaker.is_out(SLOTS[0])
    assert not breaker.is_out(SLOTS[1])
    assert breaker.problem == ""
    assert re.match(r"cpu0 takes no more runs: 3 in a row crashed .*blog-003 the last, all with ", told)
    assert BROKEN in told


@pytest.mark.parametrize(
    "between",
    [
        {"reason": "out of memory: 3 GiB more could not be had"},
        {"after_s": 10.5},
        {"best": 1.0},
        {"best": 1.0, "outcome": Outcome.RETURNED, "reason": ""},
        {"outcome": Outcome.LIMIT},
    ],
    ids=["another reason", "later", "a loss", "finished", "its time was up"],
)
def test_what_shows_that_the_slot_works_begins_the_count_anew(end, between: dict) -> None:
    breaker = Breaker(SLOTS, 3)
    for _ in range(3):
        breaker.hear(*end())
        breaker.hear(*end())
        breaker.hear(*end(**between))
    assert not breaker.is_out(SLOTS[0])


def test_a_resumed_run_that_crashes_before_it_logs_anything_counts_too(end) -> None:
    breaker = Breaker(SLOTS, 3)
    for _ in range(3):
        breaker.hear(*end(best=1.0, is_best_carried_over=True))
    assert breaker.is_out(SLOTS[0])


def test_different_reasons_never_trip_it(end) -> None:
    breaker = Breaker(SLOTS, 2)
    for size in range(1, 50):
        breaker.hear(*end(reason=f"out of memory: {size} MiB more could not be had"))
    assert not breaker.is_out(SLOTS[0])


def test_what_a_user_stopped_or_never_began_neither_counts_nor_clears(end) -> None:
    breaker = Breaker(SLOTS, 2)
    breaker.hear(*end())
    breaker.hear(*end(outcome=Outcome.STOPPED))
    training, _ = end()
    breaker.hear(training, Verdict(State.QUEUED, began=False))
    assert not breaker.is_out(SLOTS[0])
    breaker.hear(*end())
    assert breaker.is_out(SLOTS[0])


def test_each_slot_has_its_own_count_and_with_the_last_slot_the_runner_ends(end) -> None:
    breaker = Breaker(SLOTS, 2)
    for slot in (*SLOTS, *SLOTS):
        breaker.hear(*end(slot))
    assert all(breaker.is_out(slot) for slot in SLOTS)
    assert breaker.problem.startswith("no slot is left that works: in cpu1, the last one, 2 runs in a row")
    assert "hpq logs blog-004" in breaker.problem
    assert breaker.problem.count("\n") == 0


def test_zero_means_never(end) -> None:
    breaker = Breaker(SLOTS, 0)
    for _ in range(30):
        assert breaker.hear(*end()) == ""
    assert not breaker.is_out(SLOTS[0])


def test_an_adopted_run_that_ends_in_a_slot_out_of_use_is_told_of_once(end) -> None:
    breaker = Breaker(SLOTS, 1)
    assert breaker.hear(*end())
    assert breaker.hear(*end()) == ""


SEARCH = """
def sample(s):
    s.int("n", 1, 9)
def train(run):
    if (run.dir.parent.parent / "broken").exists() and "SLOT" in (run.dir / "start.json").read_text():
        raise RuntimeError("CUDA error: unspecified launch failure")
    run.log(1, loss=1.0)
"""


@pytest.mark.parametrize("watch", [(), ("--watch",)], ids=["", "watch"])
def test_a_runner_whose_only_slot_is_broken_fails_and_leaves_the_rest_queued(hpq, watch) -> None:
    hpq.write("search.py", SEARCH.replace("SLOT", "cpu0"))
    hpq("enqueue", "search.py", "-n", "6")
    (hpq.root / "broken").touch()
    err = hpq("run", "--workers", "1", "--give-up-after", "3", *watch, code=1)
    assert err.startswith("hpq: no slot is left that works: in cpu0, the last one, 3 runs in a row crashed")
    assert "RuntimeError: CUDA error: unspecified launch failure" in err
    assert err.count("\n") == 1
    assert [run["state"] for run in hpq.ls().values()] == ["crashed"] * 3 + ["queued"] * 3
    (hpq.root / "broken").unlink()
    hpq("run", "--workers", "1")
    assert [run["state"] for run in hpq.ls().values()] == ["crashed"] * 3 + ["finished"] * 3


def test_the_other_slots_go_on(hpq) -> None:
    hpq.write("search.py", SEARCH.replace("SLOT", "cpu0"))
    hpq("enqueue", "search.py", "-n", "24")
    (hpq.root / "broken").touch()
    printed = hpq("run", "--workers", "2", "--give-up-after", "2")
    assert printed.count("cpu0 takes no more runs: 2 in a row crashed") == 1
    states = [run["state"] for run in hpq.ls().values()]
    assert (states.count("crashed"), states.count("finished")) == (2, 22)


RESUMED = """
def sample(s):
    s.int("n", 1, 9)
def train(run):
    if not run.resumed:
        run.log(1, loss=1.0)
        run.checkpoint.write_text("1")
    raise RuntimeError("CUDA error: unspecified launch failure")
"""


def test_retries_that_resume_and_crash_before_their_first_loss_trip_it(hpq) -> None:
    hpq.write("search.py", RESUMED)
    hpq("enqueue", "search.py", "-n", "1")
    hpq("run", "--workers", "1", "--retries", "9", "--give-up-after", "3", code=1)
    run = hpq.ls()["search-001"]
    assert (run["state"], run["attempt"]) == ("queued", 4)
