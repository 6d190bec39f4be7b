"""Each step of the protocol, killed before every system call, and with every system call failing."""

import errno
import fcntl
import itertools
import json
import os
import shutil
import time
from collections.abc import Callable
from functools import partial
from types import SimpleNamespace

import pytest

from hpq.errors import HpqError
from hpq.queue.claimer import Claimer, Task
from hpq.queue.claims import Claim
from hpq.queue.control import cancel, requeue, requeue_stranded
from hpq.queue.paths import RootPaths
from hpq.queue.reader import Reader
from hpq.queue.records import Outcome, Result, Summary, read_metrics
from hpq.queue.replicate import replicate
from hpq.queue.root import create_root
from hpq.queue.states import State
from hpq.queue.values import read_values
from hpq.runner import child, late
from hpq.runner.job import Job, Limits
from hpq.runner.slots import Slot
from hpq.runner.training import Training
from hpq.search.tpe import import_optuna

pytestmark = pytest.mark.usefixtures("unsynced")

Act = Callable[[], None]


def enqueue_first(root, tell) -> Act:
    """The first runs in a folder where nothing was: the root is made too."""
    shutil.rmtree(root.paths.folder)

    def act() -> None:
        create_root(root.paths.folder)
        tell("queued", *root.put(3))

    return act


def enqueue_more(root, tell) -> Act:
    tell("there", *root.put(2))
    return lambda: tell("queued", *root.put(3, priority=5))


def claim(root, tell) -> Act:
    """Claim all that waits, as a runner that goes on after an error."""
    tell("there", *root.put(2))
    claimer, reader, held = Claimer(root.paths, "me"), Reader(root.paths), []

    def act() -> None:
        while task := claimer.claim() or (claimer.claim() if requeue_stranded(root.paths, reader) else None):
            held.append(task.lock_descriptor)
            tell("claimed", task.id)

    return act


def train(root, tell) -> Act:
    """Claim a run and do all that a training process does, but for torch."""
    tell("there", *root.put(1))
    return partial(train_next, root.paths, tell)


def resume(root, tell) -> Act:
    """Train a run from the checkpoint that its first attempt left."""
    tell("there", *root.put(1))
    task = end(root.paths, Outcome.STOPPED)
    task.paths.checkpoint.write_bytes(b"weights")
    requeue(root.paths, [*Reader(root.paths).read()])
    return partial(train_next, root.paths, tell)


def train_late(root, tell) -> Act:
    """Draw a run as it starts, and train it."""
    tell("there", *root.put(1, sampler="tpe"))
    return partial(train_next, root.paths, tell)


def settle(root, tell) -> Act:
    """Write the result of a training process that was killed."""
    tell("there", *root.put(1))
    task = claim_next(root.paths)
    root.begin(task)
    task.paths.metrics.write_text('{"step": 1, "loss": 0.5}\n')
    os.close(task.lock_descriptor)
    training = Training(task.id, 1, Slot("cpu0", "cpu"), task.paths, 2**22 + 1, None, Claim("me", 1.0), None)

    def act() -> None:
        assert training.settle().state is State.UNFINISHED
        tell("unfinished", task.id)

    return act


def cancel_both(root, tell) -> Act:
    """Take back a run that waits, and ask one that trains to stop."""
    tell("there", *root.put(2))
    root.begin(claim_next(root.paths))

    def act() -> None:
        taken, asked = cancel(root.paths, [*Reader(root.paths).read()])
        assert asked == ["blog-001"]
        tell("cancelled", *taken)

    return act


def requeue_ended(root, tell) -> Act:
    tell("there", *root.put(2))
    end(root.paths, Outcome.FAILED)
    end(root.paths, Outcome.RETURNED)

    def act() -> None:
        runs = [run for run in Reader(root.paths).read() if run.state is State.UNFINISHED]
        tell("requeued", *requeue(root.paths, runs))

    return act


def replicate_ended(root, tell) -> Act:
    """Queue a run that finished three times more, with other seeds."""
    tell("there", *root.put(1))
    end(root.paths, Outcome.RETURNED)
    reader = Reader(root.paths)
    runs = reader.read()
    return lambda: tell("queued", *replicate(root.paths, reader, runs, copies=3))


def recover(root, tell) -> Act:
    """Queue again what a runner claimed before it died."""
    tell("there", *root.put(2))
    end(root.paths, Outcome.RETURNED)
    os.close(claim_next(root.paths).lock_descriptor)
    reader = Reader(root.paths)
    return lambda: tell("requeued", *requeue_stranded(root.paths, reader))


