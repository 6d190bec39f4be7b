"""A box in a picture: any mode and size, only the box changes, and nothing tells what it hides."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from hpq.errors import HpqError
from hpq.model.crops import Box, crop_around, read_picture

SIDE = 16


def noise(width: int, height: int, mode: str = "RGB", seed: int = 0) -> Image.Image:
    drawn = np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)
    return Image.fromarray(drawn).convert(mode)


def filled(colour: int = 7) -> np.ndarray:
    return np.full((SIDE, SIDE, 3), colour, np.uint8)


@pytest.mark.parametrize("size", [(40, 30), (30, 40), (SIDE, SIDE), (5, 9), (1, 50), (50, 1), (700, 33)])
def test_all_but_the_box_of_a_picture_stays_byte_for_byte(size: tuple[int, int]) -> None:
    picture = noise(*size)
    box = Box(size[0] // 3, size[1] // 4, max(1, min(size) // 3), max(1, min(size) // 2))
    whole = np.asarray(crop_around(picture, box).paste(filled()))
    left, top, right, bottom = box.corners
    expected = np.array(picture)
    expected[top:bottom, left:right] = 7
    assert np.array_equal(whole, expected)


@pytest.mark.parametrize(
    ("size", "box", "square"),
    [
        ((40, 30), Box(15, 10, 10, 10), Box(5, 0, 30, 30)),
        ((40, 30), Box(0, 0, 3, 3), Box(0, 0, 30, 30)),
        ((40, 30), Box(39, 29, 1, 1), Box(10, 0, 30, 30)),
        ((40, 30), Box(10, 0, 30, 30), Box(10, 0, 30, 30)),
        ((40, 30), Box(7, 0, 29, 30), Box(6, 0, 30, 30)),
        ((30, 41), Box(0, 20, 30, 1), Box(0, 5, 30, 30)),
        ((50, 1), Box(20, 0, 1, 1), Box(20, 0, 1, 1)),
    ],
)
def test_the_square_is_the_largest_and_as_centred_as_can_be(size, box: Box, square: Box) -> None:
    assert crop_around(noise(*size), box).square == square


def test_every_box_that_fits_lies_within_its_square() -> None:
    picture = noise(9, 6)
    for left in range(9):
        for width in range(1, min(6, 9 - left) + 1):
            box = Box(left, 1, width, 2)
            square = crop_around(picture, box).square
            assert 0 <= square.left <= left
            assert left + width <= square.left + square.width <= 9


@pytest.mark.parametrize("total", [16, 17, 100, 7, 1])
def test_the_hole_is_all_that_the_box_touches(total: int) -> None:
    picture = noise(total, total)
    for start in range(0, total, max(1, total // 5)):
        for length in {1, (total - start + 1) // 2, total - start}:
            mask = crop_around(picture, Box(start, 0, length, total)).mask(SIDE)
            # Columns of the scaled picture, each of which covers a stretch of the box's own line.
            touched = [
                column * total < (start + length) * SIDE and (column + 1) * total > start * SIDE
                for column in range(SIDE)
            ]
            assert (~mask[0, 0]).tolist() == touched
            assert (mask == mask[0, 0]).all()


@pytest.mark.parametrize("size", [(100, 60), (37, 41), (10, 9), (64, 64)])
def test_given_pixels_do_not_tell_what_the_box_hides(size: tuple[int, int]) -> None:
    box = Box(3, 2, 5, 4)
    one = noise(*size)
    other = one.copy()
    other.paste(noise(5, 4, seed=1), (3, 2))
    crops = [crop_around(picture, box) for picture in (one, other)]
    given = crops[0].mask(SIDE).permute(1, 2, 0).numpy()
    seen = [np.where(given, crop.pixels(SIDE), 0) for crop in crops]
    assert np.array_equal(*seen)
    assert not np.array_equal(*(crop.pixels(SIDE) for crop in crops))


def test_a_square_of_the_size_itself_is_seen_as_it_is() -> None:
    picture = noise(SIDE, SIDE)
    assert np.array_equal(crop_around(picture, Box(0, 0, 1, 1)).pixels(SIDE), np.asarray(picture))


@pytest.mark.parametrize(
    ("box", "told"),
    [
        (Box(0, 0, 0, 5), "0,0,0,5 is empty: 0 × 5 pixels"),
        (Box(0, 0, 5, -1), "is empty: 5 × -1 pixels"),
        (Box(-1, 0, 5, 5), "-1,0,5,5 is not within the picture: the picture has 40 × 30 pixels"),
        (Box(38, 0, 5, 5), "the picture has 40 × 30 pixels"),
        (Box(0, 28, 5, 5), "the picture has 40 × 30 pixels"),
        (Box(99, 99, 5, 5), "the picture has 40 × 30 pixels"),
        (Box(0, 0, 31, 5), "it has 31 × 5 pixels, the largest square 30 × 30"),
    ],
)
def test_a_box_that_cannot_be_says_the_sizes(box: Box, told: str) -> None:
    with pytest.raises(HpqError) as raised:
        crop_around(noise(40, 30), box)
    assert told in str(raised.value)


@pytest.mark.parametrize(
    ("mode", "name"),
    [
        *[(mode, "a.png") for mode in ("1", "L", "LA", "P", "RGB", "RGBA")],
        *[(mode, "a.jpg") for mode in ("L", "RGB", "CMYK", "YCbCr")],
        *[(mode, "a.tif") for mode in ("CMYK", "LAB", "I;16")],
    ],
)
def test_a_picture_of_any_mode_is_read(tmp_path: Path, mode: str, name: str) -> None:
    noise(20, 10, mode if mode != "I;16" else "L").convert(mode).save(tmp_path / name)
    picture = read_picture(tmp_path / name)
    assert picture.mode == ("RGBA" if mode in ("LA", "RGBA") else "RGB")
    crop = crop_around(picture, Box(3, 3, 4, 4))
    assert crop.pixels(SIDE).shape == (SIDE, SIDE, 3)
    assert np.asarray(crop.paste(filled()))[4, 4, :3].tolist() == [7, 7, 7]


def test_a_picture_of_sixteen_bits_keeps_its_brightness(tmp_path: Path) -> None:
    ramp = np.linspace(0, 65535, 256).astype(np.uint16).repeat(4).reshape(32, 32)
    Image.fromarray(ramp).save(tmp_path / "a.png")
    read = np.asarray(read_picture(tmp_path / "a.png"))[:, :, 0]
    assert np.abs(read.astype(int) - (ramp // 257)).max() <= 1


def test_what_is_transparent_is_seen_as_white_and_stays_so(tmp_path: Path) -> None:
    picture = noise(20, 10, "RGBA")
    picture.putalpha(0)
    picture.save(tmp_path / "a.png")
    crop = crop_around(read_picture(tmp_path / "a.png"), Box(3, 3, 4, 4))
    assert (crop.pixels(SIDE) == 255).all()
    whole = np.asarray(crop.paste(filled()))
    assert (whole[3:7, 3:7] == [7, 7, 7, 255]).all()
    assert np.array_equal(whole[:3], np.asarray(picture)[:3])


def test_a_colour_profile_stays_with_the_colours_that_it_is_of(tmp_path: Path) -> None:
    for mode, kept in (("RGB", b"profile"), ("CMYK", None), ("L", None)):
        noise(20, 10, mode).save(tmp_path / "a.jpg", icc_profile=b"profile")
        whole = crop_around(read_picture(tmp_path / "a.jpg"), Box(3, 3, 4, 4)).paste(filled())
        assert whole.info.get("icc_profile") == kept


def test_a_palette_with_a_transparent_colour_is_read(tmp_path: Path) -> None:
    noise(20, 10, "P").save(tmp_path / "a.png", transparency=0)
    assert read_picture(tmp_path / "a.png").mode == "RGBA"


def test_a_box_is_in_the_pixels_of_the_upright_picture(tmp_path: Path) -> None:
    lying = noise(30, 20)
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was turned: the file's left edge is the upper one
    lying.save(tmp_path / "a.png", exif=exif)
    picture = read_picture(tmp_path / "a.png")
    assert picture.size == (20, 30)
    assert np.array_equal(np.asarray(picture), np.rot90(np.asarray(lying), -1))
    assert np.asarray(crop_around(picture, Box(0, 25, 5, 5)).paste(filled()))[29, 0].tolist() == [7, 7, 7]


@pytest.mark.parametrize("data", [b"", b"nonsense", b"\x89PNG\r\n\x1a\n", b"GIF89a"])
def test_what_is_no_picture_says_so(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(data)
    with pytest.raises(HpqError, match=r"a\.png' cannot be read as a picture"):
        read_picture(path)


def test_a_truncated_or_missing_picture_says_so(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    noise(200, 200).save(path)
    path.write_bytes(path.read_bytes()[:2000])
    with pytest.raises(HpqError, match=r"cannot be read.*truncated"):
        read_picture(path)
    with pytest.raises(HpqError, match="no picture"):
        read_picture(tmp_path / "b.jpg")


def test_a_picture_of_too_many_pixels_is_refused_and_a_large_one_is_not(tmp_path: Path, monkeypatch) -> None:
    noise(20, 10).save(tmp_path / "a.png")
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 150)
    assert read_picture(tmp_path / "a.png").size == (20, 10)  # without a warning
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 50)
    with pytest.raises(HpqError, match="exceeds limit"):
        read_picture(tmp_path / "a.png")
