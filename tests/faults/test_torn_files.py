"""Files cut off at every byte, as a power cut may leave what was not synced, and files of killed writers."""

import fcntl
import itertools
import os
from pathlib import Path

import pytest

from hpq.queue import files
from hpq.queue.claimer import Claimer, Task
from hpq.queue.control import requeue
from hpq.queue.files import write_whole
from hpq.queue.reader import Reader
from hpq.queue.records import Heartbeat, Outcome, Result, Stop, Summary
from hpq.queue.states import State

pytestmark = pytest.mark.usefixtures("unsynced")

SUMMARY = Summary(step=2, loss=0.25, best=0.25, best_step=2)
METRICS = b'{"step": 1, "loss": 0.5}\n{"step": 2, "loss": 0.25}\n'


@pytest.fixture
def task(root_at):
    """A run that trains, with every file that it may have but a result."""
    root = root_at("root")
    root.put(1)
    task = Claimer(root.paths, "me").claim()
    root.begin(task)
    task.paths.metrics.write_bytes(METRICS)
    Heartbeat.now(SUMMARY).write(task.paths.heartbeat)
    Stop(Outcome.STOPPED, "why").write(task.paths.stop)
    yield task
    os.close(task.lock_descriptor)


def die(task: Task) -> None:
    fcntl.flock(task.lock_descriptor, fcntl.LOCK_UN)


def finish(task: Task) -> None:
    Result(Outcome.RETURNED, "", SUMMARY, 1000.0, 1060.0, "cpu0").write(task.paths.result)


def seen_at_each_byte(root_at, file: Path) -> list[tuple[State, float | None]]:
    """Return what a reader says of the run while the file has 0, 1, 2, … bytes, and all at last."""
    paths, whole, told = root_at("root").paths, file.read_bytes(), []
    for size in range(len(whole) + 1):
        file.write_bytes(whole[:size])
        reader = Reader(paths)
        (run,) = reader.read()
        reader.attempts(run)
        told.append((run.state, run.best))
    return told


def test_a_torn_result_is_none_and_the_metrics_count(task, root_at) -> None:
    finish(task)
    die(task)
    *torn, _, whole = seen_at_each_byte(root_at, task.paths.result)
    assert set(torn) == {(State.UNFINISHED, 0.25)}
    assert whole == (State.FINISHED, 0.25)


def test_a_torn_result_of_a_living_process_changes_nothing(task, root_at) -> None:
    finish(task)
    *torn, _, whole = seen_at_each_byte(root_at, task.paths.result)
    assert set(torn) == {(State.RUNNING, 0.25)}
    assert whole == (State.FINISHED, 0.25)


@pytest.mark.parametrize("name", ["start", "heartbeat", "metrics", "stop"])
def test_whatever_is_torn_a_result_stays(task, root_at, name: str) -> None:
    finish(task)
    die(task)
    assert set(seen_at_each_byte(root_at, getattr(task.paths, name))) == {(State.FINISHED, 0.25)}


@pytest.mark.parametrize("name", ["start", "heartbeat", "metrics", "stop"])
def test_whatever_is_torn_a_living_process_lives(task, root_at, name: str) -> None:
    seen = seen_at_each_byte(root_at, getattr(task.paths, name))
    assert set(seen) <= {(State.STARTING, None), (State.RUNNING, 0.25)}


def test_a_torn_start_is_none_and_the_run_waits_again(task, root_at) -> None:
    die(task)
    *torn, _, whole = seen_at_each_byte(root_at, task.paths.start)
    assert set(torn) == {(State.QUEUED, None)}
    assert whole == (State.UNFINISHED, 0.25)


def test_metrics_count_by_whole_lines(task, root_at) -> None:
    die(task)
    seen = seen_at_each_byte(root_at, task.paths.metrics)
    first, second = METRICS.index(b"}") + 1, METRICS.rindex(b"}") + 1
    assert set(seen[:first]) == {(State.CRASHED, None)}
    assert set(seen[first:second]) == {(State.UNFINISHED, 0.5)}
    assert set(seen[second:]) == {(State.UNFINISHED, 0.25)}


@pytest.mark.parametrize("name", ["heartbeat", "stop"])
def test_of_the_dead_only_metrics_count(task, root_at, name: str) -> None:
    die(task)
    assert set(seen_at_each_byte(root_at, getattr(task.paths, name))) == {(State.UNFINISHED, 0.25)}


def test_a_torn_requeue_is_none(task, root_at) -> None:
    die(task)
    paths = root_at("root").paths
    requeue(paths, list(Reader(paths).read()))
    (file,) = paths.batches.glob("*-requeue+*")
    *torn, whole = seen_at_each_byte(root_at, file)
    assert set(torn) == {(State.UNFINISHED, 0.25)}
    assert whole == (State.QUEUED, None)


def test_what_a_killed_writer_left_stands_in_nobodys_way(tmp_path: Path, monkeypatch) -> None:
    """In a container the next process may have the same pid, and counts from the same number."""
    for text in (b"one", b"two"):
        monkeypatch.setattr(files, "_counter", itertools.count(7))
        (tmp_path / f".file.{os.getpid()}-7").write_bytes(b"half")
        write_whole(tmp_path / "file", text)
        assert (tmp_path / "file").read_bytes() == text
