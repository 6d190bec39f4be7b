"""The picture itself on the screen, with a terminal that only says that it shows images."""

import sys
import threading

import PIL.Image
import pytest
from textual.pilot import Pilot

from hpq.tui.app import Monitor
from hpq.tui.screens import picture
from hpq.tui.screens.picture import PictureScreen


@pytest.fixture
def monitor(full_root) -> Monitor:
    return Monitor(full_root.paths.folder, every_s=0.5)


@pytest.fixture
def able(monkeypatch) -> None:
    """A terminal that shows images by Sixel."""
    widget = pytest.importorskip("textual_image.widget")
    monkeypatch.setattr(picture, "can_show_images", lambda: True)
    monkeypatch.setattr(widget, "Image", widget.SixelImage)


@pytest.fixture
def quick(monkeypatch) -> None:
    """Pictures that take no time to draw."""
    monkeypatch.setattr(picture, "_pixels", lambda *_: PIL.Image.new("RGB", (300, 200)))


def has_read(monitor: Monitor) -> bool:
    return bool(monitor.snapshot.columns.runs)


@pytest.mark.parametrize("size", [(80, 24), (200, 60), (60, 15)])
def test_the_picture_fits_and_keeps_its_proportions(monitor, able, drive, settle, size) -> None:
    async def play(pilot: Pilot[None]) -> None:
        from textual_image.widget import SixelImage

        await settle(pilot, lambda: has_read(monitor))
        await pilot.press("P")
        await settle(pilot, lambda: monitor.screen.query(SixelImage))
        image = monitor.screen.query_one(SixelImage)
        await settle(pilot, lambda: image.size.width)
        width, height = size
        assert image.size.width <= width
        assert image.size.height <= height
        assert image.size.width == width or image.size.height == height, "as large as it fits"
        pixels = image.image
        on_screen = 10 * image.size.width / (20 * image.size.height)  # of a cell's size, where none is told
        assert on_screen == pytest.approx(pixels.width / pixels.height, rel=0.1)

    drive(monitor, play, size)


def test_it_fits_after_a_change_of_size(monitor, able, quick, drive, settle) -> None:
    async def play(pilot: Pilot[None]) -> None:
        from textual_image.widget import SixelImage

        await settle(pilot, lambda: has_read(monitor))
        await pilot.press("P")
        await settle(pilot, lambda: monitor.screen.query(SixelImage))
        image = monitor.screen.query_one(SixelImage)
        for width, height in ((150, 50), (60, 20)):
            await pilot.resize_terminal(width, height)
            await settle(pilot, lambda width=width: image.size.width == width)
            assert image.size.height <= height

    drive(monitor, play, (80, 24))


@pytest.mark.parametrize("key", ["escape", "P", "enter"])
def test_any_of_its_keys_leads_back(monitor, able, quick, drive, settle, key) -> None:
    async def play(pilot: Pilot[None]) -> None:
        await settle(pilot, lambda: has_read(monitor))
        await pilot.press("P")
        await settle(pilot, lambda: isinstance(monitor.screen, PictureScreen))
        await pilot.press(key)
        await settle(pilot, lambda: monitor.screen is monitor.main)

    drive(monitor, play)


def test_leaving_while_it_is_drawn_does_no_harm(monitor, able, quick, drive, settle, monkeypatch) -> None:
    may_end, has_ended = threading.Event(), threading.Event()
    pixels = picture._pixels

    def slow(*arguments):
        assert may_end.wait(20)
        has_ended.set()
        return pixels(*arguments)

    monkeypatch.setattr(picture, "_pixels", slow)

    async def play(pilot: Pilot[None]) -> None:
        await settle(pilot, lambda: has_read(monitor))
        await pilot.press("P")
        await settle(pilot, lambda: isinstance(monitor.screen, PictureScreen))
        await pilot.press("escape")
        await settle(pilot, lambda: monitor.screen is monitor.main)
        may_end.set()
        await settle(pilot, has_ended.is_set)
        await settle(pilot, lambda: not any("_draw" in worker.name for worker in monitor.workers))
        assert monitor.screen is monitor.main

    drive(monitor, play)


def test_a_picture_that_cannot_be_drawn_says_why(
    monitor, able, drive, settle, screen_text, monkeypatch
) -> None:
    def full(*_, title):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(picture, "draw", full)

    async def play(pilot: Pilot[None]) -> None:
        await settle(pilot, lambda: has_read(monitor))
        await pilot.press("P")
        await settle(pilot, lambda: "No space left on device" in screen_text(monitor))
        await pilot.press("escape")
        await settle(pilot, lambda: monitor.screen is monitor.main)

    drive(monitor, play)


def test_without_the_extra_it_says_how_to_get_it(monitor, drive, settle, screen_text, monkeypatch) -> None:
    for name in ("textual_image", "textual_image.widget", "textual_image.renderable"):
        monkeypatch.setitem(sys.modules, name, None)  # as if it was not installed

    async def play(pilot: Pilot[None]) -> None:
        await settle(pilot, lambda: has_read(monitor))
        await pilot.press("P")
        await settle(pilot, lambda: "hpq[image]" in screen_text(monitor))
        assert monitor.screen is monitor.main

    drive(monitor, play)


def test_a_terminal_that_shows_no_images_is_told_of(monitor, drive, settle, screen_text, monkeypatch) -> None:
    pytest.importorskip("textual_image")
    monkeypatch.setattr(picture, "can_show_images", lambda: False)

    async def play(pilot: Pilot[None]) -> None:
        await settle(pilot, lambda: has_read(monitor))
        await pilot.press("P")
        await settle(pilot, lambda: "shows no images" in screen_text(monitor))

    drive(monitor, play)
