"""Red lines that fall on one another."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hpq.results.picture.crowds import crowds, lone_opacity, opacities


@given(st.lists(st.floats(0, 1), max_size=200), st.floats(0.001, 0.1))
def test_every_run_is_in_one_crowd_and_less_than_a_line_from_its_place(places, width: float) -> None:
    gathered = crowds(places, width)
    assert sum(crowd.count for crowd in gathered) == len(places)
    assert all(any(abs(crowd.place - place) <= width for crowd in gathered) for place in places)


def test_a_lone_line_stands_where_it_is_and_neighbours_do_not_overlap() -> None:
    assert crowds([0.123], 0.01)[0].place == 0.123
    close = [crowd.place for crowd in crowds([0.101, 0.1099, 0.111], 0.01)]
    assert close == pytest.approx([0.105, 0.115])


def test_one_line_is_seen_and_many_are_left_to_crowd() -> None:
    lone = [lone_opacity(count) for count in (1, 10, 100, 1000, 10_000)]
    assert lone == sorted(lone, reverse=True)
    assert lone[0] > 0.5
    assert lone[-1] >= 0.05
    assert lone_opacity(0) == 0


@pytest.mark.parametrize("total", [1, 20, 200, 5000])
@pytest.mark.parametrize("peak", [1, 3, 30, 3000])
def test_more_runs_are_darker_and_none_is_opaque(total: int, peak: int) -> None:
    shades = opacities(range(1, peak + 1), max(total, peak))
    assert all(a < b for a, b in itertools.pairwise(shades))
    assert shades[0] > 0.05
    assert shades[-1] < 0.81


def test_without_crashes_there_is_nothing_to_shade() -> None:
    assert crowds([], 0.1) == []
    assert opacities([], 0) == []
