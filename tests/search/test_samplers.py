"""Random draws: within bounds, uniform, and a function of seed, number and name alone."""

import math
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from hpq.search.domains import Domain, Kind
from hpq.search.draw import Draw
from hpq.search.names import Names
from hpq.search.samplers import draw_again, draw_run, random_chooser


def values(sample, count: int = 2000, seed: int = 7) -> list:
    return [draw_run(sample, seed, number).values["x"] for number in range(1, count + 1)]


def p_value(drawn: list) -> float:
    """Return how likely counts as uneven as these are, were all values equally likely."""
    return float(stats.chisquare(list(Counter(drawn).values())).pvalue)


SEEDS = st.integers(-(2**70), 2**70)
WIDE = st.integers(-(10**300), 10**300)


@given(low=WIDE, high=WIDE, log=st.booleans(), seed=SEEDS)
def test_whole_numbers_lie_within_their_bounds(low: int, high: int, log: bool, seed: int) -> None:
    low, high = sorted((abs(low) + 1, abs(high) + 1) if log else (low, high))
    drawn = values(lambda s: s.int("x", low, high, log=log), 20, seed)
    assert all(type(value) is int and low <= value <= high for value in drawn)


@pytest.mark.parametrize("span", [0, 1, 2**53 + 2, 2**64 - 1, 10**299])
@pytest.mark.parametrize("log", [False, True])
def test_the_largest_random_number_gives_no_value_above_the_bound(monkeypatch, span: int, log: bool) -> None:
    monkeypatch.setattr("hpq.search.samplers.uniform", lambda *_: 1 - 2.0**-53)
    drawn = random_chooser(0, 1)("x", Domain(Kind.INT, 3, 3 + span, log))
    assert 3 + 0.99 * span <= drawn <= 3 + span


@given(low=st.floats(-1e300, 1e300), high=st.floats(-1e300, 1e300), seed=SEEDS)
def test_numbers_lie_within_their_bounds(low: float, high: float, seed: int) -> None:
    low, high = sorted((low, high))
    drawn = values(lambda s: s.float("x", low, high), 20, seed)
    assert all(type(value) is float and low <= value <= high for value in drawn)


@given(low=st.floats(5e-324, 1e300), high=st.floats(5e-324, 1e300), seed=SEEDS)
def test_numbers_on_a_log_scale_lie_within_their_bounds(low: float, high: float, seed: int) -> None:
    low, high = sorted((low, high))
    assert all(
        low <= value <= high for value in values(lambda s: s.float("x", low, high, log=True), 20, seed)
    )


def test_whole_numbers_are_equally_likely_both_bounds_too() -> None:
    drawn = values(lambda s: s.int("x", 3, 8))
    assert sorted(set(drawn)) == [3, 4, 5, 6, 7, 8]
    assert p_value(drawn) > 0.01


@pytest.mark.parametrize("log", [False, True])
def test_numbers_are_uniform_or_log_uniform(log: bool) -> None:
    drawn = values(lambda s: s.float("x", 1e-5, 1e-1, log=log))
    scale = math.log if log else float
    low, high = scale(1e-5), scale(1e-1)
    assert stats.kstest([(scale(value) - low) / (high - low) for value in drawn], "uniform").pvalue > 0.01


def test_whole_numbers_on_a_log_scale_reach_both_bounds() -> None:
    counts = Counter(values(lambda s: s.int("x", 1, 8, log=True)))
    assert sorted(counts) == list(range(1, 9))
    expected = [2000 * math.log((n + 1) / n) / math.log(9) for n in range(1, 9)]
    assert stats.chisquare([counts[n] for n in range(1, 9)], expected).pvalue > 0.01


