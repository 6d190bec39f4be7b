"""A reader that reads again and again shows what a new one would, and pays for what changed."""

import os
import random
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from hpq.queue import watch
from hpq.queue.batches import list_batches
from hpq.queue.claimer import Claimer, Task
from hpq.queue.control import cancel, requeue, requeue_stranded
from hpq.queue.evidence import Verdict
from hpq.queue.paths import RootPaths
from hpq.queue.reader import Reader
from hpq.queue.records import Outcome, Result, Summary
from hpq.queue.root import create_root
from hpq.queue.runs import Run
from hpq.queue.states import State


class Clock:
    """A clock that is set by hand, so that no test waits for minutes."""

    def __init__(self, probe: Path) -> None:
        self.now_s = 0.0
        self._probe = probe

    def __call__(self) -> float:
        return self.now_s

    def go_on(self, seconds: float) -> None:
        """Let time pass, for the disk too: what is written from now on has another mtime."""
        self._probe.touch()
        began_ns = self._probe.stat().st_mtime_ns
        while self._probe.stat().st_mtime_ns == began_ns:
            self._probe.touch()
        self.now_s += seconds


@pytest.fixture
def clock(tmp_path: Path) -> Clock:
    return Clock(tmp_path / "clock")


@pytest.fixture
def reader(paths: RootPaths, clock: Clock) -> Reader:
    return Reader(paths, clock)


def settle(reader: Reader, clock: Clock) -> tuple[Run, ...]:
    """Read until what folders say of themselves is believed."""
    reader.read()
    clock.go_on(3)
    return reader.read()


def test_where_nothing_changed_the_same_object_is_returned(put, life, reader: Reader) -> None:
    put(3)
    life.begin(life.claim())
    assert reader.read() is reader.read()


def test_only_what_changed_is_a_new_object(put, life, reader: Reader) -> None:
    put(3)
    task = life.begin(life.claim())
    before = reader.read()
    life.beat(task, 2.0)
    after = reader.read()
    assert after is not before
    assert [now is was for now, was in zip(after, before, strict=True)] == [False, True, True]
    assert after[0].params is before[0].params
    put(1, "another")
    assert [run.id for run in reader.read()] == ["another-001", "blog-001", "blog-002", "blog-003"]
    assert all(now is was for now, was in zip(reader.read()[1:], after, strict=True))


def test_runs_are_ordered_by_search_and_number_whatever_their_priority(put, reader: Reader) -> None:
    put(2, "late")
    put(1, "early")
    put(1, "late", priority=7)
    assert [run.id for run in reader.read()] == ["early-001", "late-001", "late-002", "late-003"]


def test_what_waits_or_ended_is_not_looked_at(put, life, reader: Reader, clock: Clock, monkeypatch) -> None:
    put(3)
    life.end(life.begin(life.claim()), Outcome.RETURNED, 1.0)
    runs = settle(reader, clock)
    for call in ("listdir", "readlink", "open"):
        monkeypatch.setattr(os, call, lambda *_: pytest.fail("the disk was read"))
    assert reader.read() is runs


def test_nothing_is_opened_of_runs_that_wait(put, life, paths: RootPaths, monkeypatch) -> None:
    put(2)
    life.begin(life.claim())
    opened: list[str] = []
    read = Result.read
    monkeypatch.setattr(Result, "read", lambda path: opened.append(str(path)) or read(path))
    assert [run.state for run in Reader(paths).read()] == [State.STARTING, State.QUEUED]
    assert {Path(path).parts[-3] for path in opened} == {"blog-001"}


def test_a_claim_in_the_tick_of_the_listing_is_not_missed(put, life, paths, reader: Reader, clock) -> None:
    put(2)
    life.claim()
    reader.read()
    folder = paths.claims / "blog"
    told = folder.stat()
    life.claim()
    os.utime(folder, ns=(told.st_atime_ns, told.st_mtime_ns))
    clock.go_on(1)
    assert [run.state for run in reader.read()] == [State.STARTING] * 2


def test_an_mtime_that_lies_is_believed_for_half_a_minute(put, life, paths, reader: Reader, clock) -> None:
    put(2)
    life.claim()
    settle(reader, clock)
    folder = paths.claims / "blog"
    told = folder.stat()
    life.claim()
    os.utime(folder, ns=(told.st_atime_ns, told.st_mtime_ns))
    clock.go_on(31)
    assert [run.state for run in reader.read()] == [State.STARTING] * 2


def test_a_result_written_after_death_counts(put, life, reader: Reader, clock: Clock) -> None:
    put(1)
    task = life.begin(life.claim())
    life.beat(task, 2.0)
    life.die(task)
    assert settle(reader, clock)[0].reason == "its process is gone and left no result"
    Result(Outcome.KILLED, "killed by SIGKILL", Summary(3, 1.0, 1.0, 3), 1000.0, 1060.0, "cpu0").write(
        task.paths.result
    )
    assert (reader.read()[0].reason, reader.read()[0].best) == ("killed by SIGKILL", 1.0)


