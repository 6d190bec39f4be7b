"""Colours, planes and progress in the monitor, by keys over a real root."""

from pathlib import Path

import PIL.Image
import pytest
from textual.pilot import Pilot

from hpq.queue.records import Outcome
from hpq.queue.states import State
from hpq.results.picture.look import Look
from hpq.tui.screens.choose import ChooseScreen

LARGE = (160, 50)


@pytest.fixture(autouse=True)
def colours(monkeypatch) -> None:
    monkeypatch.setattr("textual.constants.COLOR_SYSTEM", "truecolor")


async def choose(watched, pilot: Pilot[None], *names: str) -> None:
    """Choose in one list after another."""
    for name in names:
        await watched.settle(pilot, lambda: isinstance(watched.app.screen, ChooseScreen))
        offered = watched.app.screen._names
        await pilot.press("home", *["down"] * offered.index(name), "enter")
    await watched.settle(pilot, lambda: watched.app.screen is watched.app.main)


def test_b_colours_the_dots_and_the_line_above_tells_by_what(watched) -> None:
    async def play(pilot: Pilot[None]) -> None:
        await watched.until(pilot, "└──")
        await pilot.press("b")
        await choose(watched, pilot, "merger.kind")
        await watched.until(pilot, "merger.kind ●attention ●conv")
        assert watched.text.count("└") == 3
        await pilot.press("b", "home", "enter")
        await watched.settle(pilot, lambda: "●attention" not in watched.text)

    watched.run(play, LARGE)


