"""Further attempts of runs that failed, up to a number of times each."""

from hpq.errors import HpqError
from hpq.queue.control import requeue
from hpq.queue.evidence import Verdict
from hpq.queue.paths import RootPaths
from hpq.queue.reader import Reader
from hpq.queue.runs import Run
from hpq.runner.failures import count_failures, has_failed
from hpq.runner.training import Training


class Retries:
    """Queues again what a runner saw fail. How often a run failed is counted on disk, by all runners."""

    def __init__(self, paths: RootPaths, reader: Reader, most: int) -> None:
        self._paths = paths
        self._reader = reader
        self._most = most
        self._failed: set[str] = set()

    def hear(self, training: Training, verdict: Verdict) -> None:
        """Take in how an attempt ended."""
        if self._most and has_failed(training.paths, verdict):
            self._failed.add(training.id)

    def queue(self) -> list[str]:
        """Queue again what failed since the last call and has retries left; return what to tell of each."""
        failed, self._failed = self._failed, set()
        if not failed:
            return []
        try:
            runs = [run for run in self._reader.read() if run.id in failed]
            counts = {run.id: count_failures(self._paths, self._reader, run) for run in runs}
            queued = self._requeue([run for run in runs if counts[run.id] <= self._most])
        except (HpqError, OSError) as error:
            return [f"{', '.join(sorted(failed))} could not be queued again: {error}"]
        return [f"{name} waits again, retry {counts[name]} of {self._most}" for name in queued]

    def _requeue(self, runs: list[Run]) -> list[str]:
        """Queue each run at the priority that it had."""
        queued: list[str] = []
        for priority in sorted({run.priority for run in runs}, reverse=True):
            some = [run for run in runs if run.priority == priority]
            queued += requeue(self._paths, some, priority=priority)
        return queued