def test_metrics_of_the_dead_are_read_once_unless_they_grow(put, life, reader: Reader, clock, monkeypatch):
    put(1)
    task = life.begin(life.claim())
    life.beat(task, 2.0)
    life.die(task)
    read: list[Path] = []
    sum_up = watch.sum_up
    monkeypatch.setattr(watch, "sum_up", lambda path: read.append(path) or sum_up(path))
    for _ in range(5):
        reader.read()
        clock.go_on(20)
    assert len(read) == 1
    with open(task.paths.metrics, "a") as metrics:  # by a program that outlived the lock
        metrics.write('{"step": 1, "loss": 1.5}\n')
    assert reader.read()[0].best == 1.5


def test_twice_as_many_batches_take_twice_the_time(put, life, reader: Reader, clock, monkeypatch) -> None:
    monkeypatch.setattr(os, "fsync", lambda _: None)
    calls = []
    for _ in range(2):
        for _ in range(60):
            put(1)
            task = life.begin(life.claim())
            life.beat(task, 2.0)
            life.die(task)
        settle(reader, clock)
        settle(reader, clock)
        with counted() as count:
            reader.read()
        calls.append(count[0])
    assert calls[1] < 2.2 * calls[0]


@contextmanager
def counted() -> Iterator[list[int]]:
    """Count calls, of built-in functions too: the time would tell of other programs as well."""
    count, before = [0], sys.getprofile()

    def add(_frame, event: str, _argument) -> None:
        count[0] += event in ("call", "c_call")

    sys.setprofile(add)
    try:
        yield count
    finally:
        sys.setprofile(before)


def test_runs_in_two_batches_are_read_in_both(put, life, paths: RootPaths, reader: Reader, clock) -> None:
    put(3)
    put(1)
    first, _ = list_batches(paths)
    copy = paths.batches / f"0001-{first.text[5:]}"
    shutil.copy(paths.batches / first.text, copy)
    assert len(reader.read()) == 7
    task = life.begin(life.claim())
    life.beat(task, 2.0)
    assert [run.best for run in reader.read()] == [2.0, None, None, 2.0, None, None, None]
    copy.unlink()
    clock.go_on(3)
    reader.read()
    life.beat(task, 1.0)
    assert [run.best for run in reader.read()] == [1.0, None, None, None]


def test_a_damaged_batch_is_read_once_it_is_whole(put, paths: RootPaths, reader: Reader, clock) -> None:
    put(2)
    (name,) = list_batches(paths)
    file = paths.batches / name.text
    whole = file.read_bytes()
    file.write_bytes(whole[:-1])
    assert settle(reader, clock) == ()
    assert len(reader.problems) == 1
    file.write_bytes(whole)
    clock.go_on(31)
    assert len(reader.read()) == 2
    assert reader.problems == []


def test_an_error_in_a_reading_loses_nothing(put, life, reader: Reader, monkeypatch) -> None:
    put(2)
    tasks = [life.begin(life.claim()), life.begin(life.claim())]
    reader.read()
    life.beat(tasks[0], 2.0)
    judge, judged = watch.judge, []

    def judge_one(*facts) -> Verdict:
        if judged:
            raise OSError("no more files")
        judged.append(judge(*facts))
        return judged[0]

    with monkeypatch.context() as patch:
        patch.setattr(watch, "judge", judge_one)
        with pytest.raises(OSError, match="no more files"):
            reader.read()
    assert [run.best for run in reader.read()] == [2.0, None]
    life.beat(tasks[1], 2.0)
    assert [run.best for run in reader.read()] == [2.0, 2.0]


def test_a_number_that_is_given_again_is_another_run(put, life, paths: RootPaths, reader: Reader) -> None:
    put(1)
    put(1)
    life.begin(life.claim())
    life.begin(life.claim())
    assert [run.state for run in reader.read()] == [State.STARTING] * 2
    (paths.batches / list_batches(paths)[1].text).unlink()
    paths.claim("blog", 2, 1).unlink()
    assert len(reader.read()) == 1
    assert put(1) == ["blog-002"]
    assert [run.state for run in reader.read()] == [State.STARTING, State.QUEUED]


def test_words_that_runs_have_in_common_are_in_memory_once(put, reader: Reader) -> None:
    put([{"kind": kind} for kind in ("straight", "straight_residual", "straight_residual")])
    put([{"kind": kind} for kind in ("straight", "straight_residual")])
    kinds = [run.params["kind"] for run in reader.read()]
    assert len(set(map(id, kinds))) == 2