def read(root, tell) -> Act:
    """Take in what changed since the last reading: a new batch, a new claim, an end, a further attempt."""
    root.put(2)
    task = claim_next(root.paths)
    root.begin(task)
    end(root.paths, Outcome.FAILED)
    reader = Reader(root.paths)
    reader.read()
    requeue(root.paths, [run for run in reader.read() if run.state is State.UNFINISHED])
    end(root.paths, Outcome.FAILED, task)
    root.put(3, "more")
    end(root.paths, Outcome.RETURNED)
    tell("there", *(run.id for run in Reader(root.paths).read()))

    def act() -> None:
        runs = reader.read()
        assert runs == Reader(root.paths).read()
        assert reader.problems == []

    return act


IN_A_PROCESS_EACH = [train, train_late, resume]
STEPS = [
    enqueue_first,
    enqueue_more,
    claim,
    settle,
    cancel_both,
    requeue_ended,
    replicate_ended,
    recover,
    *IN_A_PROCESS_EACH,
]
IN_ONE_PROCESS = [read, *(step for step in STEPS if step not in IN_A_PROCESS_EACH)]


def claim_next(paths: RootPaths) -> Task:
    task = Claimer(paths, "me").claim()
    assert task is not None
    return task


def end(paths: RootPaths, outcome: Outcome, task: Task | None = None) -> Task:
    """Let a run, or the next one, end with a loss."""
    task = task or claim_next(paths)
    summary = Summary(step=1, loss=0.5, best=0.5, best_step=1)
    Result(outcome, "", summary, 1000.0, 1060.0, "cpu0").write(task.paths.result)
    os.close(task.lock_descriptor)
    return task


def train_next(paths: RootPaths, tell) -> None:
    task = claim_next(paths)
    job = Job(
        id=task.id,
        number=task.number,
        attempt=task.attempt,
        fresh=task.fresh,
        params=task.params,
        header=task.header,
        root=paths,
        run=task.run,
        runner="me",
        slot=Slot("cpu0", "cpu"),
        limits=Limits(),
        threads=1,
    )
    child.main(job, task.lock_descriptor)
    tell("finished", task.id)


def train_two_steps(handle) -> None:
    for step in range(2):
        handle.log(step, loss=1.0)
        handle.checkpoint.write_bytes(b"weights")
    (handle.dir / "seen").write_text(json.dumps(handle.params))


