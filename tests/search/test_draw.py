"""Draws: bounds, reproducibility, names, and errors that say what to do."""

import math
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from hpq.search.domains import SpaceError
from hpq.search.draw import Draw
from hpq.search.samplers import draw_run
from hpq.search.streams import run_seed

NUMBERS = range(1, 2001)


def values(sample, count: int = 2000, seed: int = 7) -> list:
    return [draw_run(sample, seed, number).values["x"] for number in range(1, count + 1)]


@given(low=st.integers(-50, 50), span=st.integers(0, 60), seed=st.integers(0, 2**40))
def test_whole_numbers_lie_within_their_bounds(low: int, span: int, seed: int) -> None:
    drawn = values(lambda s: s.int("x", low, low + span), 30, seed)
    assert all(type(value) is int and low <= value <= low + span for value in drawn)


@given(low=st.floats(-1e300, 1e300), high=st.floats(-1e300, 1e300), seed=st.integers(0, 2**40))
def test_numbers_lie_within_their_bounds(low: float, high: float, seed: int) -> None:
    low, high = sorted((low, high))
    assert all(low <= value <= high for value in values(lambda s: s.float("x", low, high), 20, seed))


def test_both_bounds_of_whole_numbers_are_drawn_as_often_as_the_rest() -> None:
    counts = Counter(values(lambda s: s.int("x", 3, 8)))
    assert sorted(counts) == [3, 4, 5, 6, 7, 8]
    assert stats.chisquare(list(counts.values())).pvalue > 0.01


@pytest.mark.parametrize("log", [False, True])
def test_numbers_are_uniform_or_log_uniform(log: bool) -> None:
    drawn = values(lambda s: s.float("x", 1e-5, 1e-1, log=log))
    if log:
        drawn = [math.log(value) for value in drawn]
        low, high = math.log(1e-5), math.log(1e-1)
    else:
        low, high = 1e-5, 1e-1
    assert stats.kstest([(value - low) / (high - low) for value in drawn], "uniform").pvalue > 0.01


def test_whole_numbers_on_a_log_scale_reach_both_bounds() -> None:
    counts = Counter(values(lambda s: s.int("x", 1, 8, log=True)))
    assert sorted(counts) == list(range(1, 9))
    assert counts[1] > 2 * counts[3]


def test_steps_include_the_last_and_are_round() -> None:
    assert sorted(set(values(lambda s: s.float("x", 0, 1, step=0.1)))) == [i / 10 for i in range(11)]
    assert sorted(set(values(lambda s: s.int("x", 4, 17, step=4)))) == [4, 8, 12, 16]


def test_subsets_have_uniform_sizes_and_keep_their_order() -> None:
    drawn = values(lambda s: s.subset("x", list("abcdefg"), size=(1, 4)))
    assert all(subset == sorted(set(subset)) for subset in drawn)
    sizes = Counter(map(len, drawn))
    assert stats.chisquare(list(sizes.values())).pvalue > 0.01
    items = Counter(item for subset in drawn for item in subset)
    assert stats.chisquare(list(items.values())).pvalue > 0.01


def test_a_value_is_a_function_of_seed_number_and_name_alone() -> None:
    def small(s: Draw) -> None:
        s.float("lr", 0, 1)

    def large(s: Draw) -> None:
        s.choice("new", [1, 2])
        s.int("other.new", 1, 5)
        s.float("lr", 0, 1)

    for number in range(1, 20):
        assert draw_run(small, 7, number).values["lr"] == draw_run(large, 7, number).values["lr"]
    assert draw_run(small, 8, 1).values != draw_run(small, 7, 1).values


def test_draws_are_the_same_on_every_machine_and_for_ever() -> None:
    def sample(s: Draw) -> None:
        s.float("lr", 1e-5, 1e-1, log=True)
        s.int("n", 1, 100)
        s.subset("layers", range(9), size=(1, 3))

    drawn = draw_run(sample, 7, 1).values
    assert drawn == {"lr": pytest.approx(LR, rel=1e-12), "n": N, "layers": LAYERS}


LR, N, LAYERS = 0.0031999710870816984, 6, [0, 3, 7]


def test_training_seeds_differ_by_run() -> None:
    seeds = {run_seed(0, number) for number in NUMBERS}
    assert len(seeds) == len(NUMBERS)
    assert all(0 <= seed < 2**31 for seed in seeds)


