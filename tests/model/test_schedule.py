"""Early decay by its definition: the median of ten losses decides, and not the last one."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hpq.model.schedule import Schedule

EVERY = 100  # steps between losses


def make(patience: int = 1000) -> Schedule:
    return Schedule(rate=1e-3, decay=0.1, patience=patience, floor=1e-6)


def rates_by_definition(losses: list[float], patience: int) -> list[float]:
    """The rate after each loss, until training is done: a decay wherever the best median is too old."""
    medians = [float(np.median(losses[max(0, end - 10) : end])) for end in range(1, len(losses) + 1)]
    rates, rate, last = [], 1e-3, 0
    for index, now in enumerate(medians):
        if now < min(medians[:index], default=math.inf):
            last = index
        elif (index - last) * EVERY >= patience:
            last = index
            if rate < 2e-6:
                return rates
            rate /= 10
        rates.append(rate)
    return rates


@given(
    st.lists(st.integers(1, 9), min_size=20, max_size=60),
    st.sampled_from([100, 300, 1000]),
    st.integers(0, 60),
)
def test_rates_are_those_of_the_definition_across_a_stop(losses: list[int], patience: int, stop: int) -> None:
    schedule, rates = make(patience), []
    for index, loss in enumerate(losses):
        if index == stop:
            state, schedule = schedule.state(), make(patience)
            schedule.restore(state)
        schedule.observe(index * EVERY, float(loss))
        if schedule.is_done:
            break
        rates.append(schedule.rate)
    assert rates == pytest.approx(rates_by_definition([float(loss) for loss in losses], patience))


def test_one_lucky_loss_is_no_improvement_and_one_bad_one_no_harm() -> None:
    schedule = make()
    for index in range(20):
        schedule.observe(index * EVERY, 1.0 if index == 5 else 99.0 if index == 7 else 5.0 - index / 100)
    assert schedule.rate == 1e-3  # the median fell all the time
    flat = make()
    for index in range(11):
        flat.observe(index * EVERY, 1.0 if index == 5 else 5.0)
    assert flat.rate == pytest.approx(1e-4)
