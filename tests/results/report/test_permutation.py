"""p-values adjusted for many hypotheses, beside a loop that follows the book step by step."""

import numpy as np
import pytest
from scipy import stats

from hpq.results.report.permutation import adjusted, critical, shuffles


def step_by_step(p: list[float], shuffled: list[list[float]]) -> list[float]:
    """Return adjusted p-values as Westfall and Young's algorithm 2.8 has them, the data counted too."""
    left, largest, result = sorted(range(len(p)), key=p.__getitem__), 0.0, [0.0] * len(p)
    while left:
        reached = sum(min(row[other] for other in left) <= p[left[0]] for row in [p, *shuffled])
        largest = max(largest, reached / (1 + len(shuffled)))
        result[left.pop(0)] = largest
    return result


@pytest.mark.parametrize("digits", [1, 12])
def test_each_p_is_that_of_the_smallest_of_those_not_smaller(digits: int) -> None:
    rng = np.random.default_rng(3)
    for _ in range(20):
        smallest = np.round(rng.random((40, 6)) ** 3, digits)
        expected = step_by_step(smallest[0].tolist(), smallest[1:].tolist())
        assert adjusted(smallest).tolist() == pytest.approx(expected)


def test_a_p_behind_a_smaller_one_is_never_smaller() -> None:
    smallest = np.array([[0.01, 0.02], *[[0.005, 0.5]] * 9])
    assert adjusted(smallest).tolist() == [1.0, 1.0]


def test_the_first_is_not_compared_with_itself_alone_and_the_last_only_with_itself() -> None:
    smallest = np.array([[0.01, 0.5], *[[0.6, 0.4]] * 4, *[[0.9, 0.9]] * 5])
    assert adjusted(smallest).tolist() == [0.1, 0.5]


def test_p_values_that_differ_by_rounding_alone_are_equal() -> None:
    assert adjusted(np.array([[0.1 + 0.2], [0.3], [0.30000000000000016], [0.4]])).tolist() == [0.75]


def test_the_critical_p_is_a_quantile_of_the_shuffles_and_not_of_the_data() -> None:
    smallest = np.array([[1e-9, 1e-9], *([each / 100, 1.0] for each in range(1, 102))])
    assert critical(smallest, 0.02) == pytest.approx(0.03)


@pytest.mark.parametrize(("count", "number"), [(1, 999), (7, 999), (3000, 999), (9000, 555), (10_000, 500)])
def test_shuffles_begin_with_the_order_as_it_is_and_are_the_same_each_time(count: int, number: int) -> None:
    first, *others = shuffles(count)
    assert first.tolist() == [list(range(count))]
    orders = np.concatenate(others)
    assert orders.shape == (number, count)
    assert (np.sort(orders, axis=1) == np.arange(count)).all()
    assert all((here == there).all() for here, there in zip(shuffles(count), [first, *others], strict=True))


def test_every_order_comes_about_equally_often() -> None:
    orders = np.concatenate([*shuffles(3)][1:])
    counts = np.unique(orders, axis=0, return_counts=True)[1]
    assert len(counts) == 6
    assert stats.chisquare(counts).pvalue > 0.01
