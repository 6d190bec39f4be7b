"""The grid of panels."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hpq.tui.page import MIN_HEIGHT, MIN_WIDTH, lay_out


@given(st.integers(1, 40), st.integers(24, 400), st.integers(7, 200), st.integers(5, 12))
def test_panels_fit_on_their_page(count: int, width: int, height: int, gutter: int) -> None:
    page = lay_out(count, width, height, gutter)
    assert gutter + page.columns * page.block_width <= width
    assert page.rows * page.block_height <= max(height, page.block_height)
    assert page.columns * page.rows >= 1
    assert page.height >= MIN_HEIGHT
    assert page.columns == 1 or page.width >= MIN_WIDTH


def test_a_large_terminal_shows_the_posts_thirteen_panels_at_once() -> None:
    assert lay_out(13, 200, 36, 5).capacity >= 13


def test_a_terminal_of_80_by_24_shows_six_panels_of_them() -> None:
    page = lay_out(13, 80, 20, 5)
    assert page.capacity >= 6


@pytest.mark.parametrize(("width", "height"), [(80, 20), (200, 37), (400, 20)])
def test_one_panel_takes_the_whole_page(width: int, height: int) -> None:
    page = lay_out(1, width, height, 5)
    assert (page.block_width + page.gutter, page.block_height) == (width, height)


@pytest.mark.parametrize("height", range(7, 60))
def test_a_strip_takes_a_row_of_a_plot_that_stays_high_enough(height: int) -> None:
    without, page = lay_out(13, 80, height, 5), lay_out(13, 80, height, 5, has_strip=True)
    assert page.strip == (without.height > MIN_HEIGHT)
    assert (page.block_height, page.capacity) == (without.block_height, without.capacity)


@given(st.integers(0, 199), st.integers(0, 59), st.booleans())
def test_a_cell_is_found_in_its_panel(x: int, y: int, has_strip: bool) -> None:
    page = lay_out(13, 200, 60, 5, has_strip=has_strip)
    found = page.locate(x, y)
    if found is None:
        assert x < 5 or x >= 5 + page.columns * page.block_width or y >= page.rows * page.block_height
        return
    place, column, row = found
    assert divmod(place, page.columns) == (y // page.block_height, (x - 5) // page.block_width)
    assert -1 <= column <= page.width
    assert -1 - page.strip <= row < page.block_height - 1 - page.strip