@pytest.mark.parametrize(
    ("sample", "all_of_them"),
    [
        (lambda s: s.float("x", 0, 1, step=0.1), [i / 10 for i in range(11)]),
        (lambda s: s.float("x", 0.1, 0.75, step=0.2), [0.1, 0.3, 0.5, 0.7]),
        (lambda s: s.int("x", 4, 17, step=4), [4, 8, 12, 16]),
        (lambda s: s.int("x", 1, 3, step=5), [1]),
        (lambda s: s.bool("x"), [False, True]),
        (lambda s: s.choice("x", ["a", None, 1.5, [2]]), ["a", None, 1.5, [2]]),
    ],
)
def test_each_of_a_few_values_is_equally_likely(sample, all_of_them: list) -> None:
    drawn = [repr(value) for value in values(sample)]
    assert set(drawn) == set(map(repr, all_of_them))
    assert len(all_of_them) == 1 or p_value(drawn) > 0.01


def test_subsets_have_uniform_sizes_and_keep_their_order() -> None:
    drawn = values(lambda s: s.subset("x", list("gfedcba"), size=(1, 4)))
    assert all(subset == sorted(set(subset), reverse=True) for subset in drawn)
    assert p_value([len(subset) for subset in drawn]) > 0.01
    assert p_value([item for subset in drawn for item in subset]) > 0.01
    assert p_value(["".join(subset) for subset in drawn if len(subset) == 2]) > 0.01


def test_sizes_of_subsets_include_none_and_all() -> None:
    sizes = {len(subset) for subset in values(lambda s: s.subset("x", range(3), size=(0, 3)), 200)}
    assert sizes == {0, 1, 2, 3}


def test_two_names_are_drawn_independently() -> None:
    def sample(s: Draw) -> None:
        s.float("a", 0, 1)
        s.float("b", 0, 1)

    drawn = [draw_run(sample, 7, number).values for number in range(1, 1001)]
    assert stats.spearmanr([draw["a"] for draw in drawn], [draw["b"] for draw in drawn]).pvalue > 0.01


@given(seed=SEEDS, number=st.integers(1, 10**9))
def test_a_value_is_a_function_of_seed_number_and_name_alone(seed: int, number: int) -> None:
    def small(s: Draw) -> None:
        s.float("lr", 0, 1)
        s.subset("layers", range(9), size=(1, 3))

    def large(s: Draw) -> None:
        s.choice("new", [1, 2])
        s.subset("layers", range(9), size=(1, 3))
        s.int("other.new", 1, 5)
        s.float("lr", 0, 1)

    one, other = draw_run(small, seed, number).values, draw_run(large, seed, number).values
    assert one == {name: other[name] for name in one}
    assert draw_run(small, seed + 1, number).values != one != draw_run(small, seed, number + 1).values


def test_a_fixed_value_leaves_the_others_as_they_were() -> None:
    def sample(s: Draw) -> None:
        s.float("a", 0, 1)
        s.float("b", 0, 1)

    free, fixed = draw_run(sample, 7, 3).values, draw_run(sample, 7, 3, {"a": 5}).values
    assert fixed == {"a": 5, "b": free["b"]}


def test_draws_are_the_same_on_every_machine_and_for_ever() -> None:
    def sample(s: Draw) -> None:
        s.float("lr", 1e-5, 1e-1, log=True)
        s.int("n", 1, 100)
        s.subset("layers", range(9), size=(1, 3))

    rate = pytest.approx(0.0031999710870816984, rel=1e-12)  # machines may differ in the last bit of exp
    assert draw_run(sample, 7, 1).values == {"lr": rate, "n": 6, "layers": [0, 3, 7]}


def test_a_second_draw_is_drawn_anew_where_its_domain_differs() -> None:
    before = draw_run(lambda s: (s.int("a", 1, 100), s.int("b", 1, 100)), 7, 1)
    again = draw_again(lambda s: (s.int("a", 1, 100), s.int("b", 1, 7)), 7, 1, {}, Names(), before)
    assert again.values["a"] == before.values["a"]
    assert again.values["b"] == draw_run(lambda s: s.int("b", 1, 7), 7, 1).values["b"]
