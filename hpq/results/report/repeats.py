"""What replicates say: a run that is ahead by luck falls back when it is trained again with another seed."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import special

from hpq.queue.runs import Run
from hpq.queue.states import ENDED, State
from hpq.results.columns import Floats
from hpq.results.report.finished import LARGEST

LEVEL = 0.05  # of a run that replicates confirm, divided by the number of those that are judged
_LEAST_FREEDOM = 2  # degrees of it, for a standard deviation that says anything


@dataclass(frozen=True, slots=True)
class Repeats:
    """The replicates of one run."""

    name: str  # of the run that they repeat
    loss: float  # its own
    losses: tuple[float, ...]  # theirs, of those that finished
    failed: int  # replicates that ended without finishing

    def mean(self, is_log: bool) -> float:
        """Return the mean loss of the replicates, a geometric one where losses are compared as logarithms."""
        values = _scaled(self.losses, is_log)
        return float(np.exp(values.mean()) if is_log else values.mean())


@dataclass(frozen=True, slots=True)
class Judgement:
    """Whether a run is ahead of the others in its replicates too."""

    repeats: Repeats
    mean: float
    rival: float  # the lowest loss of the runs that are not judged
    p: float | None  # one-sided, times the number of runs that are judged; None: too few replicates

    @property
    def stands(self) -> bool:
        return self.p is not None and self.p <= LEVEL


@dataclass(frozen=True, slots=True)
class Noise:
    """By how much runs with the same hyperparameters differ."""

    deviation: float  # standard deviation, of logarithms where losses are compared as such
    freedom: int
    runs: int  # that were repeated, twice or more


def gather(originals: Sequence[Run], replicates: Sequence[Run]) -> list[Repeats]:
    """Return the replicates that ended, run by run in the order of the originals."""
    ended: dict[str, list[Run]] = {}
    for run in replicates:
        if run.state in ENDED and run.state is not State.CANCELLED:
            ended.setdefault(run.replicates, []).append(run)
    return [
        _gather(run.id, run.best, ended[run.id])
        for run in originals
        if run.id in ended and run.best is not None
    ]


def _gather(name: str, loss: float, ended: Sequence[Run]) -> Repeats:
    losses = tuple(run.best for run in ended if run.state is State.FINISHED and run.best is not None)
    return Repeats(name, loss, losses, failed=len(ended) - len(losses))


def noise(repeated: Sequence[Repeats], is_log: bool) -> Noise | None:
    """Return how replicates of one run differ, pooled over runs; None where too few were repeated.

    The runs that they repeat are left out: those were chosen for their losses.
    """
    groups = [_scaled(each.losses, is_log) for each in repeated if len(each.losses) > 1]
    freedom = sum(len(group) - 1 for group in groups)
    if freedom < _LEAST_FREEDOM:
        return None
    away = [group - group[0] for group in groups]  # 0 where all are equal, as the mean's rounding is not
    squares = sum(float(((group - group.mean()) ** 2).sum()) for group in away)
    return Noise(float(np.sqrt(squares / freedom)), freedom, len(groups))


def judge(judged: Sequence[Repeats], rival: float, scatter: Noise | None, is_log: bool) -> list[Judgement]:
    """Return for each run whether the mean of its replicates lies below the rival (Student's t)."""
    return [_judge(each, rival, scatter, is_log, len(judged)) for each in judged if each.losses]


def _judge(repeats: Repeats, rival: float, scatter: Noise | None, is_log: bool, judged: int) -> Judgement:
    mean, p = repeats.mean(is_log), None
    if scatter is not None and scatter.deviation > 0:
        gap = _scaled((rival,), is_log)[0] - _scaled((mean,), is_log)[0]
        t = gap * np.sqrt(len(repeats.losses)) / scatter.deviation
        p = min(1.0, judged * float(special.stdtr(scatter.freedom, -t)))
    return Judgement(repeats, mean, rival, p)


def _scaled(losses: Sequence[float], is_log: bool) -> Floats:
    values = np.clip(np.array(losses, np.float64), -LARGEST, LARGEST)
    return np.log(np.maximum(values, 1 / LARGEST)) if is_log else values
