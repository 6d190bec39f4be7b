"""The colours of scales and groups, and the line that tells them."""

import itertools
import math

import numpy as np
import pytest
from rich.color import Color, ColorSystem

from hpq.results.picture.axes import Axis, Kind
from hpq.results.picture.shades import MOST_GROUPS, Shades
from hpq.tui.key import colour_key
from hpq.tui.palette import DARK, LIGHT, PALETTES, Depth, Palette, for_depth
from hpq.tui.scales import STEPS, groups, scale


def triplet(colour: str) -> tuple[float, float, float]:
    red, green, blue = Color.parse(colour).get_truecolor()
    return red / 255, green / 255, blue / 255


def lightness(colour: str) -> float:
    return sum(
        weight * part**2.2 for weight, part in zip((0.2126, 0.7152, 0.0722), triplet(colour), strict=True)
    )


@pytest.mark.parametrize("palette", PALETTES.values(), ids=PALETTES)
def test_a_scale_leads_from_what_stands_out_towards_the_background(palette: Palette) -> None:
    colours = scale(palette, Depth.MANY)
    far = [abs(lightness(colour) - lightness(palette.background)) for colour in colours]
    assert len(colours) == STEPS
    assert far == sorted(far, reverse=True)
    assert far[-1] > 0.08


@pytest.mark.parametrize("palette", PALETTES.values(), ids=PALETTES)
def test_no_colour_is_that_of_crashes_and_groups_are_told_apart(palette: Palette) -> None:
    named = groups(palette, Depth.MANY)
    assert len(named) == MOST_GROUPS
    for colour in (*scale(palette, Depth.MANY), *named):
        assert math.dist(triplet(colour), triplet(palette.crashed)) > 0.3
    for one, other in itertools.combinations([*named, palette.background], 2):
        assert math.dist(triplet(one), triplet(other)) > 0.25


@pytest.mark.parametrize("palette", [DARK, LIGHT], ids=["dark", "light"])
def test_sixteen_colours_have_a_few_steps_and_all_groups(palette: Palette) -> None:
    few = for_depth(palette, Depth.SIXTEEN)

    def shown(colours: list[str]) -> list[int | None]:
        return [Color.parse(colour).downgrade(ColorSystem.STANDARD).number for colour in colours]

    assert len(set(shown(scale(few, Depth.SIXTEEN)))) == 4
    assert len(set(shown([*groups(few, Depth.SIXTEEN), few.crashed, few.background]))) == MOST_GROUPS + 2


ROWS = np.arange(4)
KINDS = Axis(-0.5, 1.5, ((0.0, "attention"), (1.0, "conv")), kind=Kind.CATEGORY)


def test_the_key_of_numbers_tells_their_ends() -> None:
    shades = Shades("lr", Axis(1e-6, 1.0, (), is_log=True), np.array([1e-5, 0.1, np.nan, 1e-3]))
    assert colour_key(shades, ROWS, DARK, Depth.MANY).plain == f"lr 1e-5 {'█' * STEPS} 0.1 ●without 1"


def test_the_key_of_groups_names_them() -> None:
    told = colour_key(Shades("kind", KINDS, np.array([0, 1, 1, 0.0])), ROWS, DARK, Depth.MANY)
    assert told.plain == "kind ●attention ●conv"
    assert [str(span.style).split()[0] for span in told.spans] == groups(DARK, Depth.MANY)[:2]


def test_where_no_run_has_a_value_there_is_no_scale() -> None:
    told = colour_key(Shades("lr", Axis(0.0, 1.0, ()), np.full(4, np.nan)), ROWS, DARK, Depth.MANY)
    assert told.plain == "lr ●without 4"


def test_a_terminal_without_colours_says_so() -> None:
    told = colour_key(Shades("kind", KINDS, np.zeros(4)), ROWS, DARK, Depth.NONE)
    assert told.plain == "kind: this terminal has no colours for it"
