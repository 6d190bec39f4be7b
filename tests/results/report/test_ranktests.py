"""The tests on many rows at once, beside those of scipy.stats on one."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy import stats

from hpq.results.report.ranktests import cuts_p, groups_p, trend_p
from hpq.results.report.scores import Scores
from hpq.results.report.variables import ranks

RUNS = 60


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(7)


def labels(rng: np.random.Generator, rows: int = 20) -> Any:
    return (rng.random((rows, RUNS)) < rng.uniform(0.2, 0.8, (rows, 1))).astype(float)


@pytest.mark.parametrize("values", ["different", "tied"])
def test_the_trend_of_labels_is_the_test_of_mann_and_whitney(rng: np.random.Generator, values: str) -> None:
    numbers = rng.random(RUNS) if values == "different" else rng.integers(0, 6, RUNS).astype(float)
    rows = labels(rng)
    for row, p in zip(rows, trend_p(Scores(rows), ranks(numbers)), strict=True):
        one, other = numbers[row == 1], numbers[row == 0]
        expected = stats.mannwhitneyu(one, other, method="asymptotic", use_continuity=False).pvalue
        assert p == pytest.approx(expected, rel=1e-9)


def test_the_trend_of_ranks_is_the_test_of_spearman(rng: np.random.Generator) -> None:
    numbers, losses = rng.integers(0, 20, RUNS).astype(float), rng.random(RUNS)
    rho = stats.spearmanr(numbers, losses).statistic
    p = trend_p(Scores(ranks(losses)[None]), ranks(numbers))[0]
    assert p == pytest.approx(2 * stats.norm.sf(abs(rho) * np.sqrt(RUNS - 1)), rel=1e-9)


def test_groups_of_ranks_are_the_test_of_kruskal_and_wallis(rng: np.random.Generator) -> None:
    groups, losses = rng.integers(0, 4, RUNS), np.round(rng.random(RUNS), 1)
    expected = stats.kruskal(*(losses[groups == group] for group in range(4))).pvalue
    assert groups_p(Scores(ranks(losses)[None]), groups)[0] == pytest.approx(expected, rel=1e-9)


def test_groups_of_labels_are_pearsons_chi_squared(rng: np.random.Generator) -> None:
    groups, rows = rng.integers(0, 3, RUNS), labels(rng)
    for row, p in zip(rows, groups_p(Scores(rows), groups), strict=True):
        table = [[int(((groups == group) & (row == label)).sum()) for group in range(3)] for label in (0, 1)]
        statistic = stats.chi2_contingency(table).statistic * (RUNS - 1) / RUNS
        assert p == pytest.approx(stats.chi2.sf(statistic, 2), rel=1e-9)


@pytest.mark.parametrize("values", ["different", "tied"])
def test_the_shape_of_labels_is_the_test_of_kolmogorov_and_smirnov(
    rng: np.random.Generator, values: str
) -> None:
    numbers = rng.random(RUNS) if values == "different" else rng.integers(0, 6, RUNS).astype(float)
    rows = labels(rng)
    for row, p in zip(rows, cuts_p(Scores(rows), ranks(numbers))[0], strict=True):
        one, other = numbers[row == 1], numbers[row == 0]
        distance = stats.ks_2samp(one, other).statistic
        size = len(one) * len(other) / RUNS
        assert p == pytest.approx(stats.kstwobign.sf(distance * np.sqrt(size)), rel=1e-4)


def test_the_best_cut_is_that_of_the_largest_chi_squared(rng: np.random.Generator) -> None:
    numbers, row = np.arange(RUNS, dtype=float), labels(rng, 1)[0]
    cuts = range(RUNS // 10, RUNS - RUNS // 10 + 1)
    z = max(
        np.sqrt(
            stats.chi2_contingency(
                [[row[:cut].sum(), cut - row[:cut].sum()], [row[cut:].sum(), RUNS - cut - row[cut:].sum()]],
                correction=False,
            ).statistic
        )
        for cut in cuts
    ) * np.sqrt((RUNS - 1) / RUNS)
    density = stats.norm.pdf(z)
    expected = density * ((z - 1 / z) * np.log(81) + 4 / z)
    assert cuts_p(Scores(row[None]), ranks(numbers))[1][0] == pytest.approx(expected, rel=1e-6)


def test_the_best_cut_of_chance_is_found_about_as_often_as_its_p_says(rng: np.random.Generator) -> None:
    rows = (rng.random((4000, 150)) < 0.4).astype(float)
    p = cuts_p(Scores(rows), np.arange(1.0, 151.0))[1]
    assert 0.02 < (p <= 0.05).mean() <= 0.06


TESTS = [trend_p, lambda *given: cuts_p(*given)[0], lambda *given: cuts_p(*given)[1]]


@pytest.mark.parametrize("test", TESTS)
def test_labels_that_are_all_alike_tell_nothing(test: Callable[..., Any]) -> None:
    assert test(Scores(np.ones((3, RUNS))), np.arange(1.0, RUNS + 1)).tolist() == [1.0] * 3
    assert test(Scores(np.zeros((3, RUNS))), np.arange(1.0, RUNS + 1)).tolist() == [1.0] * 3


@pytest.mark.parametrize("test", TESTS)
def test_values_that_are_all_equal_tell_nothing(rng: np.random.Generator, test: Callable[..., Any]) -> None:
    assert test(Scores(labels(rng)), np.full(RUNS, (RUNS + 1) / 2)).tolist() == [1.0] * 20


def test_ranks_are_those_of_scipy(rng: np.random.Generator) -> None:
    values = rng.integers(0, 9, RUNS).astype(float)
    assert ranks(values).tolist() == stats.rankdata(values).tolist()
