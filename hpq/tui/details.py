"""What only the screen of one run needs to know of it: attempts, metrics, origin, what it uses."""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hpq.queue.batches import list_batches
from hpq.queue.claims import read_claim
from hpq.queue.evidence import Verdict
from hpq.queue.life import start_ticks
from hpq.queue.outputs import newest_sheet
from hpq.queue.paths import AttemptPaths, RootPaths
from hpq.queue.records import LOSS, Start
from hpq.queue.runs import Run
from hpq.queue.states import LIVE
from hpq.queue.watch import Watch
from hpq.results.history import History, Series
from hpq.runner.sessions import Usage, usage

_MOST_CURVES = 8  # attempts whose losses are drawn, the newest ones


@dataclass(frozen=True, slots=True)
class Use:
    """What a run that lives takes of the machine."""

    total: Usage
    cpu_share: float | None  # of one core since the last look, 1.0 being all of it; None at the first look


@dataclass(frozen=True, slots=True, eq=False)
class Details:
    """A run at one moment."""

    attempts: tuple[tuple[int, Verdict], ...] = ()  # that began, oldest first
    losses: tuple[Series, ...] = ()  # of these attempts, where they logged any
    metrics: Mapping[str, Series] = field(default_factory=dict)  # of the newest attempt
    origin: Mapping[str, Any] = field(default_factory=dict)  # what the run shares with its batch
    use: Use | None = None
    samples: Path | None = None  # the newest picture of them
    has_folder: bool = True

    @property
    def lacks_metrics(self) -> bool:
        """Whether losses are known to have been logged of which none is there."""
        return not self.losses and any(verdict.summary.best is not None for _, verdict in self.attempts)


class DetailsReader:
    """Reads one run again and again, from a thread; pays for what was appended."""

    def __init__(self, paths: RootPaths, run: Run) -> None:
        self._paths = paths
        self._folder = paths.run(run.search, run.number)
        self._origin: Mapping[str, Any] | None = None
        self._watches: dict[int, Watch] = {}
        self._histories: dict[int, History] = {}
        self._used: tuple[int, float, float] | None = None  # attempt, CPU seconds, on the monotonic clock
        self._closed = False

    def close(self) -> None:
        """Let a reading that takes long end soon."""
        self._closed = True

    def read(self, run: Run) -> Details:
        """Return the run as it is now."""
        if self._origin is None:
            self._origin = read_origin(self._paths, run)
        attempts = [
            (attempt, verdict)
            for attempt in range(1, 1 + run.newest_attempt)
            if (verdict := self._judge(run, attempt)) and verdict.began
        ]
        series = [self._read_metrics(attempt) for attempt, _ in attempts[-_MOST_CURVES:]]
        return Details(
            attempts=tuple(attempts),
            losses=tuple(metrics[LOSS] for metrics in series if LOSS in metrics),
            metrics=series[-1] if series else {},
            origin=self._origin,
            use=self._read_use(attempts[-1][0]) if attempts and run.state in LIVE else None,
            samples=newest_sheet(self._folder, run.attempt),
            has_folder=self._folder.folder.is_dir(),
        )

    def _judge(self, run: Run, attempt: int) -> Verdict | None:
        """Return what became of an attempt, or None where nobody claimed it or it was taken back."""
        watch = self._watches.get(attempt)
        if watch is None:
            claim = read_claim(self._paths.claim(run.search, run.number, attempt))
            if claim is None or claim.is_cancel:
                return None
            watch = self._watches[attempt] = Watch(self._folder.attempt(attempt), claim, time.monotonic)
        return watch.judge()

    def _read_metrics(self, attempt: int) -> dict[str, Series]:
        history = self._histories.get(attempt)
        if history is None:
            history = self._histories[attempt] = History(self._folder.attempt(attempt).metrics)
        while history.read() and not self._closed:
            pass
        return history.series()

    def _read_use(self, attempt: int) -> Use | None:
        total = _usage(self._folder.attempt(attempt))
        if total is None:
            return None
        now, before = time.monotonic(), self._used
        self._used = attempt, total.cpu_s, now
        if before is None or before[0] != attempt or now <= before[2]:
            return Use(total, None)
        return Use(total, max(0.0, total.cpu_s - before[1]) / (now - before[2]))


def _usage(paths: AttemptPaths) -> Usage | None:
    """Return what the processes of an attempt use, where they live on this machine."""
    start = Start.read(paths.start)
    if start is None or not start.is_here or start_ticks(start.pid) != start.ticks:
        return None
    return usage(start.pid)  # each attempt leads a session of its own


def read_origin(paths: RootPaths, run: Run) -> Mapping[str, Any]:
    """Return the header of the run's batch, without reading what was drawn for its other runs."""
    for name in list_batches(paths):
        if name.search == run.search and 0 <= run.number - name.first < name.count:
            try:
                with open(paths.batches / name.text, "rb") as file:
                    header = json.loads(file.readline())
            except (OSError, ValueError, RecursionError):
                return {}
            return header if isinstance(header, dict) else {}
    return {}
