"""The table of runs: rows for programs, the hyperparameters that vary, and how a search stands."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from hpq.queue.runs import Run
from hpq.queue.states import ENDED, LIVE, State
from hpq.results.columns import STATES, Columns

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


def overview(runs: Columns | Sequence[Run]) -> Overview:
    """Return how runs stand."""
    columns = runs if isinstance(runs, Columns) else Columns(runs)
    counts = dict(zip(STATES, np.bincount(columns.states, minlength=len(STATES)).tolist(), strict=True))
    best = columns.numbers["best"]
    first = None if np.isnan(best).all() else int(np.nanargmin(best))
    pace = _pace_per_s(columns)
    left = sum(counts[state] for state in (State.QUEUED, *LIVE))
    return Overview(
        counts={str(state): count for state, count in counts.items() if count},
        best=None if first is None else float(best[first]),
        best_run=None if first is None else columns.runs[first].id,
        pace_per_hour=3600 * pace if pace else None,
        time_left_s=left / pace if pace and left and any(counts[state] for state in LIVE) else None,
    )


def _pace_per_s(columns: Columns) -> float | None:
    """Return how many runs ended in a second of training: a night in which nothing ran does not count."""
    starts, ends = columns.numbers["started_at"], columns.numbers["ended_at"]
    rows = np.flatnonzero(columns.where(ENDED) & ~np.isnan(starts) & ~np.isnan(ends))
    if len(rows) < 2:
        return None
    rows = rows[np.argsort(starts[rows])]
    starts, ends = starts[rows], ends[rows]
    until = np.concatenate([[-np.inf], np.maximum.accumulate(ends)[:-1]])  # when those before had all ended
    busy_s = float(np.maximum(0.0, ends - np.maximum(starts, until)).sum())
    return len(rows) / busy_s if busy_s > 0 else None
