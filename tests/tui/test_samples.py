"""The newest samples of a run on the screen: as coloured half blocks, or as the picture itself."""

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import PIL.Image
import pytest
from textual.pilot import Pilot

from hpq.tui import sheets
from hpq.tui.app import Monitor
from hpq.tui.screens import picture
from hpq.tui.screens.picture import PictureScreen
from hpq.tui.screens.run import RunScreen
from hpq.tui.widgets.blocks import _SIXTEEN, fitting

BLUE, GREEN = (0, 0, 250), (10, 200, 30)


@pytest.fixture(autouse=True)
def colours(monkeypatch) -> None:
    """A terminal of all colours that shows no images."""
    monkeypatch.setattr("textual.constants.COLOR_SYSTEM", "truecolor")
    monkeypatch.setattr(picture, "can_show_images", lambda: False)


@pytest.fixture
def samples(full_root) -> Path:
    """The folder of samples of the run that the cursor is on first."""
    folder = full_root.paths.run("blog", 1).attempt(1).samples
    (folder / "1").mkdir(parents=True)
    return folder


def noise(width: int, height: int) -> PIL.Image.Image:
    pixels = np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8)
    return PIL.Image.fromarray(pixels)


def put(path: Path, size: tuple[int, int], colour: tuple[int, int, int] = BLUE) -> None:
    aside = path.with_name("aside.png")
    PIL.Image.new("RGB", size, colour).save(aside)
    aside.replace(path)


def cells(monitor: Monitor) -> Iterator[list[tuple[tuple[int, ...], tuple[int, ...]]]]:
    """Yield the half blocks on the screen line by line, each as its upper and its lower colour."""
    for strip in monitor.screen._compositor.render_strips():
        line = []
        for part in strip:
            if part.text.startswith("▀") and part.style:
                pair = tuple(part.style.color.triplet), tuple(part.style.bgcolor.triplet)
                line += [pair] * len(part.text)
        if line:
            yield line


def pixels(monitor: Monitor) -> np.ndarray:
    """Return the picture on the screen (H, W, 3)."""
    lines = list(cells(monitor))
    rows = [[pair[half] for pair in line] for line in lines for half in (0, 1)]
    return np.array(rows, np.uint8).reshape(2 * len(lines), -1, 3)


def test_each_pixel_of_a_small_picture_is_seen(watched, samples) -> None:
    drawn = noise(40, 20)
    drawn.save(samples / "1" / "sheet.png")

    async def play(pilot: Pilot[None]) -> None:
        await pilot.press("p")
        text = await watched.until(pilot, "▀", "samples 1, 0 s old")
        assert text.splitlines()[-1].startswith(" samples 1, ")
        assert np.array_equal(pixels(watched.app), np.asarray(drawn))

    watched.run(play)


def test_it_fits_in_its_proportions_after_each_change_of_size(watched, samples) -> None:
    put(samples / "preview.png", (400, 200), GREEN)

    async def play(pilot: Pilot[None]) -> None:
        await pilot.press("p")
        await watched.until(pilot, "▀")
        for width, height, shape in ((80, 24, (40, 80)), (200, 60, (100, 200)), (60, 15, (28, 56))):
            await pilot.resize_terminal(width, height)
            await watched.settle(pilot, lambda shape=shape: pixels(watched.app).shape[:2] == shape)
            assert (pixels(watched.app) == GREEN).all()

    watched.run(play)


def test_a_tall_one_can_be_as_wide_as_the_terminal_and_scrolls(watched, samples) -> None:
    path = samples / "1" / "sheet.png"
    tall = PIL.Image.new("RGB", (200, 800), BLUE)
    tall.paste(GREEN, (0, 400, 200, 800))
    tall.save(path)

    async def play(pilot: Pilot[None]) -> None:
        await pilot.press("p")
        await watched.until(pilot, "▀", "z wider")
        assert pixels(watched.app).shape[:2] == (46, 12)
        await pilot.press("z")
        await watched.until(pilot, "z whole")
        await watched.settle(pilot, lambda: pixels(watched.app).shape[:2] == (46, 79))
        assert (pixels(watched.app) == BLUE).all()
        await pilot.press("j", "end")
        await watched.settle(pilot, lambda: (pixels(watched.app) == GREEN).all())
        await pilot.press("z")
        await watched.settle(pilot, lambda: pixels(watched.app).shape[:2] == (46, 12))

    watched.run(play)


def test_a_newer_one_is_shown_as_it_appears_and_only_then_decoded(watched, samples, monkeypatch) -> None:
    put(samples / "preview.png", (40, 20))
    read, decode = [], sheets._read_png

    def counted(path: Path) -> PIL.Image.Image:
        read.append(path)
        return decode(path)

    monkeypatch.setattr(sheets, "_read_png", counted)

    async def play(pilot: Pilot[None]) -> None:
        await pilot.press("p")
        await watched.until(pilot, "▀", "preview, ")
        before = watched.app.snapshot
        await watched.settle(pilot, lambda: watched.app.snapshot is not before)
        assert (pixels(watched.app) == BLUE).all()
        assert len(read) == 1
        put(samples / "preview.png", (40, 20), GREEN)
        await watched.settle(pilot, lambda: (pixels(watched.app) == GREEN).all())
        put(samples / "1" / "sheet.png", (40, 20))
        await watched.until(pilot, "samples 1, ")
        assert len(read) == 3

    watched.run(play)


