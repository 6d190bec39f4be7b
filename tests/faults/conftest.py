"""System calls that a process does not survive or that fail, and what must hold after any of them."""

import builtins
import contextlib
import fcntl
import io
import os
import signal
import warnings
from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from typing import Any

import pytest

from hpq.queue.claimer import Claimer, Task
from hpq.queue.claims import runner_id
from hpq.queue.control import requeue_stranded
from hpq.queue.enqueue import Origin, enqueue, next_number
from hpq.queue.life import boot_id, host_name, start_ticks
from hpq.queue.paths import RootPaths
from hpq.queue.reader import Reader
from hpq.queue.records import Heartbeat, Outcome, Result, Start, Summary
from hpq.queue.root import create_root, locked
from hpq.queue.states import ENDED, State

CALLS = (
    "open", "read", "pread", "write", "sendfile", "close", "fsync", "ftruncate", "fchmod", "rename",
    "replace", "link", "symlink", "readlink", "unlink", "remove", "mkdir", "rmdir", "listdir", "scandir",
    "stat", "lstat", "fstat", "dup2", "chdir", "setsid",
)  # fmt: skip
Before = Callable[[int, str, tuple[Any, ...]], None]
Tell = Callable[..., None]


@contextlib.contextmanager
def _intercepted(before: Before) -> Iterator[None]:
    count = 0

    def wrap(name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        def wrapped(*arguments: Any, **options: Any) -> Any:
            nonlocal count
            if arguments and str(arguments[0]).startswith("/proc"):  # on no disk, and different each time
                return call(*arguments, **options)
            count += 1
            try:
                before(count, name, arguments)
            except OSError:
                if name == "close":
                    call(*arguments)  # Linux closes, and then tells of an error
                raise
            return call(*arguments, **options)

        return wrapped

    with pytest.MonkeyPatch.context() as patch:
        for name in CALLS:
            patch.setattr(os, name, wrap(name, getattr(os, name)))
        patch.setattr(fcntl, "flock", wrap("flock", fcntl.flock))
        opened = wrap("open", io.open)
        patch.setattr(io, "open", opened)
        patch.setattr(builtins, "open", opened)
        yield


@pytest.fixture
def unsynced(monkeypatch: pytest.MonkeyPatch) -> None:
    """Spare what takes most of the time where no power cut is tested."""
    monkeypatch.setattr(os, "fsync", lambda _: None)


@pytest.fixture
def intercepted() -> Callable[[Before], contextlib.AbstractContextManager[None]]:
    """Call a function with the number, name and arguments of each system call before it; it may raise."""
    return _intercepted


@pytest.fixture
def kill_before() -> Callable[[int], Before]:
    """Make a process kill itself before its call of a number."""

    def kill_before(number: int) -> Before:
        def before(count: int, _name: str, _arguments: tuple[Any, ...]) -> None:
            if count == number:
                os.kill(os.getpid(), signal.SIGKILL)

        return before

    return kill_before


def _forked(act: Callable[[Tell], None]) -> list[list[str]]:
    source, target = os.pipe()
    write = os.write  # as it is before it is intercepted

    def tell(*facts: object) -> None:
        write(target, "\t".join(map(str, facts)).encode() + b"\n")

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # the child needs none of the other threads
        child = os.fork()
    if child == 0:
        try:
            act(tell)
            tell("returned")
        except BaseException as error:
            tell("raised", type(error).__name__, " ".join(str(error).split()))
        finally:
            os._exit(0)
    os.close(target)
    with open(source) as pipe:
        facts = [line.rstrip("\n").split("\t") for line in pipe]
    os.waitpid(child, 0)
    return facts


@pytest.fixture
def forked() -> Callable[[Callable[[Tell], None]], list[list[str]]]:
    """Do something in a process of its own, and return what it told, however it ended.

    A fork of this process is there in a millisecond, and hundreds of deaths take seconds.
    """
    return _forked


class Root:
    """A root, and what must be true of it whatever happened to the processes that used it."""

    def __init__(self, folder: Path) -> None:
        self.paths = create_root(folder)

    def put(self, count: int, search: str = "blog", priority: int = 0, sampler: str = "random") -> list[str]:
        """Queue runs as `hpq enqueue` does."""
        return put(self.paths, count, search, priority, sampler)

    @staticmethod
    def begin(task: Task) -> None:
        """Do what a training process does before anything of the user's runs."""
        pid = os.getpid()
        start = Start(
            pid, start_ticks(pid), host_name(), boot_id(), "elsewhere", "cpu0", "cpu", 1000.0, 600.0
        )
        start.write(task.paths.start)

    @staticmethod
    def beat(task: Task) -> Summary:
        """Have a finite loss, as training code logs it."""
        summary = Summary(step=1, loss=0.5, best=0.5, best_step=1)
        task.paths.metrics.write_text('{"step": 1, "loss": 0.5}\n')
        Heartbeat.now(summary).write(task.paths.heartbeat)
        return summary

    def states(self) -> dict[str, State]:
        """Return the states that a new reader sees, which finds nothing odd."""
        reader = Reader(self.paths)
        states = {run.id: run.state for run in reader.read()}
        assert reader.problems == []
        assert len(states) == len(reader.read())
        return states

    def claims(self) -> set[str]:
        """Return the attempts that are claimed."""
        return {f"{path.parent.name}-{path.name}" for path in self.paths.claims.glob("*/*")}

    def check(self, acknowledged: Collection[str] = (), finished: Collection[str] = ()) -> list[str]:
        """Check a root that nobody uses any more, train what is left of it, and return what that was."""
        states, claimed = self.states(), self.claims()
        assert set(acknowledged) <= states.keys()
        assert {states[run] for run in finished} <= {State.FINISHED}
        for search in {run.rpartition("-")[0] for run in states}:
            numbers = sorted(int(run.rpartition("-")[2]) for run in states if run.startswith(f"{search}-"))
            assert numbers == list(range(1, 1 + len(numbers)))
        left = self.train_all(claimed)
        assert sorted(left) == sorted(run for run, state in states.items() if state is State.QUEUED)
        assert all(state in ENDED for state in states.values() if state is not State.QUEUED)
        ended = self.states()
        assert all(state in ENDED for state in ended.values())
        assert {run: ended[run] for run in states.keys() - set(left)} == {
            run: state for run, state in states.items() if run not in left
        }
        return left

    def train_all(self, claimed: Collection[str] = ()) -> list[str]:
        """Do all that waits as a new runner does, and return the runs; none may be claimed a second time."""
        claimer, reader, trained = Claimer(self.paths, runner_id()), Reader(self.paths), []
        while task := claimer.claim() or (claimer.claim() if requeue_stranded(self.paths, reader) else None):
            assert f"{task.id.rpartition('-')[0]}-{task.number}.{task.attempt}" not in claimed
            train(task)
            trained.append(task.id)
        return trained


def put(paths: RootPaths, count: int, search: str, priority: int = 0, sampler: str = "random") -> list[str]:
    origin = Origin(1, sampler, paths.folder, file=Path("search.py"), text=b"def sample(s): pass\n")
    with locked(paths):
        draws = [{"lr": index / 7, "kind": "conv"} for index in range(count)]
        return enqueue(paths, search, next_number(paths, search), draws, origin, priority)


def train(task: Task) -> None:
    """Do what a training process does, without training."""
    Root.begin(task)
    summary = Root.beat(task)
    Result(Outcome.RETURNED, "", summary, 1000.0, 1060.0, "cpu0").write(task.paths.result)
    os.close(task.lock_descriptor)


@pytest.fixture
def root_at(tmp_path: Path) -> Callable[[str], Root]:
    """Return the root in a folder of a name, made first where there is none."""
    return lambda name: Root(tmp_path / name)
