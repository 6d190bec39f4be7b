"""Themes, and terminals with few colours or none."""

import pytest
from rich.color import Color
from textual.pilot import Pilot

from hpq.queue.states import State
from hpq.tui.palette import PALETTES, Depth

LARGE = (200, 60)


@pytest.mark.parametrize("name", PALETTES)
def test_themes_follow_one_another_and_colour_everything(full_root, watch, name) -> None:
    watched = watch(full_root.paths.folder, theme=name)

    async def play(pilot: Pilot[None]) -> None:
        await watched.until(pilot, "└──")
        assert watched.app.palette.name == name
        background = watched.app.palette.background
        plots = watched.app.main.plots.lines()
        assert {segment.style.bgcolor.name for segment in plots[2] if segment.style} >= {background}
        await pilot.press(*["T"] * len(PALETTES))
        assert watched.app.palette.name == name

    watched.run(play, LARGE)


def test_no_color_means_none(full_root, watch, monkeypatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    watched = watch(full_root.paths.folder)

    async def play(pilot: Pilot[None]) -> None:
        assert watched.app.depth is Depth.NONE
        text = await watched.until(pilot, "└──", "◐", "○", "●")
        assert "│" in text

    watched.run(play, LARGE)


@pytest.mark.parametrize(
    ("system", "depth"), [("standard", Depth.SIXTEEN), ("256", Depth.MANY), ("truecolor", Depth.MANY)]
)
def test_the_colours_of_a_terminal_are_known(full_root, watch, monkeypatch, system, depth) -> None:
    monkeypatch.setattr("textual.constants.COLOR_SYSTEM", system)
    watched = watch(full_root.paths.folder)

    async def play(pilot: Pilot[None]) -> None:
        await watched.until(pilot, "└──")
        assert watched.app.depth is depth
        states = [
            watched.app.palette.state(state) for state in (State.FINISHED, State.UNFINISHED, State.CRASHED)
        ]
        console = watched.app.console
        palette = watched.app.palette
        roles = {
            colour: Color.parse(colour).downgrade(console._color_system)
            for colour in (*states, palette.cursor, palette.background)
        }
        assert len({str(shown) for shown in roles.values()}) == 5

    watched.run(play, LARGE)
