"""What became of the runs of one search."""

import contextlib
import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from hpq.queue.batches import BatchName, replicates_in
from hpq.queue.claimed import Claimed
from hpq.queue.draws import Draws
from hpq.queue.evidence import Verdict, judge_result
from hpq.queue.ids import parse_run_id, run_id
from hpq.queue.index import Index, write_index
from hpq.queue.listing import Clock
from hpq.queue.parts import Part, Parts
from hpq.queue.paths import PARAMS, RESULT, AttemptPaths, RootPaths
from hpq.queue.records import Result, moment
from hpq.queue.runs import Params, Run
from hpq.queue.states import ENDED, State
from hpq.queue.values import read_values
from hpq.queue.watch import Watch

_MANY = 200  # results that were opened, from which an index pays

_WAITING = Verdict(State.QUEUED)


class SearchReader:
    """Keeps the runs of one search, and reads anew those that can have changed.

    A run that waits changes when a claim on it appears, and one whose verdict is final when a further
    attempt is asked for or claimed. Only what is in between is looked at each time.
    """

    def __init__(self, paths: RootPaths, search: str, clock: Clock) -> None:
        self._root = str(paths.folder)
        self._paths = paths
        self._search = search
        self._clock = clock
        self._claimed = Claimed(paths.claims / search, clock)
        self._stale: set[int] = set()  # numbers of runs that are to be read anew
        self._watched: dict[int, dict[int, Watch]] = {}  # by number and attempt, while no verdict is final
        self._opened = 0  # results

    def look(self) -> None:
        """Find out which runs have new claims."""
        self._stale |= self._claimed.look()

    def touch(self, number: int) -> None:
        """Let a run be read anew, from the ground up."""
        self._stale.add(number)

    def restrict(self, index: Index, folders: set[str], again: dict[str, int]) -> None:
        """Let an index forget what holds no longer, given the folders of runs that there are."""
        newest = dict(self._claimed.later)
        for run, attempt in again.items():
            parsed = parse_run_id(run)
            if parsed and parsed[0] == self._search:
                newest[parsed[1]] = max(attempt, newest.get(parsed[1], 1))
        index.restrict(self._claimed.names, folders, newest)

    def write_index(self, parts: Iterable[Part]) -> None:
        """Leave what was found out to later readers, where it was much."""
        if self._opened < _MANY:
            return
        self._opened, parts = 0, list(parts)
        ended = [
            run
            for part in parts
            for run in part.runs
            if run.state in ENDED and run.number not in self._watched and _is_for_good(run)
        ]
        headers = {part.name.text: (part.sign, part.header) for part in parts}
        with contextlib.suppress(OSError):  # a root that can only be read
            if os.stat(self._paths.queue).st_uid == os.geteuid():
                write_index(self._paths.index(self._search), headers, ended)

    def read_first(
        self,
        name: BatchName,
        header: dict[str, Any],
        drawn: Draws,
        index: Index,
        again: dict[str, int],
        folders: set[str] | None,
    ) -> list[Run]:
        """Return the runs of a new batch, in the order of their numbers.

        `folders` are the names in the root, None where nobody looked just now.
        """
        enqueued_at, replicates = moment(header.get("enqueued_at")), replicates_in(header, name)
        known = index.runs(name, drawn, enqueued_at, replicates)
        unread = Run(
            "", self._search, 0, State.QUEUED, drawn, priority=name.priority, enqueued_at=enqueued_at
        )
        unread_by_number = {number: unread._replace(replicates=run) for number, run in replicates.items()}
        return [
            known.get(number)
            or self._read_new(number, unread_by_number.get(number, unread), drawn, again, folders)
            for number in name.numbers
        ]

    def renew(self, parts: Parts, again: dict[str, int]) -> bool:
        """Replace the runs that changed; return whether any did."""
        moved = {
            number
            for number, watches in self._watched.items()
            if any(watch.look() for watch in watches.values())
        }
        for number in self._stale & self._watched.keys():
            del self._watched[number]
        changed = False
        for number in self._stale | moved:
            for part in parts.holding(number):
                was = part.runs[number - part.name.first]
                now = self._read_run(number, was, part.drawn, again)
                if now != was:
                    part.runs[number - part.name.first] = now
                    changed = True
        return changed

    def settle(self) -> None:
        """Note that the runs of all searches are renewed."""
        self._stale.clear()

    def forget(self, batch: BatchName) -> None:
        """Watch the runs of a batch no longer: it is gone, unless another holds them too."""
        self._stale.update(self._watched.keys() & batch.numbers)

    def attempts(self, run: Run) -> list[tuple[int, Verdict]]:
        """Return what became of each attempt of a run that began, oldest first."""
        verdicts = [
            (attempt, self._judge(run.number, attempt, {})) for attempt in range(1, 1 + run.newest_attempt)
        ]
        return [(attempt, verdict) for attempt, verdict in verdicts if verdict and verdict.began]

    def _read_new(
        self, number: int, unread: Run, drawn: Draws, again: dict[str, int], folders: set[str] | None
    ) -> Run:
        """Return a run of a new batch; nothing is opened of one that left no trace, as most that wait."""
        name = run_id(self._search, number)
        if folders is None or name in folders or name in again or self._claimed.knows(number):
            return self._read_run(number, unread, drawn, again)
        return unread._replace(id=name, number=number)

    def _read_run(self, number: int, was: Run, drawn: Draws, again: dict[str, int]) -> Run:
        name = run_id(self._search, number)
        newest = max(again.get(name, 1), self._claimed.newest(number))
        watches = self._watched.get(number, {})
        attempt, verdict = self._newest_verdict(number, newest, watches)
        if watches and not all(watch.is_final for watch in watches.values()):
            self._watched[number] = watches
        else:
            self._watched.pop(number, None)
        is_stranded = verdict.state is State.QUEUED and not verdict.began
        is_drawn = attempt > 0 or self._claimed.has(number, 1)
        return Run(
            id=name,
            search=self._search,
            number=number,
            state=verdict.state,
            drawn=self._read_values(name, was) or drawn if drawn.is_late and is_drawn else drawn,
            loss=verdict.summary.loss,
            best=verdict.summary.best,
            step=verdict.summary.step,
            attempt=attempt,
            newest_attempt=newest + is_stranded,
            is_stranded=is_stranded,
            reason=sys.intern(verdict.reason),
            priority=was.priority,
            slot=sys.intern(verdict.slot),
            enqueued_at=was.enqueued_at,
            started_at=verdict.started_at,
            ended_at=verdict.ended_at,
            heard_at=verdict.heard_at,
            replicates=was.replicates,
        )

    def _read_values(self, name: str, was: Run) -> Params | None:
        """Return the values of a late run, None before it has any; the same object while they are alike."""
        values = read_values(f"{self._root}/{name}/{PARAMS}")
        return was.params if was.has_own_values and was.params == values else values

    def _newest_verdict(self, number: int, newest: int, watches: dict[int, Watch]) -> tuple[int, Verdict]:
        """Return the attempt that counts and what became of it: the newest that was not taken back."""
        waiting = taken_back = None
        for attempt in range(newest, 0, -1):
            verdict = self._judge(number, attempt, watches)
            if verdict is None:
                waiting = waiting or _WAITING
            elif verdict.state is State.CANCELLED:
                taken_back = taken_back or verdict
            elif verdict.began:
                return attempt, waiting or verdict
            elif not taken_back:
                waiting = waiting or verdict
        return 0, waiting or taken_back or _WAITING

    def _judge(self, number: int, attempt: int, watches: dict[int, Watch]) -> Verdict | None:
        """Return what became of an attempt, or None while nobody claimed it."""
        watch = watches.get(attempt)
        if watch is None:
            # A text first, since ten thousand paths joined part by part take as long as all the rest.
            folder = f"{self._root}/{run_id(self._search, number)}/{attempt}"
            result = Result.read(f"{folder}/{RESULT}")
            if result is not None:
                self._opened += 1
                return judge_result(result)  # so a runner claimed it, even if a power cut took the claim
            if not self._claimed.has(number, attempt):
                return None
            claim = self._claimed.read(number, attempt)
            if claim is None:
                return None
            if claim.is_cancel:
                return Verdict(State.CANCELLED, is_final=True, ended_at=claim.at)
            watch = watches[attempt] = Watch(AttemptPaths(Path(folder)), claim, self._clock)
        return watch.judge()


def _is_for_good(run: Run) -> bool:
    """Tell whether a run is what its newest attempt is, whatever is done to the claims on earlier ones.

    One that was drawn and taken back before it began may lose its folder, and none looks for that.
    """
    is_by_its_newest = not run.is_stranded and run.newest_attempt in (run.attempt, 1)
    return is_by_its_newest and (run.started_at is not None or not run.has_own_values)
