"""Grids: every combination once, conditional spaces too."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hpq.search import post
from hpq.search.grid import COUNT_LIMIT, Extent, grid, measure_grid


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
    assert measure_grid(sample, 3).count == len(expected)


@given(st.lists(st.integers(1, 4), min_size=1, max_size=4))
def test_a_grid_is_the_product_of_its_dimensions(sizes: list[int]) -> None:
    def sample(s) -> None:
        for index, size in enumerate(sizes):
            s.choice(f"x{index}", range(size))

    drawn = [tuple(draw.values.values()) for draw in grid(sample, 3)]
    assert drawn == list(itertools.product(*map(range, sizes)))


def test_what_is_decided_later_may_depend_on_what_was_decided() -> None:
    def sample(s) -> None:
        n = s.int("n", 1, 3)
        s.subset("layers", range(n), size=(0, n))

    drawn = [(draw.values["n"], draw.values["layers"]) for draw in grid(sample, 3)]
    assert [(n, len(layers)) for n, layers in drawn] == [(n, k) for n in (1, 2, 3) for k in range(n + 1)]
    assert all(max(layers, default=0) < n for n, layers in drawn)


def test_a_fixed_value_takes_its_dimension_away() -> None:
    assert measure_grid(sample, 3, {"kind": "a", "lr": 0.5}).count == 2


def test_nothing_to_decide_is_one_combination() -> None:
    assert [draw.values for draw in grid(lambda s: s.fix("x", 1), 3)] == [{"x": 1}]


@pytest.mark.parametrize(
    "sample",
    [
        post.sample,
        lambda s: s.int("x", 1, 10**15, step=1),
        lambda s: s.float("x", 0, 1, step=1e-12),
        lambda s: [s.int(f"x{index}", 1, 10**6, step=1) for index in range(3)],
        lambda s: (s.subset("x", range(500), size=(0, 500)), s.int("n", 1, 50, step=1)),
    ],
)
def test_counting_a_monstrous_grid_ends(sample) -> None:
    assert measure_grid(sample, 3).count == COUNT_LIMIT + 1


def tried(sample, points: int = 3) -> list:
    return [draw.values["x"] for draw in grid(sample, points)]


@pytest.mark.parametrize(
    ("sample", "values"),
    [
        (lambda s: s.bool("x"), [False, True]),
        (lambda s: s.choice("x", ["a", None]), ["a", None]),
        (lambda s: s.int("x", 1, 3), [1, 2, 3]),
        (lambda s: s.int("x", 0, 100), [0, 50, 100]),
        (lambda s: s.int("x", 5, 5), [5]),
        (lambda s: s.int("x", 1, 100, log=True), [1, 10, 100]),
        (lambda s: s.int("x", 1, 60, log=True), [1, 8, 60]),
        (lambda s: s.int("x", 2, 9, step=3), [2, 5, 8]),
        (lambda s: s.int("x", -(10**300), 10**300), [-(10**300), 0, 10**300]),
        (lambda s: s.float("x", 0, 1), [0.0, 0.5, 1.0]),
        (lambda s: s.float("x", 0.1, 0.5, step=0.1), [0.1, 0.2, 0.3, 0.4, 0.5]),
        (lambda s: s.float("x", 2, 2), [2.0]),
        (lambda s: s.float("x", 1e-5, 1e-1, log=True), [1e-5, 1e-3, 1e-1]),
        (lambda s: s.float("x", -1e300, 1e300), [-1e300, 0.0, 1e300]),
        (lambda s: s.float("x", 0.1234567890123456, 0.1234567890123456), [0.1234567890123456]),
        (lambda s: s.subset("x", [1, 2, 3, 4], size=(0, 2)), [[], [3], [2, 4]]),
        (lambda s: s.subset("x", [1, 2, 3], size=3), [[1, 2, 3]]),
    ],
)
def test_values_that_a_grid_tries(sample, values: list) -> None:
    assert tried(sample) == values
    assert list(map(type, tried(sample))) == list(map(type, values))


POSITIVE = st.floats(1e-300, 1e300)


@given(low=POSITIVE, high=POSITIVE, points=st.integers(2, 9), log=st.booleans())
def test_points_rise_from_one_bound_to_the_other(low: float, high: float, points: int, log: bool) -> None:
    low, high = sorted((low, high))
    values = tried(lambda s: s.float("x", low, high, log=log), points)
    assert values[0] == low
    assert values[-1] == high
    assert len(values) <= points
    assert all(one < other for one, other in itertools.pairwise(values))


def test_one_point_is_the_middle() -> None:
    assert tried(lambda s: s.float("x", 0, 1), 1) == [0.5]
    assert tried(lambda s: s.float("x", 0.01, 100, log=True), 1) == [1.0]
    assert tried(lambda s: s.int("x", 0, 10), 1) == [5]


@given(count=st.integers(1, 12), size=st.integers(1, 12))
def test_the_subset_that_stands_for_a_size_has_that_size(count: int, size: int) -> None:
    size = min(size, count)
    (subset,) = tried(lambda s: s.subset("x", range(count), size=size))
    assert subset == sorted(set(subset))
    assert len(subset) == size


def test_it_tells_what_the_runs_are_spent_on() -> None:
    def sample(s) -> None:
        s.float("lr", 1e-5, 1e-1, log=True)
        if s.choice("kind", ["conv", "attention"]) == "attention":
            s.int("heads", 1, 8, log=True)
        s.int("few", 1, 2)
        s.int("stepped", 0, 6, step=2)
        s.choice("one", ["x"])
        s.fix("steps", 10)

    tried = {"lr": 3, "kind": 2, "few": 2, "stepped": 4, "heads": 3}
    extent = measure_grid(sample, 3)
    assert extent == Extent(3 * 2 * 4 * (1 + 3), tried, ["lr", "heads"])
    assert measure_grid(sample, 3, {"kind": "conv", "lr": 0.1}) == Extent(8, {"few": 2, "stepped": 4}, [])
