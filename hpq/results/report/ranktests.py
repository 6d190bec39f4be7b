"""Tests of one hyperparameter on many shuffles at once: a p for each row of scores.

A row has a score for each run: 1 for a crash and 0 for none, or the rank of a loss. With such scores the
trend below is the test of Mann and Whitney or that of Spearman, and the one of groups is Pearson's chi
squared (times (M - 1) / M) or the test of Kruskal and Wallis. The p-values are those for large samples, from
scipy's functions: a permutation test uses them as a common scale.
"""

import numpy as np
from scipy import special  # scipy.stats takes half a second to import, and says what these do

from hpq.results.columns import Floats, Rows
from hpq.results.report.scores import Scores
from hpq.results.report.variables import Groups

_NOTHING = 1e-12
_MARGIN = 0.1  # of the runs, at either end, between which a cut may lie


def trend_p(scores: Scores, ranks: Floats) -> Floats:
    """Return the two-sided p of a rank correlation for each row of scores (B, M), given ranks (M,)."""
    centred = ranks - ranks.mean()
    spread = scores.spread * float(centred @ centred)
    z = (scores.values @ centred) * np.sqrt((len(ranks) - 1) / np.maximum(spread, _NOTHING))
    p: Floats = np.where(spread > _NOTHING, 2 * special.ndtr(-np.abs(z)), 1.0)
    return p


def groups_p(scores: Scores, groups: Groups) -> Floats:
    """Return the p that groups of runs differ for each row of scores (B, M), given their groups (M,)."""
    counts = np.bincount(groups)
    if len(counts) < 2:
        return np.ones(len(scores))
    sums = scores.values @ (groups[:, None] == np.arange(len(counts)))
    between = (sums**2 / counts).sum(axis=1) - scores.total**2 / len(groups)
    statistic = (len(groups) - 1) * between / np.maximum(scores.spread, _NOTHING)
    p: Floats = np.where(scores.spread > _NOTHING, special.chdtrc(len(counts) - 1, statistic), 1.0)
    return p


def cuts_p(labels: Scores, ranks: Floats) -> tuple[Floats, Floats]:
    """Return two p for each row of labels (B, M), 1 and 0, that compare them below and above each rank.

    The first is the two-sided one of Kolmogorov and Smirnov. The second is that of the best cut: the one
    between ranks, a tenth of the runs or more from either end, that parts labels best. Where few values crash
    nearly always, it sees that with half the runs that the first needs. Source of its p: Miller and Siegmund,
    Maximally selected chi square statistics, Biometrics 38, 1982.
    """
    order, last = _ends_of_ties(ranks)
    total, chosen, spread = len(ranks), labels.total, labels.spread
    part = (last + 1) / total
    up_to = np.cumsum(labels.labels[:, order], axis=1, dtype=np.float32)[:, last]  # exact up to 2**24 runs
    away = np.abs(up_to - np.outer(chosen, part).astype(np.float32))
    is_mixed = spread > _NOTHING
    pairs = np.where(is_mixed, chosen * (total - chosen), 1.0)
    shape = special.kolmogorov(away.max(axis=1) * np.sqrt(total / pairs))
    is_inner = (part >= _MARGIN) & (part <= 1 - _MARGIN)
    if not is_inner.any():
        return np.where(is_mixed, shape, 1.0), np.ones(len(labels))
    away, part = away[:, is_inner], part[is_inner]
    scale = np.sqrt(part * (1 - part) * total)
    z = (away / scale).max(axis=1) * np.sqrt((total - 1) / np.where(is_mixed, spread, 1.0))
    best = _best_of_many_p(z, part[0], part[-1])
    return np.where(is_mixed, shape, 1.0), np.where(is_mixed, best, 1.0)


def _best_of_many_p(z: Floats, first: float, last: float) -> Floats:
    """Return the p of the largest of many related z, of cuts from one part of the runs to another."""
    large = np.maximum(z, 1.0)
    density = np.exp(-(large**2) / 2) / np.sqrt(2 * np.pi)
    steps = np.log(last * (1 - first) / ((1 - last) * first))
    p: Floats = density * ((large - 1 / large) * steps + 4 / large)
    return np.minimum(p, 1.0)


def _ends_of_ties(ranks: Floats) -> tuple[Rows, Rows]:
    """Return the order of ranks, and where in it each run of equal ones ends."""
    order = np.argsort(ranks, kind="stable")
    ordered = ranks[order]
    return order, np.flatnonzero(np.append(ordered[1:] != ordered[:-1], True))
