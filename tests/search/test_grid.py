"""Grids: every combination once, conditional spaces too."""

import itertools

import pytest

from hpq.search import post
from hpq.search.domains import Domain, Kind
from hpq.search.grid import COUNT_LIMIT, count_grid, grid, grid_values


def sample(s) -> None:
    if s.choice("kind", ["a", "b"]) == "a":
        s.bool("flag")
    else:
        s.int("n", 1, 3)
        s.fix("z", 0)
    s.float("lr", 1e-4, 1e-2, log=True)


def test_a_conditional_grid_has_every_combination_once() -> None:
    rates = [1e-4, 1e-3, 1e-2]
    expected = [{"kind": "a", "flag": flag, "lr": lr} for flag, lr in itertools.product([False, True], rates)]
    expected += [{"kind": "b", "n": n, "z": 0, "lr": lr} for n, lr in itertools.product([1, 2, 3], rates)]
    assert [draw.values for draw in grid(sample, 3)] == expected
    assert count_grid(sample, 3) == len(expected)


def test_a_fixed_value_takes_its_dimension_away() -> None:
    assert count_grid(sample, 3, {"kind": "a", "lr": 0.5}) == 2


def test_counting_a_monstrous_grid_ends() -> None:
    assert count_grid(post.sample, 3) == COUNT_LIMIT + 1


@pytest.mark.parametrize(
    ("domain", "values"),
    [
        (Domain(Kind.BOOL, items=(False, True)), [False, True]),
        (Domain(Kind.INT, 1, 3), [1, 2, 3]),
        (Domain(Kind.INT, 0, 100), [0, 50, 100]),
        (Domain(Kind.INT, 1, 100, log=True), [1, 10, 100]),
        (Domain(Kind.INT, 2, 9, step=3), [2, 5, 8]),
        (Domain(Kind.FLOAT, 0, 1), [0.0, 0.5, 1.0]),
        (Domain(Kind.FLOAT, 0.1, 0.5, step=0.1), [0.1, 0.2, 0.3, 0.4, 0.5]),
        (Domain(Kind.FLOAT, 2.0, 2.0), [2.0]),
        (Domain(Kind.SUBSET, 0, 2, items=(1, 2, 3, 4)), [[], [3], [2, 4]]),
    ],
)
def test_values_of_a_grid(domain: Domain, values: list) -> None:
    assert grid_values(domain, 3) == values


def test_one_point_is_the_middle() -> None:
    assert grid_values(Domain(Kind.FLOAT, 0, 1), 1) == [0.5]
