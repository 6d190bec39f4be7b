"""Values and their points on an axis for Optuna, and back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hpq.search.axes import axis_of
from hpq.search.domains import Domain, Kind, choice_domain, number_domain, subset_domain
from hpq.search.draw import Draw
from hpq.search.samplers import draw_run

BOUND = st.integers(-(10**9), 10**9)
NESTED = [1, 1.0, True, None, "1", [1, {"b": 2, "a": []}], {"a": 1, "b": 2}]


def number(kind: Kind, low, high, log=False, step=None) -> Domain:
    return number_domain("x", kind, low, high, log, step)


def back(domain: Domain, value):
    """Return a value that was told to Optuna and drawn again."""
    axis = axis_of(domain)
    point = axis.point(value)
    assert axis.distribution._contains(axis.distribution.to_internal_repr(point))
    return axis.value(point, lambda _: 0.0)


@given(low=BOUND, high=BOUND, step=st.none() | st.integers(1, 99), number_of=st.integers(1, 99))
def test_every_whole_number_of_a_range_has_a_point(low: int, high: int, step, number_of: int) -> None:
    low, high = sorted((low, high))
    domain = number(Kind.INT, low, high, step=step)
    value = draw_run(lambda s: s.int("x", low, high, step=step), 7, number_of).values["x"]
    assert back(domain, value) == value
    assert type(back(domain, value)) is int


@given(high=st.integers(1, 40), step=st.sampled_from([None, 0.1, 0.25, 3.0]), number_of=st.integers(1, 99))
def test_every_float_of_a_range_has_a_point(high: int, step, number_of: int) -> None:
    value = draw_run(lambda s: s.float("x", 0.3, high, step=step), 7, number_of).values["x"]
    assert back(number(Kind.FLOAT, 0.3, high, step=step), value) == value


@pytest.mark.parametrize("value", NESTED, ids=repr)
def test_every_json_value_can_be_chosen(value) -> None:
    chosen = back(choice_domain("x", [*NESTED, "1"]), value)
    assert (chosen, type(chosen)) == (value, type(value))


def test_of_a_subset_the_size_is_drawn_and_the_members_are_at_random() -> None:
    domain = subset_domain("x", range(9), (1, 3))
    axis = axis_of(domain)
    assert axis.point([5, 8]) == 2
    assert axis.value(2, {1: 0.99, 2: 0.5}.__getitem__) == [4, 8]


OUTSIDE = [
    (number(Kind.INT, 1, 9), [0, 10, 2.0, True, None, "3", [3]]),
    (number(Kind.FLOAT, 1, 9), [0.99, 9.01, True, None, "3", [3]]),
    (number(Kind.INT, 10, 20, step=5), [0, 1, 25]),
    (choice_domain("x", [1, "a", None]), [2, 1.0, "b", True, [1]]),
    (Domain(Kind.BOOL, items=(False, True)), [0, 1, None]),
    (subset_domain("x", ["abc"], 1), [[], ["a", "b"], "a", 1, None]),
]


@pytest.mark.parametrize(("domain", "value"), [(domain, value) for domain, some in OUTSIDE for value in some])
def test_what_lies_outside_has_no_point(domain: Domain, value) -> None:
    assert axis_of(domain).point(value) is None


def test_runs_share_what_they_learn_where_only_bounds_moved() -> None:
    def keys(sample) -> list[str]:
        draw: Draw = draw_run(sample, 7, 1)
        return [axis_of(domain).key(name) for name, domain in draw.domains.items()]

    assert keys(lambda s: s.int("n", 1, 9)) == keys(lambda s: s.int("n", 3, 99))
    assert keys(lambda s: s.int("n", 1, 9)) != keys(lambda s: s.int("n", 1, 9, log=True))
    assert keys(lambda s: s.int("n", 1, 9)) != keys(lambda s: s.float("n", 1, 9))
    assert keys(lambda s: s.choice("k", [1, 2])) != keys(lambda s: s.choice("k", [1, 3]))
