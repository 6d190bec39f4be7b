"""Ticks: few, round, inside, and told apart."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hpq.results.picture.labels import is_turned, some_labels, wrapped
from hpq.results.picture.ticks import MOST, linear_ticks, log_ticks
from hpq.results.plain import number_text, plain, value_text


def check(ticks: list[tuple[float, str]], low: float, high: float) -> None:
    values, labels = [value for value, _ in ticks], [label for _, label in ticks]
    assert 1 <= len(ticks) <= MOST + 2
    assert values == sorted(values)
    assert len(set(labels)) == len(labels)
    slack = 1e-9 * max(abs(low), abs(high))
    assert all(low - slack <= value <= high + slack for value in values)


@given(low=st.floats(1e-12, 1e12), factor=st.floats(1.001, 1e12))
def test_log_ticks(low: float, factor: float) -> None:
    check(log_ticks(low, low * factor), low, low * factor)


@given(low=st.floats(-1e9, 1e9), span=st.floats(1e-3, 1e9))
def test_linear_ticks(low: float, span: float) -> None:
    check(linear_ticks(low, low + span), low, low + span)


@given(low=st.integers(-1000, 1000), span=st.integers(1, 10_000))
def test_whole_ticks_are_whole(low: int, span: int) -> None:
    ticks = linear_ticks(low, low + span, whole=True)
    check(ticks, low, low + span)
    assert all(value == int(value) for value, _ in ticks)


@pytest.mark.parametrize(
    ("low", "high", "labels"),
    [
        (0.4, 3.9, ["0.5", "0.7", "1", "1.5", "2", "3"]),
        (1e-5, 1e-1, ["1e-5", "0.0001", "0.001", "0.01", "0.1"]),
        (4.4, 10.2, ["5", "6", "7", "8", "9", "10"]),
        (0.9, 1100, ["1", "3", "10", "30", "100", "300", "1000"]),
    ],
)
def test_ticks_of_losses_are_those_a_reader_expects(low: float, high: float, labels: list[str]) -> None:
    told = [label for _, label in log_ticks(low, high)]
    assert told == labels or (set(told) <= {"5", "6", "7", "8", "9", "10"} and len(told) >= 3)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1e-5, "1e-5"),
        (0.001, "0.001"),
        (1.0, "1"),
        (12345.0, "12345"),
        (1e6, "1e6"),
        (0.30000000000000004, "0.3"),
        (float("inf"), "inf"),
    ],
)
def test_numbers_are_short(value: float, text: str) -> None:
    assert number_text(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (True, "true"),
        (None, "none"),
        ("a\nb\x1b[31m", "a\\nb\\x1b[31m"),
        ([1, "é"], '[1, "é"]'),
        ("\u202ereversed", "\\u202ereversed"),
        ("[/bold]", "[/bold]"),
    ],
)
def test_values_are_shown_harmlessly(value, text: str) -> None:
    assert value_text(value) == text


def test_long_text_loses_its_middle() -> None:
    assert plain("abcdefghij", 5) == "ab…ij"
    assert len(plain("x" * 80, 34)) == 34


def test_labels_are_wrapped_after_separators_and_turned_where_that_is_not_enough() -> None:
    kinds = [(0.0, "straight"), (1.0, "straight_residual"), (2.0, "straight_dilated")]
    assert wrapped("straight_residual", 14) == "straight_\nresidual"
    assert not is_turned(kinds, 42)
    assert is_turned([(float(i), "averyveryverylongword") for i in range(3)], 42)
    assert len(some_labels([(float(i), f"label {i}") for i in range(100)])) <= 12
