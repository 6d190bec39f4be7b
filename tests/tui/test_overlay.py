"""Colours, crosses and the best so far in a panel's cells."""

import numpy as np
import pytest

from hpq.queue.states import State
from hpq.results.columns import STATES
from hpq.results.picture.axes import Axis, Kind
from hpq.results.picture.panel import Steps
from hpq.results.picture.shades import Shades
from hpq.tui import overlay, raster
from hpq.tui.raster import Cells, Ink, Points
from hpq.tui.scales import STEPS

WIDTH, HEIGHT = 20, 8
MIDDLE = HEIGHT // 2 - 1
NUMBERS = Axis(0.0, 1.0, ())
WORDS = Axis(-0.5, 2.5, (), kind=Kind.CATEGORY)


def points(x: list[float], y: list[float], lines: list[float] | None = None) -> Points:
    return Points.place(np.array(x, float), np.array(y, float), np.array(lines or [], float), WIDTH, HEIGHT)


def coloured(
    places: Points, values: list[float], axis: Axis = NUMBERS, states: list[State] | None = None
) -> Cells:
    codes = [STATES.index(state) for state in states or [State.FINISHED] * len(values)]
    cells = raster.draw(places, np.array(codes, np.uint8), len(places.lines), has_shades=True)
    shades = Shades("x", axis, np.array(values, float))
    overlay.colour(cells, places, np.array(codes, np.uint8), shades, np.arange(len(values)))
    return cells


def test_numbers_are_coloured_from_the_first_step_to_the_last() -> None:
    cells = coloured(points([0.01, 0.31, 0.61], [0.5] * 3), [0.0, 0.5, 1.0])
    inks = cells.inks[MIDDLE, [0, 6, 12]].tolist()
    assert inks == [Ink.SCALE, Ink.SCALE + STEPS // 2, Ink.SCALE + STEPS - 1]


def test_several_dots_in_a_cell_have_the_colour_of_their_mean() -> None:
    cells = coloured(points([0.01] * 3, [0.5] * 3), [0.0, 0.25, np.nan])
    assert cells.inks[MIDDLE, 0] == Ink.SCALE + int(0.125 * STEPS)


def test_or_of_the_group_that_most_of_them_are_in() -> None:
    cells = coloured(points([0.01] * 5, [0.5] * 5), [0, 2, 2, np.nan, 1], WORDS)
    assert cells.inks[MIDDLE, 0] == Ink.GROUP + 2


@pytest.mark.parametrize("axis", [NUMBERS, WORDS])
def test_runs_without_a_value_are_grey(axis: Axis) -> None:
    cells = coloured(points([0.01, 0.51], [0.5, 0.5]), [np.nan, 1.0], axis)
    assert cells.inks[MIDDLE, 0] == Ink.ABSENT
    assert cells.inks[MIDDLE, 10] not in (Ink.ABSENT, Ink.FINISHED)


def test_forms_tell_the_states() -> None:
    states = [State.FINISHED, State.UNFINISHED, State.RUNNING]
    cells = coloured(points([0.01, 0.31, 0.61], [0.5] * 3), [1.0] * 3, NUMBERS, states)
    assert [chr(cells.glyphs[MIDDLE, column]) for column in (0, 6, 12)] == ["●", "◐", "○"]


def test_lines_stay_as_they_are() -> None:
    places = points([0.01], [0.5], [0.51])
    cells = coloured(places, [1.0])
    assert (cells.inks[:, 10] > Ink.TINT).all()


def plane(dots: Points, crosses: Points, *, has_shades: bool = True) -> Cells:
    states = np.zeros(len(dots.columns), np.uint8) + STATES.index(State.FINISHED)
    cells = raster.draw(dots, states, 0, has_shades=has_shades)
    overlay.cross(cells, crosses, has_shades=has_shades)
    return cells


@pytest.mark.parametrize("has_shades", [True, False])
def test_a_crashed_run_is_a_cross_at_its_place(has_shades: bool) -> None:
    cells = plane(points([0.01], [0.5]), points([0.51], [0.5]), has_shades=has_shades)
    assert chr(cells.glyphs[MIDDLE, 10]) == "×"
    assert cells.inks[MIDDLE, 10] == Ink.LINE
    assert np.count_nonzero(cells.glyphs == ord("×")) == 1
    assert not cells.tints.any()


def test_a_dot_that_shares_its_cell_with_a_cross_stays_and_is_on_red() -> None:
    cells = plane(points([0.01], [0.5]), points([0.01], [0.5]))
    assert chr(cells.glyphs[MIDDLE, 0]) == "●"
    assert cells.tints[MIDDLE, 0] > 0


def test_more_crosses_in_a_cell_are_on_a_stronger_red() -> None:
    crosses = points([0.01, 0.21, 0.21, 0.41, 0.41, 0.41], [0.5] * 6)
    tints = plane(points([], []), crosses).tints[MIDDLE, [0, 4, 8]].tolist()
    assert tints == sorted(set(tints))
    assert tints[0] == 0


def traced(best: Steps, places: Points | None = None) -> Cells:
    places = places or points([], [])
    states = np.zeros(len(places.columns), np.uint8) + STATES.index(State.FINISHED)
    cells = raster.draw(places, states, len(places.lines), has_shades=True)
    overlay.trace(cells, best, Axis(0.0, 10.0, ()), Axis(0.0, 1.0, ()))
    return cells


def test_the_best_so_far_is_level_until_it_steps_down() -> None:
    cells = traced(Steps(np.array([1.0, 5.0, 10.0]), np.array([0.9, 0.1, 0.1])))
    rows = [np.flatnonzero(cells.inks[:, column] == Ink.BEST).tolist() for column in range(WIDTH)]
    assert rows[:2] == [[], []]
    assert rows[2:9] == [[0]] * 7
    assert rows[11:] == [[HEIGHT - 1]] * 9
    assert sorted({row for column in rows[9:11] for row in column}) == list(range(HEIGHT))


def test_it_hides_no_dot_and_keeps_the_red_behind_it() -> None:
    cells = traced(
        Steps(np.array([0.0, 10.0]), np.array([0.55, 0.55])), points([0.51], [0.55], [0.26, 0.51, 0.76])
    )
    assert chr(cells.glyphs[MIDDLE, 10]) == "●"
    assert cells.inks[MIDDLE, 5] == Ink.BEST
    assert cells.tints[MIDDLE, 5] > 0
    assert cells.tints[MIDDLE, 3] == 0
