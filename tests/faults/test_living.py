"""A run that lives is never taken over, whatever clocks, signals and process ids suggest."""

import contextlib
import errno
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest

from hpq.queue.claimer import Claimer
from hpq.queue.control import can_requeue, requeue, requeue_stranded
from hpq.queue.life import start_ticks
from hpq.queue.paths import RootPaths
from hpq.queue.reader import Reader
from hpq.queue.records import Outcome, Start, Stop
from hpq.queue.runs import Run
from hpq.queue.states import State
from hpq.runner.orphans import adopt_orphans
from hpq.runner.slots import cpu_slots

DAY_S = 86_400.0
NOBODY = 2**22 + 1  # no pid is higher than 2**22
SEARCH = """
import os, pathlib, time
def sample(s):
    s.int("n", 1, 9)
def train(run):
    worker = os.fork()
    if worker == 0:  # as a data loader's process
        time.sleep(1000)
    (run.dir / "worker").write_text(str(worker))
    for step in range(2000):
        run.log(step, loss=1.0)
        if pathlib.Path("go").exists():
            break
        time.sleep(0.02)
    os.kill(worker, 9)
"""


def seen(paths: RootPaths) -> list[Run]:
    return list(Reader(paths).read())


def kill(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


@pytest.fixture
def trains(hpq, wait_until):
    """A runner with one slot of which the first of two runs trains; its process and the run's start."""
    hpq.write("search.py", SEARCH)
    hpq("enqueue", "search.py", "-n", "2")
    with open(hpq.folder / "printed", "w") as printed:
        runner = hpq.start("run", "--workers", "1", "--stale-after", "1s", stdout=printed, stderr=printed)
    paths = RootPaths(hpq.root)
    wait_until(lambda: seen(paths)[0].state is State.RUNNING)
    start = Start.read(paths.run("search", 1).attempt(1).start)
    yield runner, start
    for pid in (start.pid, runner.pid, int((hpq.root / "search-001" / "1" / "worker").read_text())):
        kill(pid)
    runner.wait()


def test_a_run_that_is_stopped_past_the_limit_stays_its_own(hpq, trains, wait_until) -> None:
    _, start = trains
    paths = RootPaths(hpq.root)
    os.kill(start.pid, signal.SIGSTOP)
    wait_until(lambda: seen(paths)[0].reason.endswith("its process lives"))
    hpq("cancel", "search-002")
    assert "nothing waits" in hpq("run", "--workers", "1")
    assert "1 wait or train already" in hpq("requeue", "search-001")
    os.kill(start.pid, signal.SIGCONT)
    wait_until(lambda: seen(paths)[0].state is State.RUNNING)
    hpq.write("go", "")
    wait_until(lambda: seen(paths)[0].state is State.FINISHED)
    assert sorted(os.listdir(paths.claims / "search")) == ["1.1", "2.1"]


def test_a_worker_that_outlives_its_run_and_runner_keeps_the_slot(hpq, trains, wait_until) -> None:
    runner, start = trains
    paths = RootPaths(hpq.root)
    attempt = paths.run("search", 1).attempt(1)
    kill(runner.pid)
    kill(start.pid)
    runner.wait()
    with open(hpq.folder / "second", "w") as printed:
        second = hpq.start("run", "--workers", "1", stdout=printed, stderr=printed)
    told = hpq.folder / "second"
    wait_until(lambda: "search-001 still trains for a runner that died, so cpu0 is taken" in told.read_text())
    assert [run.state for run in seen(paths)][1] is State.QUEUED
    hpq.write("go", "")
    kill(int((attempt.folder / "worker").read_text()))
    second.wait(60)
    assert second.returncode == 0, told.read_text()
    assert [run.state for run in seen(paths)] == [State.UNFINISHED, State.FINISHED]
    assert sorted(os.listdir(paths.claims / "search")) == ["1.1", "2.1"]


@pytest.fixture
def task(root_at) -> Iterator:
    """A run that trains and has a loss."""
    root = root_at("root")
    root.put(1)
    task = Claimer(root.paths, "me").claim()
    root.begin(task)
    root.beat(task)
    yield task
    os.close(task.lock_descriptor)


@pytest.mark.parametrize("jump_s", [DAY_S, -DAY_S], ids=["a day on, or a sleep", "a day back"])
def test_a_clock_that_is_moved_ends_nothing_and_takes_nothing_over(
    root_at, task, monkeypatch, jump_s: float
) -> None:
    paths = root_at("root").paths
    now, now_ns = time.time, time.time_ns
    monkeypatch.setattr(time, "time", lambda: now() + jump_s)
    monkeypatch.setattr(time, "time_ns", lambda: now_ns() + int(jump_s * 1e9))
    (run,) = seen(paths)
    assert run.state is State.RUNNING
    assert not can_requeue(paths, run)
    assert requeue(paths, [run]) == requeue_stranded(paths, Reader(paths)) == []
    assert root_at("root").put(1) == ["blog-002"]
    assert root_at("root").train_all() == ["blog-002"]


@pytest.mark.parametrize("jump_s", [DAY_S, -DAY_S])
def test_an_orphans_time_runs_as_it_did_when_the_clock_is_moved(
    root_at, task, monkeypatch, jump_s: float
) -> None:
    paths = root_at("root").paths
    start = Start.read(task.paths.start)
    began_s, now = time.monotonic(), time.time
    changed = replace(start, pid=NOBODY, time_limit_s=3600.0, at=time.time(), monotonic_s=began_s)
    changed.write(task.paths.start)
    monkeypatch.setattr(time, "time", lambda: now() + jump_s)
    (orphan,) = adopt_orphans(paths, Reader(paths), cpu_slots(1))
    orphan.watch(grace_s=30.0)
    assert not task.paths.stop.exists()
    monkeypatch.setattr(time, "monotonic", lambda: began_s + 3601.0)
    orphan.watch(grace_s=30.0)
    assert task.paths.stop.exists()


def test_a_process_that_got_the_pid_of_a_dead_one_is_left_alone(root_at, task) -> None:
    paths = root_at("root").paths
    innocent = subprocess.Popen(
        [sys.executable, "-c", "import sys; sys.stdin.read()"], stdin=subprocess.PIPE, start_new_session=True
    )
    start = Start.read(task.paths.start)
    replace(start, pid=innocent.pid, ticks=start_ticks(innocent.pid) - 1).write(task.paths.start)
    (orphan,) = adopt_orphans(paths, Reader(paths), cpu_slots(1))
    orphan.ask(Stop(Outcome.STOPPED, "why"))
    orphan.stop_asked_s = time.monotonic() - 100
    orphan.watch(grace_s=1.0)
    orphan.kill()
    with pytest.raises(subprocess.TimeoutExpired):
        innocent.wait(0.2)
    innocent.communicate()
    assert innocent.returncode == 0


def test_a_lock_that_may_not_be_looked_at_may_be_held(root_at, task, intercepted) -> None:
    paths = root_at("root").paths
    task.paths.start.unlink()  # nor may anything else in the folder

    def before(_count: int, name: str, arguments: tuple) -> None:
        if name == "open" and str(arguments[0]) == str(task.paths.lock):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    with intercepted(before):
        assert [run.state for run in seen(paths)] == [State.STARTING]
        assert requeue_stranded(paths, Reader(paths)) == []
