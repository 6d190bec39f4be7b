"""Pairs that tell crashes better than either: their area under the curve, and which are told."""

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from hpq.results.columns import Floats
from hpq.results.report.pairs import Pair, find_pairs
from hpq.results.report.variables import Variable, ranks

RUNS = 120


def number(name: str, values: Floats) -> Variable:
    there = np.flatnonzero(~np.isnan(values))
    places = values[there]
    return Variable(name, there, places, ranks(places), np.zeros(len(there), np.intp))


def pairs(values: list[Floats], crashed: NDArray[np.bool_]) -> tuple[Pair, ...]:
    return find_pairs([number(name, each) for name, each in zip("abcdefgh", values, strict=False)], crashed)


def area(values: Floats, crashed: NDArray[np.bool_]) -> float:
    """Return how often a run that crashed has the larger value, by scipy's test."""
    count = int(crashed.sum())
    statistic = stats.mannwhitneyu(values[crashed], values[~crashed]).statistic
    return float(statistic / count / (len(crashed) - count))


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(5)


def test_a_pair_has_the_areas_and_thirds_of_its_ranks(rng: np.random.Generator) -> None:
    one, other = rng.random((2, RUNS))
    crashed = one * other + 0.1 * rng.random(RUNS) > 0.35
    (pair,) = pairs([one, other], crashed)
    together = stats.rankdata(one) + stats.rankdata(other)
    assert (pair.name, pair.n) == ("a × b", RUNS)
    assert pair.area == pytest.approx(area(together, crashed))
    assert pair.alone == pytest.approx(max(area(one, crashed), area(other, crashed)))
    assert pair.highest.runs == pytest.approx(RUNS / 3, abs=2)
    assert pair.lowest.runs == pytest.approx(RUNS / 3, abs=2)
    is_high = together > np.quantile(together, 2 / 3)
    assert pair.highest.crashed == crashed[is_high].sum()


def test_crashes_of_small_products_lie_where_the_product_is_lowest(rng: np.random.Generator) -> None:
    one, other = rng.random((2, RUNS))
    (pair,) = pairs([one, other], one * other < 0.15)
    assert pair.name == "a × b"
    assert pair.lowest.share > 0.9 > 0.1 > pair.highest.share
    assert pair.effect < -0.8
    assert pair.area > 0.95 > pair.alone


def test_what_falls_with_one_of_them_is_a_quotient(rng: np.random.Generator) -> None:
    one, other = rng.random((2, RUNS))
    assert [pair.name for pair in pairs([one, other], one / other > 1.2)] == ["a / b"]
    assert [pair.name for pair in pairs([one, other], other / one > 1.2)] == ["b / a"]


def test_a_companion_that_adds_nothing_makes_no_pair(rng: np.random.Generator) -> None:
    one = rng.random(RUNS)
    assert pairs([one, one + 0.2 * rng.random(RUNS)], one > 0.6) == ()


def test_areas_that_chance_makes_are_no_pairs(rng: np.random.Generator) -> None:
    for _ in range(10):
        assert pairs([*rng.random((4, RUNS))], rng.random(RUNS) < 0.4) == ()


def test_a_pair_is_compared_among_the_runs_that_have_both(rng: np.random.Generator) -> None:
    one, other = rng.random((2, RUNS))
    crashed = one * other > 0.25
    one[:30], other[-20:] = np.nan, np.nan
    (pair,) = pairs([one, other], crashed)
    there = slice(30, -20)
    together = stats.rankdata(one[there]) + stats.rankdata(other[there])
    assert pair.n == RUNS - 50
    assert pair.area == pytest.approx(area(together, crashed[there]))