def test_a_fixed_value_leaves_the_others_as_they_were() -> None:
    def sample(s: Draw) -> None:
        s.float("a", 0, 1)
        s.float("b", 0, 1)

    free, fixed = draw_run(sample, 7, 3).values, draw_run(sample, 7, 3, {"a": 5}).values
    assert fixed == {"a": 5, "b": free["b"]}


WRONG = [
    (lambda s: s.int("x", 5, 4), ["'x'", "5", "4", "swap"]),
    (lambda s: s.float("x", 0, 1, log=True), ["log", "above 0"]),
    (lambda s: s.float("x", 0, float("nan")), ["finite", "nan"]),
    (lambda s: s.float("x", "0", 1), ["number", "'0'"]),
    (lambda s: s.int("x", True, 4), ["number", "True"]),
    (lambda s: s.int("x", 1, 4.5), ["whole", "4.5", "float"]),
    (lambda s: s.float("x", 0, 1, step=0), ["step", "0"]),
    (lambda s: s.float("x", 1, 2, step=0.1, log=True), ["log", "step"]),
    (lambda s: s.choice("x", []), ["at least one"]),
    (lambda s: s.choice("x", "ab"), ["list", "'ab'"]),
    (lambda s: s.choice("x", 3), ["list", "3"]),
    (lambda s: s.choice("x", [{1, 2}]), ["JSON", "{1, 2}"]),
    (lambda s: s.choice("x", [float("inf")]), ["JSON", "inf"]),
    (lambda s: s.fix("x", object), ["JSON"]),
    (lambda s: s.subset("x", [1, 2], size=3), ["up to 3", "2 items"]),
    (lambda s: s.subset("x", [1, 2], size=(2, 1)), ["(2, 1)"]),
    (lambda s: s.subset("x", [1, 2], size=1.5), ["1.5"]),
    (lambda s: (s.int("x", 1, 2), s.int("x", 1, 2)), ["'x'", "twice"]),
    (lambda s: (s.int("x", 1, 2), s.int("x.y", 1, 2)), ["'x'", "'x.y'", "group"]),
    (lambda s: (s.int("x.y", 1, 2), s.int("x", 1, 2)), ["'x'", "group"]),
    (lambda s: s.int("x y", 1, 2), ["'x y'"]),
    (lambda s: s.int("", 1, 2), ["''"]),
    (lambda s: s.int(3, 1, 2), ["3"]),
    (lambda s: s.uniform("x", 1, 2), ["s.uniform", "s.float"]),
    (lambda s: s.categorical("x", [1]), ["s.categorical", "s.choice"]),
    (lambda s: s.flaot("x", 1, 2), ["s.flaot", "s.float"]),
]


@pytest.mark.parametrize(("sample", "told"), WRONG)
def test_what_makes_no_sense_is_told_with_its_value(sample, told: list[str]) -> None:
    with pytest.raises(SpaceError) as refused:
        draw_run(sample, 7, 1)
    for word in told:
        assert word in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("sample", "value", "told"),
    [
        (lambda s: s.int("x", 1, 9), "three", "whole number"),
        (lambda s: s.int("x", 1, 9), 2.5, "whole number"),
        (lambda s: s.float("x", 1, 9), True, "number"),
        (lambda s: s.bool("x"), 1, "true or false"),
        (lambda s: s.choice("x", ["a", "b"]), "c", "'a', 'b'"),
        (lambda s: s.choice("x", [0, 1]), True, "0, 1"),
        (lambda s: s.subset("x", [0, 1], size=1), 0, "list"),
        (lambda s: s.fix("x", 10), "ten", "10 by default"),
    ],
)
def test_a_fixed_value_of_another_kind_is_refused(sample, value, told: str) -> None:
    with pytest.raises(SpaceError, match=told):
        draw_run(sample, 7, 1, {"x": value})


@pytest.mark.parametrize(
    ("sample", "value"),
    [
        (lambda s: s.int("x", 1, 9), 50),
        (lambda s: s.float("x", 1, 9), 0),
        (lambda s: s.fix("x", 1.5), 2),
        (lambda s: s.fix("x", None), "any"),
        (lambda s: s.subset("x", [0, 1], size=1), [5, 6]),
    ],
)
def test_a_fixed_value_may_lie_outside_what_is_drawn(sample, value) -> None:
    assert draw_run(sample, 7, 1, {"x": value}).values == {"x": value}
