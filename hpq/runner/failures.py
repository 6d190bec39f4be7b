"""Which attempts failed: they crashed or ended early, and nobody asked for it; and which got anywhere."""

from hpq.queue.evidence import Verdict
from hpq.queue.paths import AttemptPaths, RootPaths
from hpq.queue.reader import Reader
from hpq.queue.records import Outcome, Result, Summary
from hpq.queue.runs import Run
from hpq.queue.states import State
from hpq.runner.training import Training

_ASKED_FOR = (Outcome.STOPPED, Outcome.LIMIT)


def has_failed(paths: AttemptPaths, verdict: Verdict) -> bool:
    """Tell whether an attempt that is gone failed, and was not stopped by a person or by its time limit."""
    if verdict.state not in (State.CRASHED, State.UNFINISHED):
        return False
    result = Result.read(paths.result)
    return result is None or result.outcome not in _ASKED_FOR


def count_failures(paths: RootPaths, reader: Reader, run: Run) -> int:
    """Return how many attempts of a run failed; after the first, each of them was a retry."""
    folder = paths.run(run.search, run.number)
    return sum(has_failed(folder.attempt(attempt), verdict) for attempt, verdict in reader.attempts(run))


def has_own_loss(training: Training, summary: Summary) -> bool:
    """Tell whether an attempt reported a loss itself: a resumed one begins with a copy of earlier metrics."""
    if summary.best is None or training.attempt == 1:
        return summary.best is not None
    try:
        copied_by = training.paths.start.stat().st_mtime_ns
        return training.paths.metrics.stat().st_mtime_ns > copied_by
    except OSError:
        return False
