"""Pictures of pictures: what is given stays as it is, captions are any text, and the process is a GIF."""

import io

import numpy as np
import pytest
import torch
from PIL import Image, ImageFont

from hpq.model.pixels import fill, hide
from hpq.model.sheets import Row, _wrap, animation, png, sheet


@pytest.fixture
def pixels() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (3, 8, 8, 3), np.uint8)


@pytest.fixture
def mask() -> torch.Tensor:
    return torch.rand(3, 3, 8, 8, generator=torch.Generator().manual_seed(0)) < 0.5


def given(mask: torch.Tensor) -> np.ndarray:
    return mask.permute(0, 2, 3, 1).numpy()


@pytest.mark.parametrize("levels", [2, 32, 256])
def test_filling_in_keeps_what_is_given_to_the_byte(pixels, mask, levels: int) -> None:
    filled = fill(pixels, mask, torch.full(mask.shape, levels - 1), levels)
    assert np.array_equal(filled[given(mask)], pixels[given(mask)])
    assert (filled[~given(mask)] == 256 - 256 // levels + 128 // levels).all()


def test_all_256_levels_are_bytes_as_they_are() -> None:
    levels = torch.arange(256).reshape(1, 1, 16, 16).expand(1, 3, 16, 16)
    filled = fill(np.zeros((1, 16, 16, 3), np.uint8), torch.zeros(1, 3, 16, 16).bool(), levels, 256)
    assert filled[0, :, :, 1].flatten().tolist() == list(range(256))
    halves = fill(filled, torch.zeros(1, 3, 16, 16).bool(), levels - 0.4, 256)
    assert np.array_equal(halves[:, 1:], filled[:, 1:])


def test_what_is_asked_is_hidden_and_what_is_given_is_not(pixels, mask) -> None:
    other = pixels.copy()
    other[~given(mask)] ^= 255
    assert np.array_equal(hide(pixels, mask), hide(other, mask))
    assert np.array_equal(hide(pixels, mask)[given(mask)], pixels[given(mask)])
    whole = hide(pixels, torch.zeros_like(mask))
    assert len(np.unique(whole)) == 2
    assert (whole == whole[..., :1]).all()  # grey


CAPTIONS = [
    "",
    "a dog",
    "  many \n lines\tand \x00 \x1b[31m signs \x7f ",
    "[/bold] {x} %s <b>",
    "\udcff\ud800 lone surrogates",
    "שלום العربية नमस्ते 狗在草地上奔跑 🐕‍🦺 e\u0301\u202e",
    "狗" * 3000,
    "x" * 100_000,
    "a dog " * 1000,
]


@pytest.mark.parametrize("caption", CAPTIONS, ids=range(len(CAPTIONS)))
def test_any_caption_is_drawn(pixels, caption: str) -> None:
    made = sheet(("original", "masked"), [Row(pixels[:2], caption)], caption)
    lines = _wrap(caption, ImageFont.load_default(20), 300)
    assert len(lines) <= 3
    assert made.width < 600
    assert made.height < 600


def test_lines_break_at_blanks_and_say_when_something_is_missing() -> None:
    font = ImageFont.load_default(20)
    text = "a large dog runs after a small brown ball on the green grass"
    lines = _wrap(text, font, 250)
    assert " ".join(lines) == text
    assert all(font.getlength(line) <= 250 for line in lines)
    short = _wrap(text, font, 100)
    assert len(short) == 3
    assert short[-1].endswith("…")
    assert text.startswith(" ".join(short)[:-1])
    assert all(font.getlength(line) <= 100 for line in short)


@pytest.mark.parametrize(("side", "scale"), [(64, 3), (8, 24), (32, 6), (300, 1)])
def test_a_sheet_shows_pictures_enlarged_pixel_by_pixel(side: int, scale: int) -> None:
    pictures = np.random.default_rng(0).integers(0, 256, (2, side, side, 3), np.uint8)
    page = np.asarray(sheet(("a", "b"), [Row(pictures, "a dog")] * 2, "foot"))
    enlarged = pictures[1].repeat(scale, 0).repeat(scale, 1)
    tile = side * scale
    left = 20 + tile + 8
    tops = [
        top
        for top in range(len(page) - tile + 1)
        if np.array_equal(page[top : top + tile, left : left + tile], enlarged)
    ]
    assert len(tops) == 2


def test_an_animation_has_all_frames_and_holds_the_last(pixels) -> None:
    frames = [np.roll(pixels, number, 1) for number in range(6)]
    with Image.open(io.BytesIO(animation(frames))) as made:
        assert made.n_frames == 6
        assert made.info["loop"] == 0
        durations = []
        for number in range(6):
            made.seek(number)
            durations.append(made.info["duration"])
    assert durations[-1] > 5 * durations[1]
    assert durations[1] == durations[-2]


@pytest.mark.parametrize("count", [1, 8, 9, 30])
def test_an_animation_shows_any_number_of_pictures(count: int) -> None:
    frames = [np.full((count, 8, 8, 3), number, np.uint8) for number in (0, 255)]
    with Image.open(io.BytesIO(animation(frames))) as made:
        assert made.width <= 1024 + 8
    with Image.open(io.BytesIO(animation(frames[:1]))) as made:
        assert made.n_frames == 1


def test_a_png_has_the_pixels(pixels) -> None:
    with Image.open(io.BytesIO(png(pixels[0]))) as made:
        assert np.array_equal(np.asarray(made), pixels[0])
