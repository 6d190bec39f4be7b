"""What is done to runs that are in the queue: cancel, stop, requeue."""

import time

from hpq.queue import reasons
from hpq.queue.batches import Batch, BatchName, list_batches, read_batch, write_batch
from hpq.queue.claims import CANCELLED, make_claim
from hpq.queue.life import is_locked
from hpq.queue.paths import AttemptPaths, RootPaths
from hpq.queue.reader import Reader
from hpq.queue.records import Outcome, Stop
from hpq.queue.root import locked
from hpq.queue.runs import Run
from hpq.queue.states import State

_BY_USER = Stop(Outcome.STOPPED, f"{reasons.STOPPED} by hpq cancel")


def cancel(paths: RootPaths, runs: list[Run]) -> tuple[list[str], list[str]]:
    """Take back runs that wait and ask those that train to stop.

    Returns the ids that were taken back and the ids that were asked to stop. A run that waits is
    taken back by claiming it, so that either a runner has it or the user, and never both.
    """
    taken, asked = [], []
    for run in runs:
        claim = paths.claim(run.search, run.number, run.newest_attempt)
        if run.state is State.QUEUED and make_claim(claim, CANCELLED):
            taken.append(run.id)
        elif ask_to_stop(newest_attempt(paths, run), _BY_USER):
            asked.append(run.id)
    return taken, asked


def ask_to_stop(attempt: AttemptPaths, stop: Stop) -> bool:
    """Ask a living attempt to stop, and return whether there is one."""
    if not is_locked(attempt.lock):
        return False
    stop.write(attempt.stop)
    return True


def requeue(paths: RootPaths, runs: list[Run], *, fresh: bool = False, priority: int = 0) -> list[str]:
    """Queue a further attempt of each run that ended or was cancelled, and return their ids.

    The states are read anew under the root's lock: what waits or lives by then is left alone.
    """
    wanted = {run.id for run in runs}
    with locked(paths):
        ended = [run for run in Reader(paths).read() if run.id in wanted and can_requeue(paths, run)]
        _queue_attempts(paths, [(run.id, 1 + run.newest_attempt) for run in ended], fresh, priority)
    return [run.id for run in ended]


def can_requeue(paths: RootPaths, run: Run) -> bool:
    """Tell whether a run ended or was cancelled, and no process of it lives."""
    if run.state in (State.QUEUED, State.STARTING, State.RUNNING):
        return False
    return not is_locked(newest_attempt(paths, run).lock)


def requeue_stranded(paths: RootPaths, reader: Reader) -> list[str]:
    """Queue again what a runner claimed and died before training began; return the ids."""
    if not any(run.is_stranded for run in reader.read()):
        return []
    with locked(paths):
        stranded = [run for run in reader.read() if run.is_stranded]
        anew = _asked_anew(paths) if stranded else set()
        for (priority, fresh), some in _grouped(stranded, anew):
            _queue_attempts(paths, some, fresh, priority)
    return [run.id for run in stranded]


def _asked_anew(paths: RootPaths) -> set[tuple[str, int]]:
    """Return the further attempts, by run's id and number, that shall begin anew."""
    requeues = [read_batch(paths, name) for name in list_batches(paths) if not name.search]
    asked = (each for batch in requeues if batch for each in batch.attempts())
    return {(run, attempt) for run, attempt, fresh in asked if fresh}


def _grouped(
    stranded: list[Run], anew: set[tuple[str, int]]
) -> list[tuple[tuple[int, bool], list[tuple[str, int]]]]:
    """Return the attempts to queue by priority and by whether they begin anew, as the lost would."""
    groups: dict[tuple[int, bool], list[tuple[str, int]]] = {}
    for run in stranded:
        fresh = (run.id, run.newest_attempt - 1) in anew
        groups.setdefault((run.priority, fresh), []).append((run.id, run.newest_attempt))
    return sorted(groups.items())


def newest_attempt(paths: RootPaths, run: Run) -> AttemptPaths:
    """Return the paths of the newest attempt that anybody asked for."""
    return paths.run(run.search, run.number).attempt(run.newest_attempt)


def _queue_attempts(paths: RootPaths, attempts: list[tuple[str, int]], fresh: bool, priority: int) -> None:
    if attempts:
        lines = [{"id": run, "attempt": attempt, "fresh": fresh} for run, attempt in attempts]
        header = {"enqueued_at": time.time()}
        write_batch(paths, Batch(BatchName.make(priority, len(lines)), header, lines))
