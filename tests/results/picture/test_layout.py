"""Where panels stand."""

import pytest

from hpq.results.picture.layout import best_grid, layout
from hpq.results.picture.panels import picture


@pytest.mark.parametrize(
    ("count", "grid"),
    [
        (1, (1, 1)),
        (2, (2, 1)),
        (4, (4, 1)),
        (5, (5, 1)),
        (6, (3, 2)),
        (8, (4, 2)),
        (9, (3, 3)),
        (12, (4, 3)),
        (13, (5, 3)),
    ],
)
def test_few_cells_stay_empty(count: int, grid: tuple[int, int]) -> None:
    assert best_grid(count) == grid


@pytest.mark.parametrize("count", range(1, 60))
def test_the_last_row_has_a_panel(count: int) -> None:
    columns, rows = best_grid(count)
    assert (rows - 1) * columns < count <= rows * columns


def test_a_title_takes_a_line_and_moves_the_legend_below_it(runs) -> None:
    drawn = picture(runs([{"x": 1}, {"x": 2}]))
    plain, titled = layout(drawn, False), layout(drawn, True)
    assert titled.head > plain.head
    assert titled.height - titled.head == pytest.approx(plain.height - plain.head)
    assert titled.title < titled.legend < titled.head


def test_labels_that_are_turned_have_more_room_below(runs) -> None:
    short, long = (
        layout(picture(runs([{"x": name * width, "y": i} for i, name in enumerate("abcdef")])), False)
        for width in (1, 20)
    )
    assert long.below > short.below
    assert long.left > short.left