@pytest.fixture(autouse=True)
def _untorched(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(child, "_set_limits", lambda _: None)
    monkeypatch.setattr(child, "_training_code", lambda *_: train_two_steps)
    # Of a late run no draw is like another here, so that it shows when there were two.
    monkeypatch.setattr(late, "draw_tpe", lambda *_: SimpleNamespace(values={"n": time.time_ns()}))
    import_optuna()  # whose files would be hundreds of calls


def gather(facts: list[list[str]], kind: str) -> list[str]:
    return [run for fact in facts if fact[0] == kind for run in fact[1:]]


def check(root, facts: list[list[str]]) -> list[str]:
    """Check what a process left against what it told, and delete it; return the runs that were left to do."""
    states = root.states()
    there, queued = gather(facts, "there"), gather(facts, "queued")
    assert len(states) in ((len(there) + 3,) if queued else (len(there), len(there) + 3))
    assert {states[run] for run in gather(facts, "cancelled")} <= {State.CANCELLED}
    assert {states[run] for run in gather(facts, "unfinished")} <= {State.UNFINISHED}
    left = root.check(acknowledged=there + queued, finished=gather(facts, "finished"))
    assert set(gather(facts, "requeued")) <= set(left)
    shutil.rmtree(root.paths.folder)  # hundreds of them would wait for the disk
    return left


@pytest.mark.parametrize("step", STEPS)
def test_death_before_any_call_loses_nothing_and_halves_nothing(
    step, root_at, forked, intercepted, kill_before
) -> None:
    def act(name: str, number: int, tell) -> None:
        steps = step(root_at(name), tell)
        with intercepted(kill_before(number)):
            steps()

    for number in itertools.count(1):
        facts = forked(partial(act, str(number), number))
        assert not gather(facts, "raised"), facts
        check(root_at(str(number)), facts)
        if ["returned"] in facts:
            break
    assert number > 10


def test_whoever_is_killed_a_run_is_drawn_once(root_at, forked, intercepted, kill_before) -> None:
    def act(name: str, number: int, tell) -> None:
        steps = train_late(root_at(name), tell)
        with intercepted(kill_before(number)):
            steps()

    for number in itertools.count(1):
        facts = forked(partial(act, str(number), number))
        paths = root_at(str(number)).paths
        drawn = read_values(paths.run("blog", 1).params)
        requeue(paths, [*Reader(paths).read()])
        requeue_stranded(paths, Reader(paths))
        assert ["returned"] in forked(partial(train_next, paths))
        kept = read_values(paths.run("blog", 1).params)
        assert kept
        assert drawn in (None, kept)
        assert {path.read_text() for path in paths.folder.glob("blog-001/*/seen")} == {json.dumps(kept)}
        if ["returned"] in facts:
            break
    assert number > 30


READING = {"open", "read", "listdir", "readlink"}
WRITING = {"open", "write", "sendfile", "rename", "replace", "link", "symlink", "mkdir", "unlink"}
POSSIBLE = {
    errno.EIO: READING | WRITING | {"close", "fsync", "flock"},
    errno.EMFILE: {"open", "listdir"},
    errno.EACCES: WRITING - {"write", "sendfile"},
    errno.ENOSPC: WRITING - {"unlink"} | {"fsync"},
}
LASTING = {errno.EMFILE, errno.ENOSPC}  # once it is so, it is so for the next call too


def can_fail(code: int, name: str, arguments: tuple) -> bool:
    if name == "flock" and arguments[1] == fcntl.LOCK_UN:
        return False  # no disk has a part in it
    if name == "open" and code in (errno.EACCES, errno.ENOSPC):
        return type(arguments[1]) is int and bool(arguments[1] & os.O_CREAT)
    return name in POSSIBLE[code]


def fail_at(number: int, code: int, is_lasting: bool):
    """Let the call of a number fail, or all from there on."""

    def before(count: int, name: str, arguments: tuple) -> None:
        is_hit = count >= number if is_lasting else count == number
        if is_hit and can_fail(code, name, arguments):
            raise OSError(code, os.strerror(code), str(arguments[0]))

    return before


def undisturbed(step, code: int, root, forked, intercepted) -> tuple[list[int], list[list[str]]]:
    """Return the numbers of the calls of a step that can fail so, and what it tells when none does."""

    def act(tell) -> None:
        steps, numbers = step(root, tell), []

        def note(count: int, name: str, arguments: tuple) -> None:
            if can_fail(code, name, arguments):
                numbers.append(count)

        with intercepted(note):
            steps()
        tell("numbers", *numbers)

    *facts, numbers, _ = forked(act)
    return [int(number) for number in numbers[1:]], facts


@pytest.mark.parametrize("code", POSSIBLE, ids=errno.errorcode.get)
@pytest.mark.parametrize("step", IN_ONE_PROCESS)
def test_after_an_error_of_any_call_the_same_process_does_it_all(
    step, code: int, root_at, forked, intercepted
) -> None:
    def act(name: str, number: int, tell) -> None:
        root = root_at(name)
        steps = step(root, tell)
        before, descriptors = root.states(), os.listdir("/proc/self/fd")
        try:
            with intercepted(fail_at(number, code, code in LASTING)):
                steps()
        except (OSError, HpqError) as error:
            left = os.listdir("/proc/self/fd")
            changed = {run for run, state in root.states().items() if before.get(run) is not state}
            if "may not survive a power cut" in str(error):
                tell("warned")
                return
            tell("error", len(left) - len(descriptors), *sorted(changed))
            steps()

    numbers, told = undisturbed(step, code, root_at("undisturbed"), forked, intercepted)
    for number in numbers:
        facts = forked(partial(act, str(number), number))
        left = check(root_at(str(number)), facts)
        errors = [fact for fact in facts if fact[0] in ("error", "warned")]
        if errors and errors[0][0] == "warned":
            assert {*gather(told, "queued"), *gather(told, "requeued")} <= {*left}, (number, facts)
            continue
        for error in errors:
            done = [fact[1] for fact in facts[: facts.index(error)] if fact[0] in ("claimed", "cancelled")]
            assert error == ["error", str(len(done)), *done], (number, facts)
        rest = [fact for fact in facts if fact not in errors]
        assert sorted(rest) == sorted([*told, ["returned"]]), (number, facts)


@pytest.mark.parametrize("code", POSSIBLE, ids=errno.errorcode.get)
@pytest.mark.parametrize("step", IN_A_PROCESS_EACH)
def test_a_run_survives_an_error_of_any_call_or_waits_again(
    step, code: int, root_at, forked, intercepted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(child.time, "sleep", lambda _: None)

    def act(name: str, number: int, tell) -> None:
        steps = step(root_at(name), tell)
        with intercepted(fail_at(number, code, is_lasting=False)):
            steps()

    numbers, _ = undisturbed(step, code, root_at("undisturbed"), forked, intercepted)
    for number in numbers:
        facts = forked(partial(act, str(number), number))
        root = root_at(str(number))
        (run,) = Reader(root.paths).read()
        attempt = root.paths.run("blog", 1).attempt(1 + (step is resume))
        if ["returned"] in facts:
            assert run.state is State.FINISHED, (number, facts)
            assert len(read_metrics(attempt.metrics)) >= 2
        elif attempt.start.exists():  # the checkpoint could not be written
            assert (run.state, run.best) == (State.UNFINISHED, 1.0), (number, facts)
        else:
            assert run.state is State.QUEUED, (number, facts)
        check(root, facts)
