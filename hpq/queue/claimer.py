"""Taking runs out of the queue, one at a time, in order of priority and age."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from hpq.queue.batches import Batch, list_batches, read_batch
from hpq.queue.claims import list_claims, make_claim
from hpq.queue.files import write_json
from hpq.queue.ids import parse_run_id, run_id
from hpq.queue.life import take_lock
from hpq.queue.paths import AttemptPaths, RootPaths, RunPaths
from hpq.queue.reader import find_batch
from hpq.queue.root import locked


@dataclass(frozen=True, slots=True)
class Task:
    """An attempt of a run that is ours to train, and the descriptor that holds its lock."""

    id: str
    number: int
    attempt: int
    fresh: bool  # begin anew although an earlier attempt left a checkpoint
    params: dict[str, Any]
    header: dict[str, Any]
    run: RunPaths
    lock_descriptor: int

    @property
    def paths(self) -> AttemptPaths:
        return self.run.attempt(self.attempt)


@dataclass(frozen=True, slots=True)
class _Waiting:
    search: str
    number: int
    attempt: int
    fresh: bool
    batch: Batch | None  # None where the run's parameters are in an earlier batch


class Claimer:
    """Claims runs for one owner, and remembers what it passed: a claim costs the same in a long queue."""

    def __init__(self, paths: RootPaths, owner: str) -> None:
        self._paths = paths
        self._owner = owner
        self._waiting: dict[str, Iterator[_Waiting]] = {}
        self._passed: set[str] = set()

    def claim(self) -> Task | None:
        """Return the next attempt that waits, now claimed, or None when nothing waits.

        The attempt's lock is held before the claim is made, so that at no moment a claimed attempt
        looks abandoned while its runner lives.
        """
        with locked(self._paths):
            for name in list_batches(self._paths):
                if name.text in self._passed:
                    continue
                if name.text not in self._waiting:
                    batch = read_batch(self._paths, name)
                    self._waiting[name.text] = iter(()) if batch is None else self._unclaimed(batch)
                for waiting in self._waiting[name.text]:
                    if task := self._take(waiting):
                        return task
                del self._waiting[name.text]
                self._passed.add(name.text)
        return None

    def _unclaimed(self, batch: Batch) -> Iterator[_Waiting]:
        search, first = batch.name.search, batch.name.first
        if not search:
            yield from _further_attempts(batch)
            return
        claimed = list_claims(self._paths.claims / search)
        for number in range(first, first + batch.name.count):
            if number not in claimed:
                yield _Waiting(search, number, 1, fresh=False, batch=batch)

    def _take(self, waiting: _Waiting) -> Task | None:
        search, number, attempt = waiting.search, waiting.number, waiting.attempt
        claim = self._paths.claim(search, number, attempt)
        if os.path.lexists(claim):
            return None
        batch = waiting.batch
        if batch is None:
            found = find_batch(self._paths, run_id(search, number))
            if found is None:
                return None
            batch, _ = found
        run = self._paths.run(search, number)
        run.attempt(attempt).folder.mkdir(parents=True, exist_ok=True)
        lock_descriptor = take_lock(run.attempt(attempt).lock)
        if lock_descriptor is None:
            return None
        try:
            if not make_claim(claim, self._owner):  # the commit
                os.close(lock_descriptor)
                return None
            task = Task(
                id=run_id(search, number),
                number=number,
                attempt=attempt,
                fresh=waiting.fresh,
                params=batch.params(number),
                header=batch.header,
                run=run,
                lock_descriptor=lock_descriptor,
            )
            _write_params(task)
        except BaseException:
            os.close(lock_descriptor)  # the claim, if made, is void: nothing began under it
            raise
        return task


def _further_attempts(batch: Batch) -> Iterator[_Waiting]:
    for run, attempt, fresh in batch.attempts():
        if parsed := parse_run_id(run):
            yield _Waiting(*parsed, attempt, fresh=fresh, batch=None)


def _write_params(task: Task) -> None:
    """Make the run's folder tell by itself what was drawn, and from what."""
    if task.run.params.exists():
        return
    origin = {name: value for name, value in task.header.items() if name not in ("shared", "first")}
    write_json(task.run.params, {"id": task.id, "number": task.number, **origin, "params": task.params})
