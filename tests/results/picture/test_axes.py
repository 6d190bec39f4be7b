"""Where values stand."""

import itertools
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from hpq.results.columns import Values
from hpq.results.picture import axes
from hpq.results.picture.axes import Axis, loss_axis, ticks, ticks_within


def place(values: list[Any]) -> tuple[list[float], Axis]:
    known = Values()
    places, axis = axes.place(known, np.array([known.code(value) for value in values]))
    return places.tolist(), axis


@pytest.mark.parametrize(
    ("values", "labels"),
    [
        (["layer10", "layer2", "layer1"], ["layer1", "layer2", "layer10"]),
        (["0.1", "1e-3", "0.01"], ["1e-3", "0.01", "0.1"]),
        (["b", 3, None, 2.5], ["2.5", "3", "b", "none"]),
        ([1, "1"], ["1", '"1"']),
        ([1, "1", None, "a"], ["1", '"1"', "a", "none"]),
        ([1, "1", '"1"'], ["1", '"1"', '"\\"1\\""']),
        ([True, "true", 0], ["0", "true", '"true"']),
        (["9" * 5000, "a"], ["9" * 5000, "a"]),
    ],
)
def test_categories_stand_as_a_reader_would_sort_them(values, labels: list[str]) -> None:
    places, axis = place(values)
    assert [label for _, label in axis.ticks] == labels
    assert sorted(places) == [float(index) for index in range(len(values))]


def test_equal_values_share_a_place() -> None:
    places, axis = place(["a", "b", "a"])
    assert places == [0.0, 1.0, 0.0]
    assert axis.is_spread


def test_whole_numbers_are_spread_where_they_are_few() -> None:
    assert place([1, 5, 3])[1].is_spread
    assert not place([1, 50, 30])[1].is_spread
    assert not place([0.5, 1.5])[1].is_spread


@pytest.mark.parametrize("losses", [[0.5, 2.0], [-3.0, 5.0], [1e-9, 1e9]])
def test_a_fraction_is_0_at_the_low_end_and_1_at_the_high_one(losses: list[float]) -> None:
    axis = loss_axis(np.array(losses))
    assert axis.fraction(axis.low) == 0
    assert axis.fraction(axis.high) == pytest.approx(1)
    assert 0 < axis.fraction(losses[0]) < axis.fraction(losses[1]) < 1


@pytest.mark.parametrize(
    "values", [[10.0**-i for i in range(14)], [i * 123_457 for i in range(9)], [0.1234567, 0.1234568]]
)
def test_labels_side_by_side_do_not_touch(values) -> None:
    _, axis = place(values)
    ticks = [(35 * axis.fraction(value), len(label)) for value, label in axis.ticks]
    assert len(ticks) >= 2
    for (left, left_size), (right, right_size) in itertools.pairwise(ticks):
        assert right - left > (left_size + right_size) / 2


FINITE = st.floats(allow_nan=False, allow_infinity=False)
TINY = st.floats(-1e-300, 1e-300) | st.sampled_from([0.0, 5e-324, 1e-323, 2.2250738585072014e-308])
CLOSE = st.integers(0, 3).map(lambda steps: 1.0 + steps * 2.0**-52) | st.integers(0, 9).map(
    lambda n: 1e17 + 16 * n
)
NUMBERS = st.lists(FINITE, min_size=1) | st.lists(TINY, min_size=1) | st.lists(CLOSE, min_size=1)


def check(axis: Axis, values: list[float]) -> None:
    assert axis.low < axis.high
    fractions = axis.fractions(np.array(values))
    assert ((fractions >= 0) & (fractions <= 1)).all()
    for most in (2, 5, 7):
        for labels in (ticks(axis, most), ticks_within(axis, 6 * most)):
            assert all(np.isfinite(axis.fraction(value)) for value, _ in labels)


@given(losses=NUMBERS, want_log=st.booleans())
@example(losses=[5e-324], want_log=True)
@example(losses=[5e-324, 1e-323], want_log=True)
@example(losses=[0.0, 5e-324], want_log=True)
@example(losses=[1e308], want_log=False)
@example(losses=[-1e308, 1e308], want_log=True)
@example(losses=[5e-324, 1e308], want_log=True)
def test_any_losses_have_an_axis(losses: list[float], want_log: bool) -> None:
    check(loss_axis(np.array(losses), want_log), losses)


@given(values=NUMBERS | st.lists(st.integers(), min_size=1) | st.lists(FINITE | st.integers(), min_size=1))
@example(values=[10**17])
@example(values=[5e-324, 5e-324, 1e299])
def test_any_numbers_have_an_axis(values: list[float]) -> None:
    places, axis = place(values)
    check(axis, places)
