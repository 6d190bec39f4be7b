"""What became of every run: read from what lies on disk, without a lock."""

import itertools
import time
from dataclasses import dataclass
from functools import partial
from typing import Any

from hpq.queue.batches import Batch, BatchName, list_batches, read_batch, sort_batches
from hpq.queue.draws import Draws
from hpq.queue.evidence import Verdict
from hpq.queue.ids import parse_run_id
from hpq.queue.index import Index, read_index
from hpq.queue.listing import Clock, Listing, Sign, sign
from hpq.queue.parts import Part, Parts
from hpq.queue.paths import RootPaths
from hpq.queue.runs import Run
from hpq.queue.search_reader import SearchReader
from hpq.queue.values import is_late

_NONE, _NOTHING_KNOWN = Parts(), Index()
_FOLDERS_EVERY_S = 10.0  # listing ten thousand takes 4 ms, a start changes the list, and hands are slow


@dataclass(frozen=True, slots=True)
class _New:
    """A batch whose runs are not read yet."""

    name: BatchName
    sign: Sign  # of its file, from before it was read
    header: dict[str, Any]
    drawn: Draws


class Reader:
    """Reads a root again and again, and pays on each reading only for what can have changed."""

    def __init__(self, paths: RootPaths, clock: Clock = time.monotonic) -> None:
        self.paths = paths
        self.problems: list[str] = []  # what the last reading left out, a sentence each
        self._clock = clock
        self._batches = Listing(paths.batches, clock)
        self._folders = Listing(paths.folder, clock, every_s=_FOLDERS_EVERY_S)
        self._new: list[_New] = []
        self._indexes: dict[str, Index] = {}  # by search
        self._parts: dict[str, Part] = {}  # by the batch's file name, in the order of the runs
        self._by_search: dict[str, Parts] = {}
        self._requeues: dict[str, dict[str, int]] = {}  # attempts by run id, by the batch's file name
        self._again: dict[str, int] = {}  # the newest attempt that was asked for by run id
        self._searches: dict[str, SearchReader] = {}
        self._runs: tuple[Run, ...] = ()
        self._is_first = True
        self._is_torn = False  # whether the last reading was broken off by an error

    def read(self) -> tuple[Run, ...]:
        """Return every run, ordered by search and number.

        A run that did not change is the same object as before, and so are all when none did.
        """
        changed, self._is_torn = self._is_torn, True
        changed |= self._read_batches()
        for search in self._searches.values():
            search.look()
        folders = self._folders.look()
        if folders is not None:
            self._touch_deleted(folders)
        changed |= self._renew()
        changed |= self._read_new(folders)
        if self._is_first:
            self._leave_indexes()
        self._is_first, self._indexes = False, {}
        if changed:
            self._runs = tuple(itertools.chain.from_iterable(part.runs for part in self._parts.values()))
        self._is_torn = False
        return self._runs

    def attempts(self, run: Run) -> list[tuple[int, Verdict]]:
        """Return what became of each attempt of a run that began, oldest first."""
        search = self._searches.get(run.search)
        return search.attempts(run) if search else []

    def header(self, run: Run) -> dict[str, Any]:
        """Return what the run shares with its batch: seed, sampler, search file, commit."""
        parts = self._by_search.get(run.search, _NONE)
        return next((part.header for part in parts.holding(run.number)), {})

    def _read_batches(self) -> bool:
        """Take in which batches there are; return whether runs are gone."""
        names = self._batches.look()
        if names is None:
            return False
        self.problems, self._new, requeues = [], [], {}
        for name in sort_batches(names):
            if name.text in self._parts:
                continue
            if name.text in self._requeues:
                requeues[name.text] = self._requeues[name.text]
            elif name.search and (new := self._open(name)):
                self._new.append(new)
            elif not name.search and (batch := read_batch(self.paths, name)):
                requeues[name.text] = {run: attempt for run, attempt, _ in batch.attempts()}
            else:
                where = self.paths.batches / name.text
                self.problems.append(f"{str(where)!r} is damaged, and its {name.count} runs are left out")
        self._requeues = requeues
        return self._match_searches(names)

    def _open(self, name: BatchName) -> _New | None:
        """Return a batch of new runs, None when it is damaged. One that was found sound is not read again."""
        seen = sign(str(self.paths.batches / name.text))
        header = self._index(name.search).header(name.text, seen)
        if header is not None:
            load = partial(_load, self.paths, name)
            return _New(name, seen, header, Draws(name.first, load, is_late=is_late(header)))
        batch = read_batch(self.paths, name)
        if batch is None:
            return None
        drawn = Draws(name.first, batch.all_params, is_late=is_late(batch.header))
        return _New(name, seen, batch.header, drawn)

    def _index(self, search: str) -> Index:
        """Return what earlier readers left, on the first reading; later ones know it all."""
        if not self._is_first:
            return _NOTHING_KNOWN
        if search not in self._indexes:
            self._indexes[search] = read_index(self.paths.index(search), search)
        return self._indexes[search]

    def _match_searches(self, names: set[str]) -> bool:
        """Drop the runs of batches that are gone, and keep a reader for each search there is."""
        gone = [part.name for part in self._parts.values() if part.name.text not in names]
        for name in gone:
            self._searches[name.search].forget(name)
        if gone:
            self._arrange([part for part in self._parts.values() if part.name.text in names])
        there = {part.name.search for part in self._parts.values()} | {new.name.search for new in self._new}
        self._searches = {
            search: self._searches.get(search) or SearchReader(self.paths, search, self._clock)
            for search in there
        }
        self._match_attempts()
        return bool(gone)

    def _match_attempts(self) -> None:
        """Let the runs be read anew of which another attempt is asked for than before."""
        again: dict[str, int] = {}
        for requeue in self._requeues.values():
            for run, attempt in requeue.items():
                again[run] = max(attempt, again.get(run, 1))
        for run, _ in again.items() ^ self._again.items():
            parsed = parse_run_id(run)
            if parsed and parsed[0] in self._searches:
                self._searches[parsed[0]].touch(parsed[1])
        self._again = again

    def _touch_deleted(self, folders: set[str]) -> None:
        """Let the runs be read anew whose folder somebody deleted, though their verdict was final."""
        for run in self._runs:
            had_folder = run.attempt or run.started_at is not None or run.has_own_values
            if had_folder and run.id not in folders and run.search in self._searches:
                self._searches[run.search].touch(run.number)

    def _renew(self) -> bool:
        changed = False
        for name, search in self._searches.items():
            changed |= search.renew(self._by_search.get(name, _NONE), self._again)
        for search in self._searches.values():
            search.settle()
        return changed

    def _read_new(self, folders: set[str] | None) -> bool:
        """Read the runs of new batches; return whether there are any."""
        if not self._new:
            return False
        self._restrict_indexes(folders or set())
        parts = list(self._parts.values())
        for new in self._new:
            search = self._searches[new.name.search]
            index = self._index(new.name.search)
            runs = search.read_first(new.name, new.header, new.drawn, index, self._again, folders)
            parts.append(Part(new.name, new.sign, new.header, new.drawn, runs))
        self._arrange(parts)
        self._new = []
        return True

    def _restrict_indexes(self, folders: set[str]) -> None:
        """Let the indexes forget what holds no longer."""
        for name, index in self._indexes.items():
            if name in self._searches:  # a search is not where all its batches are damaged
                self._searches[name].restrict(index, folders, self._again)

    def _leave_indexes(self) -> None:
        """Spare later readers what the first reading took."""
        for name, search in self._searches.items():
            search.write_index(part for part in self._parts.values() if part.name.search == name)

    def _arrange(self, parts: list[Part]) -> None:
        """Keep these parts, in the order of the runs."""
        parts.sort(key=lambda part: (part.name.search, part.name.first))
        self._parts = {part.name.text: part for part in parts}
        by_search = itertools.groupby(parts, lambda part: part.name.search)
        self._by_search = {search: Parts(some) for search, some in by_search}


def _load(paths: RootPaths, name: BatchName) -> list[dict[str, Any]]:
    """Return the hyperparameters in a batch that was sound when it was indexed, none if it is not by now."""
    batch = read_batch(paths, name)
    return batch.all_params() if batch else [{} for _ in name.numbers]


def find_batch(paths: RootPaths, text: str) -> tuple[Batch, int] | None:
    """Return the batch that holds a run's parameters, and the run's number in its search."""
    parsed = parse_run_id(text)
    if parsed is None:
        return None
    search, number = parsed
    for name in list_batches(paths):
        if name.search == search and name.first <= number < name.first + name.count:
            batch = read_batch(paths, name)
            return (batch, number) if batch else None
    return None
