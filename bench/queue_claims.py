"""Queueing jobs, claiming and completing them: hpq beside the others."""

import os
import shutil
import statistics
import time
from collections import defaultdict
from functools import partial
from pathlib import Path
from typing import Any

from queue_contender import Contender
from queue_folders import new_folder
from queue_jobs import make_jobs
from queue_ours import ByHand, Hpq
from queue_race import FailedError, race, rate
from queue_table import contest, tell_best, tell_ratio, tell_table, verdict

BULK, ONE_BY_ONE = 10_000, 500  # jobs; those that sync each one get fewer
BULK_BUDGET, BULK_SHARE = 35_000.0, 0.9  # a second, or this share of sqlite by hand, whichever is lower
JOBS, LIMIT_S = 2_000, 3.0  # what waits when a race starts, and how long a slow one goes on
PROCESSES = (1, 2, 8)
CLAIM_BUDGET, SHARE_BUDGET = 2.0, 3.0
FEW, MANY, WAITING_BUDGET = 1_000, 100_000, 1.5
CLAIMS = 100  # are timed in a long queue and in a short one


def measure_bulk(folder: Path) -> None:
    """Measure how fast jobs are queued that survive a power cut once they are acknowledged."""
    jobs = make_jobs(BULK)

    def measure(kind: type[Contender]) -> float:
        some = jobs if kind.bulk else jobs[:ONE_BY_ONE]
        return rate(race(kind, new_folder(folder), partial(_fill, some), is_durable=True))

    entries = contest(measure, lambda kind: kind.never_durable)
    tell_table(f"queueing {BULK:,} jobs, durable ({ONE_BY_ONE} where each is synced alone)", entries)
    ours, by_hand = (next(entry for entry in entries if entry.kind is kind) for kind in (Hpq, ByHand))
    if not ours.reason and not by_hand.reason:
        least = min(BULK_BUDGET, BULK_SHARE * by_hand.median)
        print(f"  hpq: {ours.median:,.0f} jobs/s{verdict(ours.median, at_least=round(least))}")


def _fill(jobs: list[dict[str, Any]], queue: Contender) -> int:
    queue.fill(jobs)
    return len(jobs)


def measure_claims(folder: Path) -> None:
    """Measure claiming and completing where nothing is synced, and whether a claimer starves."""
    _measure_draining(folder, is_durable=False)


def measure_durable(folder: Path) -> None:
    """Measure claiming and completing with results that survive a power cut."""
    _measure_draining(folder, is_durable=True)


def _measure_draining(folder: Path, is_durable: bool) -> None:
    filled = _Filled(folder, make_jobs(JOBS))
    for processes in PROCESSES:
        shares: list[float] = []

        def measure(kind: type[Contender], count: int = processes, shares: list[float] = shares) -> float:
            laps = race(kind, filled.copy(kind), _drain, is_durable=is_durable, processes=count)
            done = [lap.done for lap in laps]
            if sum(done) > JOBS:
                raise FailedError(f"it gave {sum(done) - JOBS} of {JOBS:,} jobs to two processes")
            if kind is Hpq:
                shares.append(max(done) / max(1, min(done)))
            return rate(laps)

        def why_not(kind: type[Contender], count: int = processes) -> str:
            return (kind.never_durable if is_durable else "") or (kind.one_process if count > 1 else "")

        entries = contest(measure, why_not)
        how = "durable results" if is_durable else "nothing synced"
        tell_table(f"claim and complete, {how}, {processes} process{'es' * (processes > 1)}", entries)
        tell_best(entries, CLAIM_BUDGET)
        if processes == max(PROCESSES) and shares:
            tell_ratio(
                "hpq's largest share over its smallest", statistics.median(shares), at_most=SHARE_BUDGET
            )


def _drain(queue: Contender) -> int:
    """Claim and complete until nothing waits or the time is up."""
    done, end_s = 0, time.monotonic() + LIMIT_S
    while time.monotonic() < end_s and (job := queue.claim()) is not None:
        queue.complete(job)
        done += 1
    return done


def measure_waiting(folder: Path) -> None:
    """Measure a claim where many jobs wait against one where few do: CPU time, the first not counted."""
    jobs = {count: make_jobs(count) for count in (FEW, MANY)}
    homes: dict[type[Contender], Path] = {}
    costs: dict[tuple[type[Contender], int], list[tuple[float, float]]] = defaultdict(list)

    def measure(kind: type[Contender]) -> float:
        if kind not in homes:
            homes[kind] = new_folder(folder)  # of both queues: side by side, a new file costs the same
            for count, some in jobs.items():
                race(kind, homes[kind] / str(count), partial(_fill, some))
            os.sync()
        for count in jobs:
            [lap] = race(kind, homes[kind] / str(count), _time_claims)
            costs[kind, count].append(lap.done)
        return costs[kind, MANY][-1][1]

    entries = contest(measure, lambda kind: kind.slow_fill)
    print(f"a claim with {FEW:,} and with {MANY:,} waiting: µs CPU, and ms CPU for a process's first")
    for entry in entries:
        if entry.reason:
            print(f"  {entry.kind.name:24} {'–':>9}  {entry.reason}")
            continue
        (few_first, few), (many_first, many) = (
            [statistics.median(column) for column in zip(*costs[entry.kind, count], strict=True)]
            for count in (FEW, MANY)
        )
        budget = verdict(many / few, at_most=WAITING_BUDGET) if entry.kind is Hpq else ""
        firsts = f"first {few_first:.1f} and {many_first:.1f} ms"
        print(
            f"  {entry.kind.name:24} {few:9.0f} {many:9.0f} {many / few:8.2f}x  {firsts}{budget}", flush=True
        )


def _time_claims(queue: Contender) -> tuple[float, float]:
    """Return the CPU time of the first claim in ms, and of a later one in µs."""
    began_s = time.process_time()
    jobs = [queue.claim()]
    first_s = time.process_time()
    jobs += [queue.claim() for _ in range(CLAIMS)]
    ended_s = time.process_time()
    if None in jobs:
        raise RuntimeError("it had jobs left and gave none")
    return 1e3 * (first_s - began_s), 1e6 * (ended_s - first_s) / CLAIMS


class _Filled:
    """Queues that are filled once, and copied as often as they are raced with."""

    def __init__(self, folder: Path, jobs: list[dict[str, Any]]) -> None:
        self._folder = folder
        self._jobs = jobs
        self._originals: dict[type[Contender], Path] = {}

    def copy(self, kind: type[Contender]) -> Path:
        """Return a copy of the filled queue."""
        if kind not in self._originals:
            original = new_folder(self._folder)
            race(kind, original, partial(_fill, self._jobs))
            self._originals[kind] = original
        queue = new_folder(self._folder)
        shutil.copytree(self._originals[kind], queue, dirs_exist_ok=True)
        os.sync()  # nobody pays for writing the copy
        return queue
