"""The row of shares of crashes above a plot."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hpq.results.columns import Values
from hpq.results.picture.axes import place
from hpq.results.picture.shares import Shares, shares
from hpq.tui.raster import Cells, Ink
from hpq.tui.shares import share_cells

WIDTH = 18
QUIET, MORE, FEWER = Ink.SHARE, Ink.LINE, Ink.FINISHED


def along(crashed: dict[str, int], runs: int) -> Shares:
    """Return the shares of categories, each with so many runs of which so many crashed."""
    values = Values(crashed)
    codes = np.repeat(np.arange(len(crashed), dtype=np.int32), runs)
    is_crash = np.concatenate([np.arange(runs) < count for count in crashed.values()])
    places, axis = place(values, codes)
    return shares(axis, places, np.ones(len(places), int), is_crash.astype(int), float(is_crash.mean()))


def text(cells: Cells) -> str:
    return "".join(map(chr, cells.glyphs[0]))


def test_blocks_are_as_high_as_shares_and_what_stands_out_has_a_colour() -> None:
    cells = share_cells(along({"a": 0, "b": 50, "c": 100}, 100), WIDTH, has_shades=True)
    assert text(cells) == "▁▁▁▁▁▁▅▅▅▅▅▅██████"
    assert cells.inks[0].tolist() == [FEWER] * 6 + [QUIET] * 6 + [MORE] * 6


def test_without_shades_only_what_stands_out_is_of_blocks() -> None:
    cells = share_cells(along({"a": 0, "b": 50, "c": 100}, 100), WIDTH, has_shades=False)
    assert text(cells) == "▁▁▁▁▁▁⠒⠒⠒⠒⠒⠒██████"
    few = share_cells(along({"a": 0, "b": 1, "c": 2, "d": 3, "e": 4, "f": 4}, 4), WIDTH, has_shades=False)
    assert text(few) == "⣀⣀⣀⠤⠤⠤⠒⠒⠒⠉⠉⠉⠉⠉⠉⠉⠉⠉"


@pytest.mark.parametrize("has_shades", [True, False])
def test_where_no_runs_are_nothing_is_drawn(has_shades: bool) -> None:
    values = [i / 100 for i in range(50)] + [9 + i / 100 for i in range(50)]
    known = Values(values)
    places, axis = place(known, np.arange(100, dtype=np.int32))
    told = shares(axis, places, np.ones(100, int), np.arange(100) % 2, 0.5)
    drawn = text(share_cells(told, WIDTH, has_shades=has_shades))
    assert drawn[0] == drawn[-1] == " "  # beyond the outermost runs
    assert drawn[5:13] == " " * 8
    assert " " not in drawn[1:4] + drawn[14:17]
    assert text(share_cells(None, WIDTH, has_shades=has_shades)) == " " * WIDTH


def test_where_a_cell_holds_several_bins_the_one_that_stands_out_is_seen() -> None:
    crashed = dict.fromkeys((chr(ord("a") + index) for index in range(26)), 2)
    for letter in crashed:
        cells = share_cells(along({**crashed, letter: 20}, 20), WIDTH, has_shades=True)
        assert (cells.inks[0] == MORE).sum() in (1, 2)


@given(st.lists(st.integers(0, 6), min_size=1, max_size=40), st.integers(1, 60), st.booleans())
def test_a_panel_of_any_width_has_its_row(counts: list[int], width: int, has_shades: bool) -> None:
    told = along({f"n{index}": count for index, count in enumerate(counts)}, 6)
    cells = share_cells(told, width, has_shades=has_shades)
    assert cells.glyphs.shape == cells.inks.shape == cells.tints.shape == (1, width)
    assert " " not in text(cells)
