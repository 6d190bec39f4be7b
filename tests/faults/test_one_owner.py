"""Eight processes work off a long queue while they are killed and stopped at random: no run has two of them.

`HPQ_TEST_JOBS` (default: 2000) sets how many runs there are. Kills and stops grow with it.
"""

import fcntl
import os
import random
import signal
import time
import warnings
from collections import Counter
from pathlib import Path

import pytest

from hpq.queue.claimer import Claimer
from hpq.queue.claims import runner_id
from hpq.queue.control import requeue_stranded
from hpq.queue.paths import RootPaths
from hpq.queue.reader import Reader
from hpq.queue.records import Outcome, Result
from hpq.queue.states import State

JOBS = int(os.environ.get("HPQ_TEST_JOBS", "2000"))
KILLS = JOBS // 10
STOPS = JOBS // 20
WORKERS = 8
HARM_EVERY_BYTES = 100  # of the ledger, about five lines
SEED = 20170501
LOOK_FOR_STRANDED_EVERY_S = 0.5


def work(root, ledger: Path) -> None:
    """Do what a runner and its training processes do, without training."""
    claimer, reader = Claimer(root.paths, runner_id()), Reader(root.paths)
    looked_s = time.monotonic()
    while True:
        while size(ledger / "ledger") > size(ledger / "permit"):
            time.sleep(0.001)
        task = claimer.claim()
        if task is None or time.monotonic() - looked_s > LOOK_FOR_STRANDED_EVERY_S:
            looked_s = time.monotonic()
            stranded = requeue_stranded(root.paths, reader)
            if task is None and not stranded:
                return
        if task is not None:
            own(root, ledger, task)


def own(root, ledger: Path, task) -> None:
    """Train a run, while a lock of the test's own tells who else does."""
    owned = os.open(ledger / task.id, os.O_CREAT | os.O_RDWR)
    try:
        fcntl.flock(owned, fcntl.LOCK_EX | fcntl.LOCK_NB)
        note(ledger, f"began {task.id} {task.attempt}")
    except BlockingIOError:
        note(ledger, f"shared {task.id} {task.attempt}")
    root.begin(task)
    note(ledger, f"trains {task.id} {task.attempt}")
    Result(Outcome.RETURNED, "", root.beat(task), 1000.0, 1060.0, "cpu0").write(task.paths.result)
    note(ledger, f"ended {task.id} {task.attempt}")
    os.close(owned)
    os.close(task.lock_descriptor)


def size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def note(ledger: Path, line: str) -> None:
    """Append a line by one write, which is atomic."""
    descriptor = os.open(ledger / "ledger", os.O_CREAT | os.O_APPEND | os.O_WRONLY)
    os.write(descriptor, f"{line}\n".encode())
    os.close(descriptor)


class Workers:
    """Processes that are killed, stopped and replaced."""

    def __init__(self, root, ledger: Path) -> None:
        self.root, self.ledger = root, ledger
        self.living: set[int] = set()
        self.stopped: set[int] = set()

    def start(self) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # the child needs none of the other threads
            pid = os.fork()
        if pid == 0:
            try:
                work(self.root, self.ledger)
                os._exit(0)
            except BaseException as error:
                note(self.ledger, f"raised {type(error).__name__} {error}")
            finally:
                os._exit(1)
        self.living.add(pid)

    def signal(self, pid: int, number: int) -> None:
        os.kill(pid, number)
        if number == signal.SIGKILL:
            os.waitpid(pid, 0)
            self.living.discard(pid)
            self.stopped.discard(pid)

    def reap(self) -> None:
        """Take out those that ended by themselves."""
        for pid in list(self.living):
            ended, code = os.waitpid(pid, os.WNOHANG)
            if ended:
                assert code == 0, (self.ledger / "ledger").read_text()[-2000:]
                self.living.discard(pid)

    def permit(self, grown_bytes: int) -> None:
        """Let the ledger grow, and wait until it has, or nobody works who could write."""
        enough = size(self.ledger / "ledger") + grown_bytes
        with open(self.ledger / "permit", "ab") as permit:
            permit.truncate(enough)
        deadline_s = time.monotonic() + 0.05
        while size(self.ledger / "ledger") < enough and time.monotonic() < deadline_s:
            time.sleep(0.001)
            self.reap()

    def end(self) -> None:
        for pid in list(self.living):
            self.signal(pid, signal.SIGKILL)


@pytest.fixture
def workers(root_at, tmp_path: Path):
    (tmp_path / "ledger").mkdir()
    workers = Workers(root_at("root"), tmp_path / "ledger")
    yield workers
    workers.end()


@pytest.mark.timeout(600)
def test_a_run_has_one_owner_and_an_end_whoever_is_killed_or_stopped(workers, unsynced) -> None:
    for _ in range(4):
        workers.root.put(JOBS // 4)
    for _ in range(WORKERS):
        workers.start()
    chance, done = random.Random(SEED), Counter()
    while workers.living and (done["kill"] < KILLS or done["stop"] < STOPS):
        harm(workers, chance, done)
        workers.permit(chance.randrange(2 * HARM_EVERY_BYTES))
    workers.permit(1 << 30)
    for pid in workers.stopped & workers.living:
        os.kill(pid, signal.SIGCONT)
    workers.start()  # who comes last does what the dead left
    while workers.living:
        workers.reap()
        time.sleep(0.01)
    check(workers.root.paths, workers.ledger, done)


def harm(workers: Workers, chance: random.Random, done: Counter[str]) -> None:
    """Kill a process and start another, or stop one, or let one go on."""
    pid = chance.choice(sorted(workers.living))
    if chance.random() < 0.5:
        workers.signal(pid, signal.SIGKILL)
        workers.start()
        done["kill"] += 1
    elif pid in workers.stopped:
        workers.signal(pid, signal.SIGCONT)
        workers.stopped.discard(pid)
    elif len(workers.stopped) < WORKERS // 2:
        workers.signal(pid, signal.SIGSTOP)
        workers.stopped.add(pid)
        done["stop"] += 1


def check(paths: RootPaths, ledger: Path, done: Counter[str]) -> None:
    told: dict[str, list[str]] = {}
    for line in (ledger / "ledger").read_text().splitlines():
        kind, run, _ = line.split(maxsplit=2)
        told.setdefault(kind, []).append(run)
    assert told.keys() == {"began", "trains", "ended"}, told.keys()
    assert len(told["trains"]) == len(set(told["trains"]))  # what began is never begun again
    states = {run.id: run.state for run in Reader(paths).read()}
    assert len(states) == JOBS
    assert set(states.values()) <= {State.FINISHED, State.UNFINISHED, State.CRASHED}
    finished = {run for run, state in states.items() if state is State.FINISHED}
    assert set(told["ended"]) <= finished
    assert JOBS - len(finished) <= done["kill"]
    assert done["kill"] >= KILLS
    assert done["stop"] >= STOPS
