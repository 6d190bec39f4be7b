"""Which picture of samples is the newest, and what becomes of those that cannot be read."""

import os
from pathlib import Path

import PIL.Image
import pytest

from hpq.errors import HpqError
from hpq.tui import sheets
from hpq.tui.sheets import Sheets

RED, BLUE = (255, 0, 0), (0, 0, 255)


def put(path: Path, colour: tuple[int, int, int] = RED, at_s: float | None = None) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    PIL.Image.new("RGB", (30, 20), colour).save(path)
    if at_s is not None:
        os.utime(path, (at_s, at_s))
    return path


@pytest.fixture
def run(root):
    root.put([{"lr": 1}])
    root.begin(1.0)
    return root.runs()["blog-001"]


@pytest.fixture
def samples(root, run) -> Path:
    return root.paths.run("blog", 1).attempt(1).samples


@pytest.fixture
def look(root, run) -> Sheets:
    return Sheets(root.paths, run)


def test_the_newest_is_decoded_once(look, samples, monkeypatch) -> None:
    sheet = put(samples / "2" / "sheet.png", at_s=2000)
    drawn = look()
    assert drawn is not None
    assert (drawn.path, drawn.title, drawn.made_at) == (sheet, "samples 2", 2000)
    assert drawn.pixels.getpixel((0, 0)) == RED
    monkeypatch.setattr(sheets, "_read_png", lambda _: pytest.fail("nothing changed"))
    assert look() is None


def test_a_newer_one_takes_its_place(look, samples) -> None:
    put(samples / "1" / "sheet.png", at_s=2000)
    look()
    put(samples / "preview.png", BLUE, at_s=3000)
    drawn = look()
    assert drawn is not None
    assert drawn.title == "preview"
    assert drawn.pixels.getpixel((0, 0)) == BLUE


def test_an_attempt_that_begins_meanwhile_is_looked_at(look, samples, root) -> None:
    put(samples / "preview.png", at_s=2000)
    look()
    put(root.paths.run("blog", 1).attempt(2).samples / "preview.png", BLUE, at_s=3000)
    assert look().pixels.getpixel((0, 0)) == BLUE


def test_without_samples_it_says_how_to_get_some(look) -> None:
    with pytest.raises(HpqError, match=r"blog-001 has no samples yet: `hpq sample blog-001`"):
        look()


def test_a_folder_in_its_place_is_no_picture(look, samples) -> None:
    (samples / "preview.png").mkdir(parents=True)
    with pytest.raises(HpqError, match="no samples yet"):
        look()


def whole(path: Path) -> bytes:
    return put(path).read_bytes()


@pytest.mark.parametrize("kept", [0, 4, 8, 20, 33, 40, 60])
def test_a_file_that_is_cut_short_is_told_of_in_one_sentence(look, samples, kept) -> None:
    data = whole(path := samples / "preview.png")
    path.write_bytes(data[: min(kept, len(data) - 20)])
    with pytest.raises(HpqError) as caught:
        look()
    assert str(caught.value).startswith(f"{path} cannot be shown: ")
    assert "\n" not in str(caught.value)
    assert look() is None, "it is not tried again before it changes"
    put(path, BLUE, at_s=5000)
    assert look().pixels.getpixel((0, 0)) == BLUE


@pytest.mark.parametrize("place", [0, 17, 24, 30, 45, 50])
def test_a_byte_that_is_wrong_ends_nothing(look, samples, place) -> None:
    data = bytearray(whole(path := samples / "preview.png"))
    data[place] ^= 0xFF
    path.write_bytes(data)
    with pytest.raises(HpqError, match="cannot be shown"):
        look()


def test_another_format_is_not_tried(look, samples) -> None:
    path = samples / "preview.png"
    path.parent.mkdir(parents=True)
    PIL.Image.new("RGB", (30, 20)).save(path, format="GIF")
    with pytest.raises(HpqError, match="cannot be shown"):
        look()


def test_a_huge_one_is_not_decoded(look, samples) -> None:
    path = samples / "preview.png"
    path.parent.mkdir(parents=True)
    PIL.Image.new("1", (20_000, 20_000)).save(path)
    with pytest.raises(HpqError, match="20,000×20,000 pixels are too many"):
        look()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read anything")
def test_one_that_may_not_be_read_is_told_of(look, samples) -> None:
    put(samples / "preview.png").chmod(0)
    with pytest.raises(HpqError, match="Permission denied"):
        look()
