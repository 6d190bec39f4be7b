"""The table of runs: rows for programs, the hyperparameters that vary, and how a search stands."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

from hpq.queue.runs import Run
from hpq.queue.states import ENDED, LIVE, State

_INTERNAL = ("is_stranded", "newest_attempt")  # of the protocol, and told by state and reason


def row_as_json(run: Run) -> dict[str, Any]:
    """Return what a program is told of a run."""
    row = {field.name: getattr(run, field.name) for field in fields(run) if field.name not in _INTERNAL}
    return {**row, "state": str(run.state)}


@dataclass(frozen=True, slots=True)
class Overview:
    """How one or more searches stand."""

    counts: dict[str, int]  # by state, those that occur
    best: float | None
    best_run: str | None
    pace_per_hour: float | None  # runs that end in an hour in which some train
    time_left_s: float | None  # at that pace


def overview(runs: Sequence[Run]) -> Overview:
    """Return how runs stand."""
    counts = Counter(run.state for run in runs)
    best = min((run for run in runs if run.best is not None), key=lambda run: run.best or 0.0, default=None)
    pace = _pace_per_s(runs)
    left = sum(counts[state] for state in (State.QUEUED, *LIVE))
    return Overview(
        counts={str(state): counts[state] for state in State if counts[state]},
        best=best.best if best else None,
        best_run=best.id if best else None,
        pace_per_hour=3600 * pace if pace else None,
        time_left_s=left / pace if pace and left and any(counts[state] for state in LIVE) else None,
    )


def _pace_per_s(runs: Sequence[Run]) -> float | None:
    """Return how many runs ended in a second of training: a night in which nothing ran does not count."""
    spans = [
        (run.started_at, run.ended_at)
        for run in runs
        if run.state in ENDED and run.started_at is not None and run.ended_at is not None
    ]
    if len(spans) < 2:
        return None
    busy_s, until = 0.0, 0.0
    for start, end in sorted(spans):
        busy_s += max(0.0, end - max(start, until))
        until = max(until, end)
    return len(spans) / busy_s if busy_s > 0 else None