def test_without_colours_it_says_so(full_root, watch, monkeypatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    watched = watch(full_root.paths.folder)

    async def play(pilot: Pilot[None]) -> None:
        await watched.until(pilot, "└──")
        await pilot.press("b")
        await choose(watched, pilot, "merger.kind")
        await watched.until(pilot, "merger.kind: this terminal has no colours for it")

    watched.run(play, LARGE)


def test_d_draws_a_plane_in_which_crashed_runs_can_be_selected(watched) -> None:
    async def play(pilot: Pilot[None]) -> None:
        await watched.until(pilot, "└──")
        await pilot.press("tab", "d")
        await choose(watched, pilot, "lr", "convnet.depth")
        text = await watched.until(pilot, "convnet.depth ↑  lr →", "×")
        assert text.count("└") == 1
        assert "blog-001 lr=0.1 convnet.depth=3 0.5" in text
        await pilot.press("k")
        assert watched.app.main.selected.state is State.CRASHED
        row, line = next((row, line) for row, line in enumerate(text.splitlines()) if "○" in line and row > 2)
        await pilot.click(offset=(line.index("○"), row))
        await watched.settle(pilot, lambda: watched.app.main.selected.id == "blog-004")
        lines = watched.text.splitlines()
        row = next(row for row, line in enumerate(lines) if "×" in line)
        await pilot.click(offset=(lines[row].index("×"), row))
        await watched.settle(pilot, lambda: watched.app.main.selected.id == "blog-003")

    watched.run(play, LARGE)


def test_escape_leads_back_and_the_last_plane_is_offered_again(watched) -> None:
    async def play(pilot: Pilot[None]) -> None:
        await watched.until(pilot, "└──")
        await pilot.press("d")
        await choose(watched, pilot, "merger.kind", "convnet.depth")
        await watched.until(pilot, "merger.kind →")
        await pilot.press("escape")
        await watched.settle(pilot, lambda: watched.text.count("└") == 3)
        await pilot.press("d", "enter", "enter")
        await watched.until(pilot, "convnet.depth ↑  merger.kind →")

    watched.run(play, LARGE)


def test_u_shows_the_runs_in_order_and_takes_itself_back(watched) -> None:
    async def play(pilot: Pilot[None]) -> None:
        await watched.until(pilot, "└──")
        await pilot.press("u")
        text = await watched.until(pilot, "runs in the order in which they ended")
        assert text.count("└") == 1
        assert "⣀" in text or "⠤" in text or "⠒" in text or "⠉" in text
        await pilot.press("u")
        await watched.settle(pilot, lambda: watched.text.count("└") == 3)

    watched.run(play, LARGE)


def test_of_plane_and_progress_the_last_one_is_shown_and_colours_make_room_for_panels(watched) -> None:
    async def play(pilot: Pilot[None]) -> None:
        await watched.until(pilot, "└──")
        await pilot.press("d")
        await choose(watched, pilot, "lr", "merger.kind")
        await pilot.press("u")
        assert watched.app.main._view.look == Look(is_progress=True)
        await pilot.press("d", "enter", "enter")
        assert watched.app.main._view.look == Look(pairs=(("lr", "merger.kind"),))
        await pilot.press("b")
        await choose(watched, pilot, "lr")
        assert watched.app.main._view.look == Look(colour_by="lr")

    watched.run(play, LARGE)


def test_keys_do_nothing_while_the_table_alone_is_shown(watched) -> None:
    async def play(pilot: Pilot[None]) -> None:
        await watched.until(pilot, "took")
        await pilot.press("b", "d", "u")
        assert watched.app.screen is watched.app.main
        assert watched.app.main._view.look == Look()

    watched.run(play)


def test_a_filter_that_leaves_out_what_colours_leaves_out_the_colours(root, watch) -> None:
    root.put([{"kind": "a", "n": 1}, {"kind": "b", "n": 2, "deep": 3}, {"kind": "b", "n": 3, "deep": 4}])
    for index in range(3):
        root.end(root.begin(), Outcome.RETURNED, 1.0 + index)
    watched = watch(root.paths.folder)

    async def play(pilot: Pilot[None]) -> None:
        await watched.until(pilot, "└──")
        await pilot.press("b")
        await choose(watched, pilot, "deep")
        await watched.until(pilot, "deep 3 █")
        await pilot.press("slash", *"kind:a", "enter")
        await watched.settle(pilot, lambda: "deep 3 █" not in watched.text)
        await pilot.press("escape")
        await watched.until(pilot, "deep 3 █")

    watched.run(play, LARGE)


def test_what_no_run_shown_has_is_not_offered(root, watch) -> None:
    root.put([{"n": 1, "m": 1}, {"n": 2, "m": 2}])
    root.put([{"deep": 3}, {"deep": 4}], search="other")
    for index in range(4):
        root.end(root.begin(), Outcome.RETURNED, 1.0 + index)
    watched = watch(root.paths.folder)

    async def offered(pilot: Pilot[None], key: str) -> list[str]:
        await pilot.press(key)
        await watched.settle(pilot, lambda: isinstance(watched.app.screen, ChooseScreen))
        names = list(watched.app.screen._names)
        await pilot.press("escape")
        await watched.settle(pilot, lambda: watched.app.screen is watched.app.main)
        return names

    async def play(pilot: Pilot[None]) -> None:
        await watched.until(pilot, "└──")
        assert await offered(pilot, "b") == ["(their state)", "deep", "m", "n"]
        await pilot.press("slash", *"search:blog", "enter")
        await watched.settle(pilot, lambda: len(watched.app.main.order) == 2)
        assert await offered(pilot, "b") == ["(their state)", "m", "n"]
        assert await offered(pilot, "d") == ["m", "n"]

    watched.run(play, LARGE)


def test_a_single_hyperparameter_makes_no_plane(root, watch) -> None:
    root.put([{"n": 1}, {"n": 2}])
    root.end(root.begin(), Outcome.RETURNED, 1.0)
    watched = watch(root.paths.folder)

    async def play(pilot: Pilot[None]) -> None:
        await watched.until(pilot, "└──")
        await pilot.press("d")
        await watched.settle(pilot, lambda: "two hyperparameters that vary" in watched.told)

    watched.run(play, LARGE)


def test_the_exported_picture_shows_the_same(watched, monkeypatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)

    async def play(pilot: Pilot[None]) -> None:
        await watched.until(pilot, "└──")
        await pilot.press("e")
        await watched.settle(pilot, lambda: (tmp_path / "hpsearch.png").exists())
        await pilot.press("u", "e")
        await watched.settle(pilot, lambda: (tmp_path / "hpsearch-2.png").exists())

    watched.run(play, LARGE)
    sizes = []
    for name in ("hpsearch.png", "hpsearch-2.png"):
        with PIL.Image.open(tmp_path / name) as image:
            sizes.append(image.size)
    assert sizes[0][0] > sizes[1][0]
    assert sizes[0][1] < sizes[1][1]


@pytest.mark.parametrize("size", [(60, 15), (80, 24)])
def test_planes_and_progress_fit_on_small_screens(watched, size) -> None:
    async def play(pilot: Pilot[None]) -> None:
        await pilot.press("tab", "d", "enter", "enter")
        await watched.until(pilot, "→", "└")
        await pilot.press("u")
        await watched.until(pilot, "in which they ended", "└")

    watched.run(play, size)
