"""Dots and lines as characters."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hpq.queue.states import State
from hpq.results.columns import STATES
from hpq.tui import raster
from hpq.tui.raster import TINTS, Cells, Ink, Points

WIDTH, HEIGHT = 20, 8


def points(x: Sequence[float], y: Sequence[float], lines: Sequence[float] = ()) -> Points:
    return Points.place(np.array(x, float), np.array(y, float), np.array(lines, float), WIDTH, HEIGHT)


def drawn(
    places: Points,
    states: Sequence[State] | State = State.FINISHED,
    crashes: int = 0,
    *,
    has_shades: bool = True,
) -> Cells:
    if isinstance(states, State):
        states = [states] * len(places.columns)
    codes = np.array([STATES.index(state) for state in states], np.uint8)
    return raster.draw(places, codes, crashes or len(places.lines), has_shades=has_shades)


def text(cells: Cells) -> list[str]:
    return ["".join(map(chr, row)) for row in cells.glyphs]


def test_a_lone_dot_is_a_disc_where_it_belongs() -> None:
    cells = drawn(points([0.0, 0.999, 0.5], [0.0, 1.0, 0.5]))
    lines = text(cells)
    assert lines[-1][0] == "●"
    assert lines[0][-1] == "●"
    assert lines[HEIGHT // 2 - 1][WIDTH // 2] == "●"
    assert sum(line.count("●") for line in lines) == 3


def test_a_few_dots_in_a_cell_are_told_apart_as_quadrants() -> None:
    cells = drawn(points([0.001, 0.049], [0.001, 0.12]))
    assert text(cells)[-1][0] == "▞"


def test_many_dots_in_a_cell_are_braille() -> None:
    cells = drawn(points([0.001] * 9, [0.001] * 9))
    assert text(cells)[-1][0] == "⡀"
    full = drawn(points(np.tile([0.01, 0.03], 8).tolist(), np.repeat(np.arange(8) / 64, 2).tolist()))
    assert text(full)[-1][0] == "⣿"


def test_the_crowding_counts_and_not_the_number_of_runs() -> None:
    spread = drawn(points((np.arange(WIDTH) / WIDTH + 0.01).tolist(), [0.5] * WIDTH))
    assert text(spread)[HEIGHT // 2 - 1] == "●" * WIDTH


def test_a_denser_crowd_has_another_shade() -> None:
    inks = {
        drawn(points([0.01] * count, [0.01] * count)).inks[-1, 0] for count in (1, 2, 4, 8, 16, 32, 64, 5000)
    }
    assert inks == set(range(raster.SHADES))


@pytest.mark.parametrize("has_shades", [True, False])
def test_a_running_run_is_a_ring(has_shades: bool) -> None:
    cells = drawn(points([0.01], [0.01]), State.RUNNING, has_shades=has_shades)
    assert text(cells)[-1][0] == "○"
    assert cells.inks[-1, 0] == Ink.UNFINISHED


def test_an_unfinished_run_shows_among_finished_ones_in_its_cell() -> None:
    cells = drawn(points([0.01] * 3, [0.01] * 3), [State.FINISHED, State.UNFINISHED, State.FINISHED])
    assert cells.inks[-1, 0] == Ink.UNFINISHED


def test_without_shades_glyphs_tell_the_states_apart() -> None:
    states = [State.FINISHED, State.UNFINISHED, State.RUNNING]
    cells = drawn(points([0.01, 0.31, 0.61], [0.5] * 3, [0.91]), states, has_shades=False)
    row = text(cells)[HEIGHT // 2 - 1]
    assert [row[column] for column in (0, 6, 12, 18)] == ["●", "◐", "○", "│"]
    assert not cells.tints.any()


def test_lines_lie_under_dots_and_never_hide_them() -> None:
    cells = drawn(points([0.51], [0.5], [0.51] * 50))
    row = HEIGHT // 2 - 1
    assert text(cells)[row][10] == "●"
    assert cells.inks[row, 10] == Ink.FINISHED
    assert cells.tints[row, 10] > 0


def test_a_line_takes_half_a_cell_from_top_to_bottom() -> None:
    cells = drawn(points([], [], [0.51]))
    assert [line[10] for line in text(cells)] == ["▌"] * HEIGHT
    assert (cells.inks[:, 10] > Ink.TINT).all()
    assert (cells.tints[:, 10] == 0).all()


def test_more_lines_in_a_place_are_stronger() -> None:
    places = np.repeat([0.0, 0.2, 0.4, 0.6, 0.8], [1, 2, 4, 8, 16]).tolist()
    cells = drawn(points([], [], places))
    strengths = cells.inks[0, [0, 4, 8, 12, 16]].astype(int) - Ink.TINT
    assert (np.diff(strengths) > 0).all()
    assert strengths[-1] < TINTS


def test_a_lone_line_among_ten_thousand_is_seen() -> None:
    cells = drawn(points([], [], [0.01, *[0.9] * 9_999]))
    assert cells.inks[0, 0] > Ink.TINT


@pytest.mark.parametrize("has_shades", [True, False])
def test_the_selected_dot_and_the_selected_line_stand_out(has_shades: bool) -> None:
    places = points([0.51] * 40, [0.5] * 40, [0.01])
    cells = drawn(places, has_shades=has_shades)
    raster.select(cells, int(places.columns[0]), int(places.rows[0]))
    assert chr(cells.glyphs[HEIGHT // 2 - 1, 10]) == "◉"
    raster.select(cells, int(places.lines[0]), None)
    assert (cells.inks[:, 0] == Ink.SELECTED).all()


def test_a_selected_line_leaves_the_dots_on_it() -> None:
    places = points([0.01], [0.5], [0.01])
    cells = drawn(places)
    raster.select(cells, int(places.lines[0]), None)
    assert text(cells)[HEIGHT // 2 - 1][0] == "●"


def test_the_nearest_dot_is_found_and_none_beyond_reach() -> None:
    places = points([0.1, 0.5], [0.5, 0.5])
    assert raster.nearest(places, places.columns[1] + 2, places.rows[1], 3) == 1
    assert raster.nearest(places, 39, 0, 3) is None
    assert raster.nearest(points([], []), 0, 0, 9) is None


def test_neighbours_lie_in_their_direction() -> None:
    places = points([0.5, 0.9, 0.1, 0.5, 0.5], [0.5, 0.5, 0.5, 0.9, 0.1])
    column, row = places.columns[0], places.rows[0]
    found = [raster.neighbour(places, column, row, *way) for way in [(1, 0), (-1, 0), (0, -1), (0, 1)]]
    assert found == [1, 2, 3, 4]
    assert raster.neighbour(places, 39, row, 1, 0) is None


FRACTIONS = st.lists(st.floats(0, 1), max_size=60)


@given(FRACTIONS, FRACTIONS, st.booleans())
def test_every_dot_is_drawn_in_its_cell_and_every_line_in_its_column(
    x: list[float], lines: list[float], has_shades: bool
) -> None:
    y = x[::-1]
    places = points(x, y, lines)
    cells = drawn(places, has_shades=has_shades)
    is_dot = cells.inks < Ink.LINE
    expected = np.zeros((HEIGHT, WIDTH), bool)
    expected[places.rows // raster.DOWN, places.columns // raster.ACROSS] = True
    assert (is_dot == expected).all()
    assert (cells.inks < Ink.TINT + TINTS).all()
    for column in set((places.lines // raster.ACROSS).tolist()):
        free = ~is_dot[:, column]
        is_red = (cells.tints[:, column] > 0) | (cells.inks[:, column] > Ink.TINT)
        assert is_red.all() if has_shades else (cells.glyphs[free, column] != ord(" ")).all()
