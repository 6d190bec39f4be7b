"""Titles and labels around a panel."""

import numpy as np
import pytest
from rich.cells import cell_len

from hpq.results.columns import Values
from hpq.results.picture.axes import Axis, Kind, loss_axis, place
from hpq.tui.frame import UP_LABEL, loss_labels, title, up_labels, x_axis


def axis_of(values: list[object]) -> Axis:
    known = Values()
    codes = np.array([known.code(value) for value in values], np.int32)
    return place(known, codes)[1]


def test_the_losses_of_the_post_are_labelled_as_people_write_them() -> None:
    labels = loss_labels(loss_axis(np.array([0.4, 3.7])), 15)
    assert list(labels.values()) == ["0.5", "0.7", "1", "1.5", "2", "3"]
    assert sorted(labels, reverse=True) == list(labels)


def test_a_low_panel_has_fewer_labels() -> None:
    assert 2 <= len(loss_labels(loss_axis(np.array([0.4, 3.7])), 4)) <= 3


def test_an_axis_of_numbers_is_labelled_below_its_ticks() -> None:
    line, labels = x_axis(axis_of([float(value) for value in range(5, 31)]), 36)
    assert len(line) == len(labels) == 36
    assert labels.split() == ["5", "10", "15", "20", "25", "30"]
    assert line.count("┬") == 6


def test_a_log_axis_is_labelled_in_powers() -> None:
    _, labels = x_axis(axis_of([10.0**-power for power in range(1, 6) for _ in range(4)]), 36)
    assert {"1e-5", "0.001", "0.1"} <= set(labels.split())


def test_a_narrow_axis_has_labels_that_do_not_touch() -> None:
    for width in range(1, 60):
        line, labels = x_axis(axis_of([float(value) for value in range(1000)]), width)
        assert len(line) == len(labels) == width
        assert all(float(label) <= 1000 for label in labels.split())


def test_what_categories_all_begin_with_is_left_out_where_there_is_no_room() -> None:
    axis = axis_of(["straight", "straight_dilated", "straight_residual"])
    assert x_axis(axis, 60)[1].split() == ["straight", "straight_dilated", "straight_residual"]
    assert x_axis(axis, 36)[1].split() == ["straight", "dilated", "residual"]
    assert x_axis(axis, 24)[1].split() == ["straig…", "dilated", "residu…"]


def test_many_categories_are_labelled_now_and_then() -> None:
    _, labels = x_axis(axis_of([f"c{index}" for index in range(100)]), 40)
    assert 3 <= len(labels.split()) <= 12


@pytest.mark.parametrize("name", ["[/bold]", "\x1b]0;x", "a\nb", "é" * 5000])
def test_nasty_names_are_one_harmless_line(name: str) -> None:
    for shown in (title(name, 20), x_axis(axis_of([name, "other"]), 30)[1]):
        assert shown.isprintable()
        assert len(shown) <= 30


def test_an_axis_without_values_has_no_labels() -> None:
    assert loss_labels(Axis(0.0, 1.0, (), kind=Kind.NUMBER), 10) == {}


def test_characters_that_take_two_cells_are_counted_twice() -> None:
    words = ["汉字" * 10, "漢字", "a" * 30]
    for width in range(12, 60):
        line, labels = x_axis(axis_of(words), width)
        assert len(line) == cell_len(labels) == width
        assert cell_len(title(words[0], width)) == width
    assert max(map(cell_len, up_labels(axis_of(words), 9).values())) <= UP_LABEL
