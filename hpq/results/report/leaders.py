"""Whether the leaders are luck: are the lowest losses cut off from the others, and do they come again?"""

import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy import special

from hpq.queue.runs import Run
from hpq.results.columns import Columns, Floats, Rows
from hpq.results.report.finished import finished
from hpq.results.report.repeats import Judgement, Noise, Repeats, gather, judge, noise

LEVEL = 0.04  # of leaders among losses without any; heavy tails, as Student's with 5 degrees, about double it
_MOST = 5  # runs that may be ahead
_PACK = 15  # spacings that say how far apart losses are at the front of the pack
_PACK_PART = 5  # of all runs a fifth at the most are that front
_LEAST_PACK = 5
_NOTHING = 1e-12


@dataclass(frozen=True, slots=True)
class Leader:
    """A run that is ahead."""

    name: str  # its id
    p: float  # of the gap, or where it was repeated of its replicates
    n: int  # finished runs, or its replicates
    loss: float  # its own, or where it was repeated the mean of its replicates
    effect: float  # by how much that lies below the next run: negative


@dataclass(frozen=True, slots=True)
class Luck:
    """How the lowest losses stand to the others."""

    n: int  # finished runs that repeat no other
    is_log: bool = True  # losses are compared as logarithms: all are above 0
    ahead: int = 0  # runs that a gap cuts off from the others
    p: float | None = None  # of the clearest gap; None: too few runs
    behind: int = 0  # runs before that gap
    rival: float | None = None  # the lowest loss of the runs that are not ahead or judged
    leaders: tuple[Leader, ...] = ()  # those before the gap, and those that replicates confirm
    judged: tuple[Judgement, ...] = ()  # runs that were repeated, the lowest losses first
    lost: tuple[Repeats, ...] = ()  # runs that were repeated, of which no replicate finished
    noise: Noise | None = None


def find_leaders(columns: Columns, rows: Rows) -> Luck:
    """Tell which of the finished among some rows are ahead, by their gap to the others and by replicates."""
    replicates = [columns.runs[row] for row in rows[~columns.is_draw[rows]]]
    rows, losses = finished(columns, rows)
    if not len(rows):
        return Luck(0)
    order = np.argsort(losses, kind="stable")
    originals, losses = [columns.runs[row] for row in rows[order]], losses[order]
    repeated = gather(originals, replicates)
    lowest = min([losses[0], *(loss for each in repeated for loss in each.losses)])
    is_log = bool(lowest > 0)
    apart = _apart(losses)
    count, p = clearest_gap(np.log(np.maximum(apart, losses / 2)) if is_log else apart)
    ahead = count if p is not None and p <= LEVEL else 0
    return _with_replicates(originals, repeated, Luck(len(originals), is_log, ahead, p, count))


def clearest_gap(losses: Floats) -> tuple[int, float | None]:
    """Return how many of the lowest losses (N,), in ascending order, a gap cuts off most clearly, and its p.

    Between the lowest values of a sample, the j-th spacing times j is exponential with one mean, whatever
    the distribution, if its tail falls off as an exponential does: so a spacing to the mean of those behind
    it is F with 2 and 2m degrees. The p is that of the best of five such gaps, by Bonferroni. Lighter tails,
    such as the normal's, make it larger than it need be. Source: Sukhatme, Annals of Eugenics 8, 1937;
    Weissman, Journal of the American Statistical Association 73, 1978.
    """
    pack = min(_PACK, len(losses) // _PACK_PART)
    most = min(_MOST, len(losses) - 1 - pack)
    if pack < _LEAST_PACK or most < 1:
        return 0, None
    front = losses[: most + pack + 1]
    spacings = np.arange(1, len(front)) * np.diff(front)
    means = np.array([spacings[count : count + pack].mean() for count in range(1, most + 1)])
    least = max(_NOTHING * spacings.max(), sys.float_info.min)
    p = most * special.fdtrc(2, 2 * pack, spacings[:most] / np.maximum(means, least))
    clearest = int(np.argmin(p))
    return clearest + 1, min(1.0, float(p[clearest]))


def _apart(losses: Floats) -> Floats:
    """Return losses (N,), in ascending order, with equal ones spread over the step they were rounded to.

    Shares of a hundred examples are equal by the dozen. Beside spacings of 0 each step would be a gap.
    """
    values, counts = np.unique(losses, return_counts=True)
    if len(values) in (1, len(losses)):
        return losses
    within = np.arange(len(losses)) - np.repeat(np.cumsum(counts) - counts, counts)
    apart: Floats = losses + np.diff(values).min() * ((within + 0.5) / np.repeat(counts, counts) - 0.5)
    return apart


def _with_replicates(originals: Sequence[Run], repeated: Sequence[Repeats], luck: Luck) -> Luck:
    """Return the luck with what replicates say of the runs at the front."""
    cut_off = {run.id for run in originals[: luck.ahead]}
    front = {run.id for run in originals[: luck.ahead or _MOST]}
    at_front = [each for each in repeated if each.name in front]
    compared = cut_off | {each.name for each in at_front}
    rival = next((run.best for run in originals if run.id not in compared), None)
    if rival is None:
        return luck
    scatter = noise(repeated, luck.is_log)
    judged = judge(at_front, rival, scatter, luck.is_log)
    settled = {each.repeats.name for each in judged if each.p is not None}
    leaders = [
        Leader(run.id, luck.p, luck.n, run.best, run.best - rival)
        for run in originals[: luck.ahead]
        if luck.p is not None and run.best is not None and run.id not in settled
    ]
    leaders += [
        Leader(each.repeats.name, each.p, len(each.repeats.losses), each.mean, each.mean - rival)
        for each in judged
        if each.p is not None and each.stands
    ]
    leaders.sort(key=lambda leader: leader.loss)
    lost = tuple(each for each in at_front if not each.losses)
    return replace(luck, rival=rival, leaders=tuple(leaders), judged=tuple(judged), lost=lost, noise=scatter)