@pytest.mark.parametrize("key", ["escape", "p", "q", "enter"])
def test_its_keys_lead_back_to_the_run(watch, full_root, samples, key) -> None:
    put(samples / "preview.png", (40, 20))
    watched = watch(full_root.paths.folder, is_readonly=True)

    async def play(pilot: Pilot[None]) -> None:
        await pilot.press("enter")
        await watched.until(pilot, "\n samples ", "seed 7")
        await pilot.press("p")
        await watched.until(pilot, "▀")
        await pilot.press(key)
        await watched.settle(pilot, lambda: isinstance(watched.app.screen, RunScreen))

    watched.run(play, (100, 40))


def test_samples_of_a_run_that_ended_are_told_of_though_made_while_it_is_shown(watched, samples) -> None:
    async def play(pilot: Pilot[None]) -> None:
        await pilot.press("enter")
        await watched.until(pilot, "seed 7")
        assert "\n samples " not in watched.text
        await pilot.press("p")
        await watched.until(pilot, "has no samples yet", "hpq sample blog-001")
        put(samples / "preview.png", (40, 20))
        await watched.until(pilot, "▀")
        assert "has no samples" not in watched.text
        await pilot.press("p")
        await watched.until(pilot, "\n samples ", "seed 7")

    watched.run(play, (140, 40))


def test_damage_is_told_of_until_it_is_mended(watched, samples) -> None:
    path = samples / "preview.png"
    put(path, (40, 20))
    data = path.read_bytes()

    async def play(pilot: Pilot[None]) -> None:
        await pilot.press("p")
        await watched.until(pilot, "▀")
        path.write_bytes(data[:50])
        text = await watched.until(pilot, "cannot be shown")
        assert "▀" not in text
        assert "Traceback" not in text
        put(path, (40, 20), GREEN)
        await watched.until(pilot, "▀")
        assert "cannot be shown" not in watched.text
        path.unlink()
        await watched.until(pilot, "has no samples yet")

    watched.run(play)


def test_without_colours_it_says_where_the_picture_is(full_root, watch, samples, monkeypatch) -> None:
    put(samples / "preview.png", (40, 20))
    monkeypatch.setenv("NO_COLOR", "1")
    watched = watch(full_root.paths.folder)

    async def play(pilot: Pilot[None]) -> None:
        await pilot.press("p")
        text = await watched.until(pilot, "no colours to show it in")
        assert "1/samples/preview.png" in re.sub(r"[\s│]", "", text)  # it is folded
        assert "▀" not in text

    watched.run(play)


def test_sixteen_colours_are_mixed(full_root, watch, samples, monkeypatch) -> None:
    monkeypatch.setattr("textual.constants.COLOR_SYSTEM", "standard")
    PIL.Image.new("RGB", (40, 20), (128, 128, 128)).save(samples / "preview.png")
    watched = watch(full_root.paths.folder)

    async def play(pilot: Pilot[None]) -> None:
        await pilot.press("p")
        await watched.until(pilot, "▀")
        seen = pixels(watched.app)
        assert {tuple(pixel) for pixel in seen.reshape(-1, 3).tolist()} <= {
            tuple(colour.to_bytes(3, "big")) for colour in _SIXTEEN
        }
        assert abs(seen.mean() - 128) < 8

    watched.run(play)


def test_a_terminal_that_shows_images_shows_the_picture_itself(watched, samples, monkeypatch, settle) -> None:
    widget = pytest.importorskip("textual_image.widget")
    monkeypatch.setattr(picture, "can_show_images", lambda: True)
    monkeypatch.setattr(widget, "Image", widget.SixelImage)
    put(samples / "preview.png", (400, 300))

    async def play(pilot: Pilot[None]) -> None:
        app = watched.app
        await pilot.press("p")
        await settle(pilot, lambda: app.screen.query(widget.SixelImage))
        image = app.screen.query_one(widget.SixelImage)
        await settle(pilot, lambda: image.size.width)
        assert image.size.height <= 23, "the foot has a line"
        assert image.image.getpixel((0, 0)) == BLUE
        assert "preview, " in watched.text
        put(samples / "preview.png", (400, 300), GREEN)
        await settle(pilot, lambda: image.image.getpixel((0, 0)) == GREEN)

    watched.run(play)


def test_without_the_extra_there_are_blocks(watched, samples, monkeypatch) -> None:
    def missing() -> bool:
        raise ImportError("no module textual_image")

    monkeypatch.setattr(picture, "can_show_images", missing)
    put(samples / "preview.png", (40, 20))

    async def play(pilot: Pilot[None]) -> None:
        for _ in range(2):  # as where the key is pressed again before the screen is there
            watched.app.main.action_samples()
        await watched.until(pilot, "▀")
        assert sum(isinstance(screen, PictureScreen) for screen in watched.app.screen_stack) == 1

    watched.run(play)


@pytest.mark.parametrize("size", [(1, 1), (1, 5000), (5000, 1), (640, 4000)])
def test_any_shape_has_at_least_a_cell(size) -> None:
    columns, rows = fitting(PIL.Image.new("RGB", size), 80, 24)
    assert 1 <= columns <= 80
    assert 1 <= rows <= 24
