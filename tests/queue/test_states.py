"""Every row of the table of states, from the evidence that it names."""

import json
import time

import pytest

from hpq.queue.control import cancel, requeue, requeue_stranded
from hpq.queue.paths import RootPaths
from hpq.queue.reader import Reader
from hpq.queue.records import Outcome
from hpq.queue.states import State


def test_a_run_that_nobody_claimed_is_queued(put, life) -> None:
    put(1)
    run = life.read()["blog-001"]
    assert (run.state, run.attempt, run.params) == (State.QUEUED, 0, {"lr": 0.0})


def test_a_claimed_run_is_starting_until_its_first_finite_loss(put, life) -> None:
    put(1)
    task = life.claim()
    assert life.read()["blog-001"].state is State.STARTING
    life.begin(task)
    life.beat(task, float("nan"))
    assert life.read()["blog-001"].state is State.STARTING
    life.beat(task, 3.0, 2.0, 2.5)
    run = life.read()["blog-001"]
    assert (run.state, run.loss, run.best, run.step, run.attempt) == (State.RUNNING, 2.5, 2.0, 2, 1)


@pytest.mark.parametrize(
    ("outcome", "best", "state"),
    [
        (Outcome.RETURNED, 2.0, State.FINISHED),
        (Outcome.RETURNED, None, State.CRASHED),
        (Outcome.FAILED, 2.0, State.UNFINISHED),
        (Outcome.FAILED, None, State.CRASHED),
        (Outcome.KILLED, 2.0, State.UNFINISHED),
        (Outcome.KILLED, None, State.CRASHED),
        (Outcome.LIMIT, 2.0, State.UNFINISHED),
        (Outcome.LIMIT, None, State.CRASHED),
        (Outcome.STOPPED, 2.0, State.UNFINISHED),
        (Outcome.STOPPED, None, State.CANCELLED),
    ],
)
def test_a_result_decides(put, life, outcome: Outcome, best: float | None, state: State) -> None:
    put(1)
    life.end(life.begin(life.claim()), outcome, best, "why")
    run = life.read()["blog-001"]
    assert (run.state, run.best) == (state, best)
    assert run.ended_at == 1060.0


def test_a_process_that_is_gone_without_a_result_is_judged_by_its_metrics(put, life) -> None:
    put(2)
    one, two = life.begin(life.claim()), life.begin(life.claim())
    life.beat(one, 4.0, 3.0)
    with open(one.paths.metrics, "a") as metrics:
        metrics.write('{"step": 2, "loss": 0.0')  # killed in the middle of a line
    life.die(one)
    life.die(two)
    runs = life.read()
    assert (runs["blog-001"].state, runs["blog-001"].best) == (State.UNFINISHED, 3.0)
    assert (runs["blog-002"].state, runs["blog-002"].best) == (State.CRASHED, None)
    assert "gone" in runs["blog-002"].reason


def test_a_living_run_that_is_silent_is_unfinished_and_wakes_again(put, life) -> None:
    put(2)
    talked, mute = life.begin(life.claim(), stale_after_s=1), life.begin(life.claim(), stale_after_s=1)
    life.beat(talked, 2.0)
    for task in (talked, mute):
        beat = json.loads(task.paths.heartbeat.read_text())
        beat["monotonic_s"] = time.monotonic() - 720
        task.paths.heartbeat.write_text(json.dumps(beat))
    runs = life.read()
    assert (runs["blog-001"].state, runs["blog-002"].state) == (State.UNFINISHED, State.CRASHED)
    assert runs["blog-001"].reason == "silent 12 min, its process lives"
    life.beat(talked, 1.5)
    assert life.read()["blog-001"].state is State.RUNNING


def test_a_clock_that_jumps_makes_no_living_run_stale(put, life) -> None:
    put(1)
    task = life.begin(life.claim(), stale_after_s=60)
    life.beat(task, 2.0)
    beat = json.loads(task.paths.heartbeat.read_text())
    task.paths.heartbeat.write_text(json.dumps({**beat, "at": beat["at"] - 86400}))
    assert life.read()["blog-001"].state is State.RUNNING


def test_a_claim_whose_runner_died_before_training_began_waits_again(put, life, paths: RootPaths) -> None:
    put(1)
    life.die(life.claim())
    run = life.read()["blog-001"]
    assert (run.state, run.is_stranded, run.attempt) == (State.QUEUED, True, 0)
    assert requeue_stranded(paths, Reader(paths)) == ["blog-001"]
    assert not life.read()["blog-001"].is_stranded
    assert requeue_stranded(paths, Reader(paths)) == []
    assert life.claim().attempt == 2
    assert life.read()["blog-001"].state is State.STARTING


def test_a_cancelled_run_is_never_claimed(put, life, paths: RootPaths) -> None:
    put(2)
    assert cancel(paths, [life.read()["blog-001"]]) == (["blog-001"], [])
    assert life.read()["blog-001"].state is State.CANCELLED
    assert life.claim().id == "blog-002"
    assert life.claimer.claim() is None


def test_a_stranded_run_can_be_cancelled(put, life, paths: RootPaths) -> None:
    put(1)
    life.die(life.claim())
    assert cancel(paths, list(life.read().values())) == (["blog-001"], [])
    assert life.read()["blog-001"].state is State.CANCELLED
    assert requeue_stranded(paths, Reader(paths)) == []


def test_cancelling_a_run_that_trains_asks_it_to_stop(put, life, paths: RootPaths) -> None:
    put(1)
    task = life.begin(life.claim())
    assert cancel(paths, list(life.read().values())) == ([], ["blog-001"])
    assert task.paths.stop.exists()


def test_a_requeued_run_waits_and_keeps_its_earlier_attempt_on_record(put, life, paths: RootPaths) -> None:
    put(1)
    life.end(life.begin(life.claim()), Outcome.FAILED, 2.0, "ValueError: x")
    assert requeue(paths, list(life.read().values())) == ["blog-001"]
    waiting = life.read()["blog-001"]
    assert (waiting.state, waiting.attempt, waiting.newest_attempt) == (State.QUEUED, 1, 2)
    life.end(life.begin(life.claim()), Outcome.RETURNED, 1.0)
    reader = Reader(paths)
    (run,) = reader.read()
    assert (run.state, run.attempt, run.best) == (State.FINISHED, 2, 1.0)
    assert [verdict.state for _, verdict in reader.attempts(run)] == [State.UNFINISHED, State.FINISHED]


def test_taking_back_a_requeue_leaves_what_the_run_had_become(put, life, paths: RootPaths) -> None:
    put(1)
    life.end(life.begin(life.claim()), Outcome.FAILED, 2.0)
    requeue(paths, list(life.read().values()))
    cancel(paths, list(life.read().values()))
    assert life.read()["blog-001"].state is State.UNFINISHED


def test_what_waits_or_lives_is_not_requeued(put, life, paths: RootPaths) -> None:
    put(2)
    life.begin(life.claim())
    assert requeue(paths, list(life.read().values())) == []


def test_a_reader_that_reads_again_sees_what_changed(put, life, paths: RootPaths) -> None:
    put(1)
    reader = Reader(paths)
    assert reader.read()[0].state is State.QUEUED
    life.end(life.begin(life.claim()), Outcome.RETURNED, 1.0)
    put(1)
    assert [run.state for run in reader.read()] == [State.FINISHED, State.QUEUED]
