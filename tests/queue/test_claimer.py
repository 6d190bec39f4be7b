"""Runs are taken once each, in order of priority and age."""

import itertools
import os
import subprocess
import sys

import pytest

from hpq.queue.batches import list_batches, read_batch
from hpq.queue.claimer import Claimer
from hpq.queue.claims import runner_id
from hpq.queue.control import requeue, requeue_stranded
from hpq.queue.life import take_lock
from hpq.queue.paths import RootPaths
from hpq.queue.reader import Reader
from hpq.queue.records import Outcome
from hpq.queue.states import State


def claim_all(claimer: Claimer) -> list[str]:
    ids = []
    while task := claimer.claim():
        os.close(task.lock_descriptor)
        ids.append(task.id)
    return ids


def test_higher_priority_goes_first_and_older_before_newer(put, paths: RootPaths) -> None:
    put(2, "late", priority=-1)
    put(1, "first")
    put(1, "second")
    put(1, "urgent", priority=5)
    claimer = Claimer(paths, "me")
    assert claim_all(claimer) == ["urgent-001", "first-001", "second-001", "late-001", "late-002"]
    put(1, "urgent", priority=5)
    assert claim_all(claimer) == ["urgent-002"]


def test_a_requeue_with_priority_overtakes_what_waits(put, life, paths: RootPaths) -> None:
    put(3)
    life.end(life.begin(life.claim()), Outcome.FAILED, None)
    requeue(paths, [life.read()["blog-001"]], priority=1)
    task = life.claim()
    assert (task.id, task.attempt, task.params) == ("blog-001", 2, {"lr": 0.0})


def test_a_run_whose_lock_another_held_is_claimed_once_it_is_free(put, paths: RootPaths) -> None:
    put(2)
    first = paths.run("blog", 1).attempt(1)
    first.folder.mkdir(parents=True)
    held = take_lock(first.lock)  # as by a runner that is about to claim it, or dies before
    assert held is not None
    claimer = Claimer(paths, runner_id())
    assert [task and task.id for task in (claimer.claim(), claimer.claim())] == ["blog-002", None]
    os.close(held)
    assert claim_all(claimer) == ["blog-001"]


def test_a_batch_of_which_nothing_waits_is_not_asked_about(put, paths: RootPaths) -> None:
    put(2)
    assert len(claim_all(Claimer(paths, "able"))) == 2
    put(1, "other")
    asked: list[str] = []

    def refuse(header: dict[str, object]) -> bool:
        asked.append(str(header["search"]))
        return False

    assert claim_all(Claimer(paths, "unable", refuse)) == []
    assert asked == ["other"]


TAKE_ALL = """
import os, sys
from pathlib import Path
from hpq.queue.claimer import Claimer
from hpq.queue.root import open_root
claimer = Claimer(open_root(Path(sys.argv[1])), f"runner-{os.getpid()}")
while task := claimer.claim():
    os.close(task.lock_descriptor)
    print(task.id)
"""


def test_processes_that_claim_at_once_never_take_the_same_run(put, paths: RootPaths) -> None:
    expected = put(300)
    command = [sys.executable, "-c", TAKE_ALL, str(paths.folder)]
    processes = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    taken = [process.communicate(timeout=60)[0].split() for process in processes]
    assert sorted(itertools.chain(*taken)) == sorted(expected)


def test_a_claim_is_exclusive_without_the_lock_too(put, paths: RootPaths) -> None:
    put(1)
    one, two = Claimer(paths, "one"), Claimer(paths, "two")
    (name,) = list_batches(paths)
    batch = read_batch(paths, name)
    assert batch is not None
    waiting = list(two._unclaimed(batch))  # two looked before one took it
    assert claim_all(one) == ["blog-001"]
    assert [two._take(each) for each in waiting] == [None]


def test_what_shall_begin_anew_still_does_when_its_runner_died_before_it_began(put, life, paths) -> None:
    put(1)
    life.end(life.begin(life.claim()), Outcome.FAILED, 0.5)
    requeue(paths, [life.read()["blog-001"]], fresh=True)
    for attempt in (2, 3):
        task = life.claim()
        assert (task.attempt, task.fresh) == (attempt, True)
        life.die(task)
        assert requeue_stranded(paths, Reader(paths)) == ["blog-001"]


@pytest.mark.parametrize("attempts", [1, 2])
def test_a_result_counts_although_a_power_cut_took_the_claim(put, life, paths: RootPaths, attempts) -> None:
    put(2)
    for _ in range(attempts):
        requeue(paths, list(Reader(paths).read()), priority=1)
        task = life.begin(life.claim())
        life.end(task, Outcome.FAILED, 0.5)
    claim = paths.claim("blog", 1, attempts)
    claim.unlink()
    result = task.paths.result.read_bytes()

    def check() -> None:
        run, _ = Reader(paths).read()
        assert (run.state, run.best, run.attempt, run.newest_attempt) == (
            State.UNFINISHED, 0.5, attempts, attempts,
        )  # fmt: skip

    check()
    assert claim_all(Claimer(paths, runner_id())) == ["blog-002"]
    assert claim.is_symlink()
    check()
    assert task.paths.result.read_bytes() == result
    requeue(paths, [Reader(paths).read()[0]])
    assert life.claim().attempt == attempts + 1


def test_a_damaged_result_under_no_claim_keeps_nobody_from_the_run(put, paths: RootPaths) -> None:
    put(1)
    attempt = paths.run("blog", 1).attempt(1)
    attempt.folder.mkdir(parents=True)
    attempt.result.write_text("{")
    assert [run.state for run in Reader(paths).read()] == [State.QUEUED]
    assert claim_all(Claimer(paths, runner_id())) == ["blog-001"]
