"""Taking runs out of the queue, one at a time, in order of priority and age."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hpq.errors import HpqError
from hpq.queue.batches import Batch, BatchName, read_batch, sort_batches
from hpq.queue.claims import list_claims, make_claim
from hpq.queue.ids import parse_run_id, run_id
from hpq.queue.life import take_lock
from hpq.queue.listing import Listing
from hpq.queue.paths import LOCK, RESULT, AttemptPaths, RootPaths, RunPaths
from hpq.queue.reader import find_batch
from hpq.queue.records import Result


@dataclass(frozen=True, slots=True)
class Task:
    """An attempt of a run that is ours to train, and the descriptor that holds its lock."""

    id: str
    number: int
    attempt: int
    fresh: bool  # begin anew although an earlier attempt left a checkpoint
    params: dict[str, Any]
    header: dict[str, Any]  # see Batch.header_of
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
    """Claims runs for one owner, and remembers what it passed: a claim costs the same in a long queue.

    It holds no lock of the root's. Of several claimers that come to the same run one gets it, by the
    attempt's lock and then by the link, and the others go on to the next.
    """

    def __init__(
        self, paths: RootPaths, owner: str, can_take: Callable[[dict[str, Any]], bool] = lambda _: True
    ) -> None:
        """`can_take` tells by the header of a batch whether its runs may be claimed here."""
        self._paths = paths
        self._owner = owner
        self._can_take = can_take
        self._root, self._claims = str(paths.folder), str(paths.claims)
        self._listing = Listing(paths.batches)
        self._names: list[BatchName] = []  # of batches that may hold something for us
        self._passed: set[str] = set()
        self._waiting: dict[str, Iterator[_Waiting]] = {}
        self._contended: list[_Waiting] = []  # another held their locks when we came by

    def claim(self) -> Task | None:
        """Return the next attempt that waits, now claimed, or None when nothing waits.

        The attempt's lock is held before the claim is made, so that at no moment a claimed attempt
        looks abandoned while its runner lives. Raises HpqError when the root is gone.
        """
        try:
            return self._claim_next()
        except BaseException:
            self._passed.clear()  # what it was about to claim is looked at again
            self._waiting.clear()
            self._listing = Listing(self._paths.batches)
            raise

    def _claim_next(self) -> Task | None:
        self._look()
        while self._names:
            name = self._names[0]
            if name.text not in self._waiting:
                batch = read_batch(self._paths, name)
                self._waiting[name.text] = iter(()) if batch is None else self._unclaimed(batch)
            for waiting in self._waiting[name.text]:
                if task := self._take(waiting):
                    return task
            del self._waiting[name.text]
            self._passed.add(name.text)
            del self._names[0]
        return self._claim_contended()

    def _look(self) -> None:
        """Take in which batches there are."""
        names = self._listing.look()
        if names is None:
            return
        if not names and not self._paths.batches.is_dir():
            raise HpqError(f"{str(self._paths.folder)!r} is gone: somebody deleted or moved the root")
        self._names = [name for name in sort_batches(names) if name.text not in self._passed]

    def _claim_contended(self) -> Task | None:
        """Claim what another was about to claim when we came by, where it did not: it may have died."""
        contended, self._contended = self._contended, []
        while contended:
            if task := self._take(contended.pop(0)):
                self._contended += contended
                return task
        return None

    def _unclaimed(self, batch: Batch) -> Iterator[_Waiting]:
        search, first = batch.name.search, batch.name.first
        if not search:
            yield from _further_attempts(batch)
            return
        claimed = list_claims(self._paths.claims / search)
        numbers = [number for number in range(first, first + batch.name.count) if number not in claimed]
        if numbers and self._can_take(batch.header):
            for number in numbers:
                yield _Waiting(search, number, 1, fresh=False, batch=batch)

    def _take(self, waiting: _Waiting) -> Task | None:
        search, number, attempt = waiting.search, waiting.number, waiting.attempt
        claim = f"{self._claims}/{search}/{number}.{attempt}"
        if os.path.lexists(claim):
            return None
        batch = waiting.batch
        if batch is None:
            found = find_batch(self._paths, run_id(search, number))
            if found is None or not self._can_take(found[0].header):
                return None
            batch, _ = found
        run = f"{self._root}/{run_id(search, number)}"
        lock_descriptor, is_new = _lock(run, attempt)
        if lock_descriptor is None:
            self._contended.append(waiting)
            return None
        try:
            # A power cut may have taken the claim on what had ended: then it is made again, and that is all.
            has_ended = not is_new and Result.read(f"{run}/{attempt}/{RESULT}") is not None
            if not make_claim(claim, self._owner) or has_ended:  # the commit
                os.close(lock_descriptor)
                return None
        except BaseException:
            os.close(lock_descriptor)
            raise
        return Task(
            id=run_id(search, number),
            number=number,
            attempt=attempt,
            fresh=waiting.fresh,
            params=batch.params(number),
            header=batch.header_of(number),
            run=RunPaths(Path(run)),
            lock_descriptor=lock_descriptor,
        )


def _lock(run: str, attempt: int) -> tuple[int | None, bool]:
    """Return a descriptor that holds an attempt's lock, and whether the attempt's folder is new.

    There is no descriptor while another holds the lock, or where the folder is no place.
    """
    is_new = True
    for folder in (run, f"{run}/{attempt}"):
        try:
            os.mkdir(folder)
            is_new = True
        except FileExistsError:
            if os.path.islink(folder):  # which leads out of the root
                return None, False
            is_new = False
    return take_lock(f"{run}/{attempt}/{LOCK}"), is_new


def _further_attempts(batch: Batch) -> Iterator[_Waiting]:
    for run, attempt, fresh in batch.attempts():
        if parsed := parse_run_id(run):
            yield _Waiting(*parsed, attempt, fresh=fresh, batch=None)
