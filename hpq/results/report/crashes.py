"""Whether crashes bunch: are the hyperparameters of runs that crashed like those of the others?"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from scipy import special

from hpq.queue.causes import Cause, cause_of
from hpq.queue.states import ENDED, State
from hpq.results.columns import Columns, Floats, Rows
from hpq.results.picture.panels import DRAWN
from hpq.results.report.pairs import Pair, find_pairs
from hpq.results.report.parts import Part
from hpq.results.report.permutation import adjusted, critical, shuffles
from hpq.results.report.ranktests import cuts_p, groups_p, trend_p
from hpq.results.report.regions import Mask, crowded
from hpq.results.report.scores import Scores
from hpq.results.report.variables import Variable, variables

LEVEL = 0.02  # of a flag in a search in which crashes come by chance: with that for losses, 0.05 of a report
ENOUGH = 8  # crashes of one cause, fewer of which are not tested apart
_CAUSES_WEIGHT = 0.25  # of the tests of all causes together, beside 1 of those of all crashes
POWER = 0.8  # with which what is called detectable would have been found
_LEAST = 2  # crashes, and runs that did not crash


@dataclass(frozen=True, slots=True)
class Bunch:
    """A hyperparameter along which crashes bunch."""

    name: str
    p: float  # adjusted for all hyperparameters and causes
    n: int  # runs that have the hyperparameter
    test: str
    where: str  # crashes are more frequent
    inside: Part
    outside: Part
    cause: Cause | None = None  # of the crashes that bunch; None for all crashes

    @property
    def effect(self) -> float:
        """By how much the share of crashes is higher there."""
        return self.inside.share - self.outside.share


@dataclass(frozen=True, slots=True)
class Crashes:
    """Whether and where crashes bunch."""

    whole: Part
    bunched: tuple[Bunch, ...] = ()  # by p, each hyperparameter once
    by_cause: tuple[Bunch, ...] = ()  # those of a single cause, also where all crashes bunch
    pairs: tuple[Pair, ...] = ()
    causes: dict[Cause, int] = field(default_factory=dict)  # crashes by cause, most first
    tested: tuple[Cause, ...] = ()  # causes that were tested apart
    tried: int = 0  # hyperparameters
    least_p: float | None = None  # adjusted, of all of them
    detectable: float | None = None  # climb of the share along a hyperparameter, found with POWER

    @property
    def names(self) -> frozenset[str]:
        return frozenset(bunch.name for bunch in self.bunched)


def bunched(columns: Columns, rows: Rows) -> frozenset[str]:
    """Return the hyperparameters along which crashes bunch among some rows."""
    return find_crashes(columns, rows).names


def bunched_without_finishing(columns: Columns, rows: Rows, crashes: Crashes) -> frozenset[str]:
    """Return the hyperparameters along which runs bunch that ended without finishing, crashed or not.

    What finished is left of all: where it comes from only a part of the values, it misleads.
    """
    ended = rows[columns.where(ENDED - {State.CANCELLED})[rows] & columns.is_draw[rows]]
    has_failed = ~columns.where([State.FINISHED])[ended]
    tried = variables(columns, ended)
    is_alike = has_failed.sum() - crashes.whole.crashed < ENOUGH  # to the crashes, which were tested
    if is_alike or not tried or len(ended) - has_failed.sum() < _LEAST:
        return crashes.names
    p = adjusted(_smallest(tried, [has_failed]))
    return crashes.names | {tried[place].name for place in np.flatnonzero(p <= LEVEL)}


def find_crashes(columns: Columns, rows: Rows) -> Crashes:
    """Test whether crashes bunch among those of some rows that are in the picture and repeat no other."""
    rows = rows[columns.where(DRAWN)[rows] & columns.is_draw[rows]]
    crashed = columns.where([State.CRASHED])[rows]
    whole = Part.of(crashed)
    causes = [cause_of(columns.runs[row]) for row in rows[crashed]]
    counts = _counts(causes)
    tried = variables(columns, rows)
    if not tried or min(whole.crashed, whole.runs - whole.crashed) < _LEAST:
        return Crashes(whole, causes=counts)
    apart = [cause for cause, count in counts.items() if ENOUGH <= count < whole.crashed]
    labels = [crashed, *(_only(crashed, [each is cause for each in causes]) for cause in apart)]
    smallest = _smallest(tried, labels)
    smallest[:, len(tried) :] *= len(apart) / _CAUSES_WEIGHT
    p = adjusted(smallest).reshape(len(labels), len(tried))
    found = [
        _bunch(tried[place], labels[index], p[index, place], apart[index - 1] if index else None)
        for index, place in zip(*np.nonzero(p <= LEVEL), strict=True)
    ]
    once = {bunch.name: bunch for bunch in reversed(found)}  # those of all crashes come first, and stay
    return Crashes(
        whole=whole,
        bunched=_by_p(once.values()),
        by_cause=_by_p(bunch for bunch in found if bunch.cause),
        pairs=find_pairs([variable for variable in tried if variable.name in once], crashed),
        causes=counts,
        tested=tuple(apart),
        tried=len(tried),
        least_p=float(p.min()),
        detectable=_detectable(whole, critical(smallest, LEVEL)),
    )


def _only(crashed: Mask, chosen: Sequence[bool]) -> Mask:
    """Return which runs (N,) crashed and are chosen among those."""
    labels = crashed.copy()
    labels[crashed] = chosen
    return labels


def _by_p(bunches: Iterable[Bunch]) -> tuple[Bunch, ...]:
    return tuple(sorted(bunches, key=lambda bunch: (bunch.p, bunch.name)))


def _counts(causes: Sequence[Cause | None]) -> dict[Cause, int]:
    return dict(Counter(cause for cause in causes if cause is not None).most_common())


def _smallest(tried: Sequence[Variable], labels: Sequence[Mask]) -> Floats:
    """Return the smallest p of each label and hyperparameter in the data and in shuffles (1 + S, L * H)."""
    blocks = []
    for order in shuffles(len(labels[0])):
        scores = [Scores(label[order].astype(np.float64)) for label in labels]
        columns = [_smallest_p(variable, score) for score in scores for variable in tried]
        blocks.append(np.array(columns).T)
    return np.concatenate(blocks)


def _smallest_p(variable: Variable, scores: Scores) -> Floats:
    smallest: Floats = np.minimum.reduce([p for _, p in _tests(variable, scores)])
    return smallest


def _tests(variable: Variable, scores: Scores) -> Iterator[tuple[str, Floats]]:
    """Yield tests by name with their p for each row of scores (B, N)."""
    scores = scores.among(variable)
    if variable.ranks is None:
        yield "chi-squared", groups_p(scores, variable.groups)
        return
    yield "Mann–Whitney", trend_p(scores, variable.ranks)
    shape, cut = cuts_p(scores, variable.ranks)
    yield "Kolmogorov–Smirnov", shape
    yield "best cut", cut


def _bunch(variable: Variable, labels: Mask, p: float, cause: Cause | None) -> Bunch:
    there = labels[variable.there]
    region = crowded(variable, there)
    tests = _tests(variable, Scores(labels[None].astype(np.float64)))
    return Bunch(
        name=variable.name,
        p=float(p),
        n=len(there),
        test=min(tests, key=lambda pair: pair[1][0])[0],
        where=region.where,
        inside=Part.of(there[region.inside]),
        outside=Part.of(there[~region.inside]),
        cause=cause,
    )


def _detectable(whole: Part, single_p: float) -> float:
    """Return how far the share would have to climb along a hyperparameter, in a line, to be found.

    The rank correlation of such a line with the crashes is about climb / sqrt(12 share (1 - share)).
    """
    z = -special.ndtri(single_p / 2) + special.ndtri(POWER)
    return float(z * np.sqrt(12 * whole.share * (1 - whole.share) / whole.runs))