class Chance:
    """Does to a root whatever runners, users and hands do, in any order."""

    def __init__(self, seed: int, paths: RootPaths, put: Callable[..., list[str]], life) -> None:
        self.random = random.Random(seed)
        self.paths, self.put, self.life = paths, put, life
        self.living: list[Task] = []
        self.dead: list[Task] = []
        self.has_deleted = False

    def step(self) -> None:
        usual = [self.enqueue, self.claim, self.claim, self.begin, self.beat, self.beat, self.end, self.die]
        rare = [self.cancel, self.requeue, self.requeue_stranded, self.write_late, self.delete]
        self.random.choice(usual * 2 + rare)()

    def enqueue(self) -> None:
        search = self.random.choice(["a", "b-c"])
        self.put(self.random.randint(1, 4), search, self.random.randint(-1, 1))

    def claim(self) -> None:
        if task := self.life.claimer.claim():
            self.life.held[task.lock_descriptor] = task.lock_descriptor
            self.living.append(task)

    def begin(self) -> None:
        if task := self.pick(self.living):
            self.life.begin(task)

    def beat(self) -> None:
        if task := self.pick(self.living):
            self.life.beat(task, *(self.random.uniform(0, 2) for _ in range(self.random.randint(0, 2))))

    def end(self) -> None:
        if task := self.pick(self.living):
            self.write_result(task)
            self.bury(task)

    def die(self) -> None:
        if task := self.pick(self.living):
            self.bury(task)

    def write_late(self) -> None:
        if task := self.pick(self.dead):
            self.random.choice([self.write_result, lambda task: self.life.beat(task, 0.5)])(task)

    def cancel(self) -> None:
        cancel(self.paths, self.some_runs())

    def requeue(self) -> None:
        requeue(self.paths, self.some_runs())

    def requeue_stranded(self) -> None:
        requeue_stranded(self.paths, Reader(self.paths))

    def delete(self) -> None:
        """Delete anything by hand; the root, too, and make it anew."""
        what = [*self.paths.batches.iterdir(), *self.paths.claims.glob("*"), *self.paths.claims.glob("*/*")]
        folders = [path for path in self.paths.folder.iterdir() if path != self.paths.queue]
        chosen = self.random.choice([*what, *folders, self.paths.folder])
        if chosen.is_dir() and not chosen.is_symlink():
            shutil.rmtree(chosen)
        else:
            chosen.unlink()
        self.has_deleted = True  # a reader looks for run folders that are gone every ten seconds
        create_root(self.paths.folder)
        self.life.claimer = Claimer(self.paths, self.life.claimer._owner)

    def write_result(self, task: Task) -> None:
        if task.paths.result.exists():  # after a claim was deleted, two may have the same attempt
            return
        search = task.id.rpartition("-")[0]
        if not self.paths.claim(search, task.number, task.attempt).is_symlink():
            return  # new readers alone look for a result without a claim: none outlives the cut that took it
        best = self.random.choice([None, self.random.uniform(0, 2)])
        outcome = self.random.choice(list(Outcome))
        Result(outcome, "why", Summary(1, best, best, 1), 1000.0, 1060.0, "cpu0").write(task.paths.result)

    def bury(self, task: Task) -> None:
        os.close(self.life.held.pop(task.lock_descriptor))
        self.living.remove(task)
        self.dead.append(task)

    def pick(self, tasks: list[Task]) -> Task | None:
        there = [task for task in tasks if task.paths.folder.is_dir()]
        return self.random.choice(there) if there else None

    def some_runs(self) -> list[Run]:
        runs = Reader(self.paths).read()
        return self.random.sample(runs, min(len(runs), self.random.randint(1, 3)))


@pytest.mark.parametrize("most", [0, 10_000])
@pytest.mark.parametrize("seed", range(12))
def test_whatever_happens_it_agrees_with_a_new_reader(
    seed, most, put, life, paths, reader, clock, monkeypatch
) -> None:
    monkeypatch.setattr("hpq.queue.search_reader._MANY", most)  # new readers leave indexes, or none
    chance = Chance(seed, paths, put, life)
    before: dict[str, Run] = {}
    for _ in range(80):
        chance.step()
        if chance.has_deleted or chance.random.random() < 0.7:
            clock.go_on(chance.random.choice([11, 40] if chance.has_deleted else [0, 1, 40]))
            chance.has_deleted = False
            runs = reader.read()
            fresh = Reader(paths)
            assert runs == fresh.read()
            assert reader.problems == fresh.problems
            assert reader.read() is runs
            assert all(run is before[run.id] for run in runs if run == before.get(run.id))
            assert [reader.attempts(run) for run in runs] == [fresh.attempts(run) for run in runs]
            before = {run.id: run for run in runs}
