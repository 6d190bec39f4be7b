"""Steps: exact in decimals, and never beyond the last."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hpq.search.steps import count_steps, stepped


@pytest.mark.parametrize(
    ("low", "high", "step", "values"),
    [
        (0, 1, 0.1, [i / 10 for i in range(11)]),
        (0.1, 0.75, 0.2, [0.1, 0.3, 0.5, 0.7]),
        (0.3, 0.3, 0.1, [0.3]),
        (1e-05, 3e-05, 1e-05, [1e-05, 2e-05, 3e-05]),
        (1e15, 1e15 + 1, 0.5, [1e15, 1e15 + 0.5, 1e15 + 1]),
        (-0.2, 0.1, 0.15, [-0.2, -0.05, 0.1]),
        (1.23456789012345, 1.3, 1, [1.23456789012345]),
    ],
)
def test_steps_are_what_one_would_write_by_hand(low, high, step, values: list[float]) -> None:
    count = count_steps(low, high, step)
    assert [stepped(low, step, index) for index in range(count + 1)] == values


DECIMALS = st.decimals(-1000, 1000, places=4)


@given(low=DECIMALS, span=st.decimals(0, 1000, places=4), step=st.decimals("0.0001", 100, places=4))
def test_the_last_step_is_the_last_that_fits(low: Decimal, span: Decimal, step: Decimal) -> None:
    high = low + span
    count = count_steps(float(low), float(high), float(step))
    assert low + count * step <= high < low + (count + 1) * step
    assert stepped(float(low), float(step), count) <= float(high)
