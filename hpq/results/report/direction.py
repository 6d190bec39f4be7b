"""Whether there is a direction: do losses of finished runs depend on a hyperparameter?"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np
from scipy import special

from hpq.results.columns import Columns, Floats, Rows
from hpq.results.report.crashes import POWER
from hpq.results.report.finished import finished
from hpq.results.report.permutation import adjusted, critical, shuffles
from hpq.results.report.ranktests import groups_p, trend_p
from hpq.results.report.regions import lowest
from hpq.results.report.scores import Scores
from hpq.results.report.variables import LEAST, Variable, ranks, variables

LEVEL = 0.03  # of a finding among losses that come by chance: with that for crashes, 0.05 of a report
_PARTIAL_LEVEL = 0.02  # where others are adjusted for: their model need not hold
_BEST_PART = 0.25
_BEST_WEIGHT = 0.5  # of the test of the best quarter, beside 1 of the two others
_ALONE_LEVEL = 0.05  # of a finding when it is adjusted for the others
_FEW_TERMS = 0.01  # of the runs, up to which shuffles are not freed again of what so many terms explain
_ROUNDING = 1e-9  # of the largest singular value, up to which another one is 0
_DIGITS = 6  # of a residual of ranks: what lies behind them is rounding, and has ranks too


@dataclass(frozen=True, slots=True)
class Direction:
    """A hyperparameter on which the loss depends."""

    name: str
    p: float  # adjusted for all hyperparameters
    n: int  # finished runs that have it
    test: str
    where: str  # losses are lowest
    inside: float  # the median loss there
    outside: float  # the median loss elsewhere

    @property
    def effect(self) -> float:
        """By how much the median loss is other there."""
        return self.inside - self.outside


@dataclass(frozen=True, slots=True)
class Directions:
    """On which hyperparameters the losses of finished runs depend."""

    n: int
    level: float = LEVEL
    found: tuple[Direction, ...] = ()  # by p
    adjusted_for: tuple[str, ...] = ()  # hyperparameters along which runs bunch that did not finish
    tried: int = 0  # hyperparameters
    least_p: float | None = None  # adjusted, of all of them
    detectable: float | None = None  # squared correlation, found with POWER; None: losses are all equal


@dataclass(frozen=True, slots=True, eq=False)
class _Question:
    """A hyperparameter, and what is to depend on it."""

    variable: Variable
    ranks: Floats | None  # of its values, without what others explain (M,)
    response: Floats  # ranks of losses, without what others explain (N,)
    is_best: Floats  # 1 for the runs of the lowest responses, else 0 (N,)
    explained: Floats | None  # what others explain, as a basis (N, K); None where that is next to nothing

    def scores(self, order: Rows) -> tuple[Scores, Scores]:
        """Return responses and best quarters in each order (B, N), once more without what others explain.

        What K terms leave of N runs has N - K degrees of freedom, and a shuffle of it has N: beside that,
        chance would pass too often.
        """
        both = self.response[order], self.is_best[order]
        if self.explained is not None:
            both = _residual(both[0], self.explained), _residual(both[1], self.explained)
        return Scores(both[0]), Scores(both[1])


def find_directions(columns: Columns, rows: Rows, crowded: Collection[str]) -> Directions:
    """Test on which hyperparameters the losses of the finished among some rows depend.

    Where runs that did not finish bunch along several hyperparameters, the survivors mislead: where one is
    large, only runs with a small other one are left, and the other seems to do what the one does. So each
    hyperparameter is tested on what such `crowded` ones besides itself leave unexplained.
    """
    rows, losses = finished(columns, rows)
    tried = variables(columns, rows)
    if len(rows) < LEAST or not tried:
        return Directions(len(rows))
    others = [variable for variable in tried if variable.name in crowded]
    loss_ranks = ranks(losses)
    questions = [_question(variable, others, loss_ranks) for variable in tried]
    smallest = _smallest(questions)
    p = adjusted(smallest)
    level = _PARTIAL_LEVEL if others else LEVEL
    found = [index for index in np.argsort(p, kind="stable") if p[index] <= level]
    if others:
        found = _confirmed(found, tried, others, loss_ranks)
    return Directions(
        n=len(rows),
        level=level,
        found=tuple(_direction(questions[index], p[index], losses) for index in found),
        adjusted_for=tuple(variable.name for variable in others),
        tried=len(tried),
        least_p=float(p.min()),
        detectable=_detectable(len(rows), critical(smallest, level)) if np.ptp(losses) else None,
    )


def _question(variable: Variable, others: Sequence[Variable], loss_ranks: Floats) -> _Question:
    """Return what to test for a hyperparameter: ranks, or where there are others their residuals."""
    others = [other for other in others if other is not variable]
    response, own, explained = loss_ranks, variable.ranks, None
    if others:
        terms = np.column_stack([_terms(other, len(loss_ranks)) for other in others])
        explained = _basis(terms)
        response = ranks(_residual(loss_ranks, explained).round(_DIGITS))
        if own is not None:
            own = _residual(own, _basis(terms[variable.there])).round(_DIGITS)
        if explained.shape[1] <= _FEW_TERMS * len(explained):
            explained = None
    is_best = response <= np.quantile(response, _BEST_PART)
    return _Question(variable, own, response, is_best.astype(np.float64), explained)


def _terms(variable: Variable, count: int) -> Floats:
    """Return what may explain other things by a hyperparameter: its groups, or rank and its square (N, K)."""
    if variable.ranks is None:
        values = variable.groups[:, None] == np.arange(variable.groups.max() + 1)
    else:
        part = (variable.ranks - 0.5) / len(variable.ranks) - 0.5
        values = np.column_stack([np.ones(len(part)), part, part**2])
    terms = np.zeros((count, values.shape[1]))
    terms[variable.there] = values
    return terms


def _basis(terms: Floats) -> Floats:
    """Return an orthonormal basis of what a constant and terms (N, K) span, of which some may be the same."""
    vectors, sizes, _ = np.linalg.svd(np.column_stack([np.ones(len(terms)), terms]), full_matrices=False)
    basis: Floats = vectors[:, sizes > _ROUNDING * sizes[0]]
    return basis


def _residual(values: Floats, explained: Floats) -> Floats:
    """Return what a linear model leaves of values (N,) or (B, N), given a basis of its terms (N, K)."""
    return values - (values @ explained) @ explained.T


def _smallest(questions: Sequence[_Question]) -> Floats:
    """Return the smallest p of each question in the data and in shuffles (1 + S, H)."""
    blocks = []
    for order in shuffles(len(questions[0].response)):
        shuffled = (_shuffled(same, order) for _, same in groupby(questions, lambda each: id(each.response)))
        blocks.append(np.array([p for same in shuffled for p in same]).T)
    return np.concatenate(blocks)


def _shuffled(questions: Iterable[_Question], order: Rows) -> Iterator[Floats]:
    """Yield the smallest p of each shuffle of the losses (B, N), for questions with the same response."""
    first, *others = questions
    response, is_best = first.scores(order)
    for question in (first, *others):
        yield np.minimum.reduce([p for _, p in _tests(question, response, is_best)])


def _tests(question: _Question, response: Scores, is_best: Scores) -> Iterator[tuple[str, Floats]]:
    """Yield tests by name with their p for each row of losses and best quarters, weighted."""
    variable, is_partial = question.variable, question.ranks is not question.variable.ranks
    response, is_best = response.among(variable), is_best.among(variable)
    yield "Kruskal–Wallis", groups_p(response, variable.groups)
    if question.ranks is None:
        yield "best quarter", groups_p(is_best, variable.groups) / _BEST_WEIGHT
        return
    yield "partial Spearman" if is_partial else "Spearman", trend_p(response, question.ranks)
    yield "best quarter", trend_p(is_best, question.ranks) / _BEST_WEIGHT


def _confirmed(
    found: Sequence[int], tried: Sequence[Variable], others: Sequence[Variable], loss_ranks: Floats
) -> list[int]:
    """Return those of some findings that stay when each is adjusted for the others too."""
    kept = []
    for index in found:
        beside = [tried[other] for other in found if other != index]
        smallest = _smallest([_question(tried[index], [*others, *beside], loss_ranks)])
        if adjusted(smallest)[0] <= _ALONE_LEVEL:
            kept.append(index)
    return kept


def _direction(question: _Question, p: float, losses: Floats) -> Direction:
    variable = question.variable
    there = losses[variable.there]
    region = lowest(variable, there)
    as_it_is = np.arange(len(losses))[None]
    tests = _tests(question, *question.scores(as_it_is))
    return Direction(
        name=variable.name,
        p=float(p),
        n=len(there),
        test=min(tests, key=lambda pair: pair[1][0])[0],
        where=region.where,
        inside=float(np.median(there[region.inside])),
        outside=float(np.median(there[~region.inside])),
    )


def _detectable(count: int, single_p: float) -> float:
    """Return how large a squared rank correlation must be to be found: Fisher's z is about normal."""
    z = (-special.ndtri(single_p / 2) + special.ndtri(POWER)) * np.sqrt(1.06 / max(1, count - 3))
    return float(np.tanh(z) ** 2)
