"""A box in a picture of any size: cut out for the network, and pasted back once it is filled in."""

import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from hpq.errors import HpqError

if TYPE_CHECKING:
    from PIL.Image import Image

_WITH_ALPHA = ("RGBA", "LA", "PA", "RGBa", "La")
_WHITE = (255, 255, 255, 255)  # what is seen through a picture


def read_picture(path: Path) -> "Image":
    """Return a picture file of any mode upright: as RGB, or as RGBA where it has transparent parts.

    Raises HpqError for what cannot be read.
    """
    from PIL import Image, ImageOps

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of large pictures, and of odd metadata
            with Image.open(path) as opened:
                return _as_colours(ImageOps.exif_transpose(opened))
    except FileNotFoundError:
        raise HpqError(f"there is no picture {str(path)!r}") from None
    except MemoryError:
        raise
    except Exception as error:  # a damaged file makes decoders raise anything
        raise HpqError(f"{str(path)!r} cannot be read as a picture: {error}") from None


def _as_colours(picture: "Image") -> "Image":
    """Return a picture as RGB or RGBA, with its colour profile where that is of such colours."""
    has_alpha = picture.mode in _WITH_ALPHA or "transparency" in picture.info
    if picture.mode.startswith("I;16"):
        picture = picture.convert("I").point(lambda value: value / 257).convert("L")
    colours = picture.convert("RGBA" if has_alpha else "RGB")
    profile = picture.info.get("icc_profile") if picture.mode == colours.mode else None
    colours.info = {"icc_profile": profile} if profile else {}
    return colours


@dataclass(frozen=True, slots=True)
class Box:
    """A part of a picture, in pixels from its upper left corner."""

    left: int
    top: int
    width: int
    height: int

    @property
    def corners(self) -> tuple[int, int, int, int]:
        return self.left, self.top, self.left + self.width, self.top + self.height

    def __str__(self) -> str:
        return f"{self.left},{self.top},{self.width},{self.height}"


@dataclass(frozen=True, slots=True)
class Crop:
    """The square of a picture that the network sees, and the box in it that is asked."""

    picture: "Image"
    box: Box
    square: Box

    def pixels(self, side: int) -> NDArray[np.uint8]:
        """Return the square scaled, (side, side, 3)."""
        from PIL import Image

        square = self.picture.crop(self.square.corners)
        if square.mode == "RGBA":
            square = Image.alpha_composite(Image.new("RGBA", square.size, _WHITE), square)
        # The mean over an area: wider filters would let the pixels around the box tell what it hides.
        return np.array(square.convert("RGB").resize((side, side), Image.Resampling.BOX))

    def mask(self, side: int) -> Tensor:
        """Return what of the scaled square is given, (3, side, side): all but what the box touches."""
        mask = torch.ones(3, side, side, dtype=torch.bool)
        columns = _touched(self.box.left - self.square.left, self.box.width, self.square.width, side)
        rows = _touched(self.box.top - self.square.top, self.box.height, self.square.height, side)
        mask[:, rows, columns] = False
        return mask

    def paste(self, filled: NDArray[np.uint8]) -> "Image":
        """Return the whole picture with the box filled in from the scaled square (side, side, 3)."""
        from PIL import Image

        size = self.square.width, self.square.height
        square = Image.fromarray(filled).resize(size, Image.Resampling.BICUBIC)
        left, top = self.box.left - self.square.left, self.box.top - self.square.top
        patch = square.crop(Box(left, top, self.box.width, self.box.height).corners)
        whole = self.picture.copy()
        whole.paste(patch.convert(whole.mode), (self.box.left, self.box.top))
        return whole


def _touched(start: int, length: int, total: int, side: int) -> slice:
    """Return the pixels that a part of a line touches once the line is scaled from `total` to `side`."""
    return slice(start * side // total, -(-(start + length) * side // total))


def crop_around(picture: "Image", box: Box) -> Crop:
    """Return the largest square that holds a box, as centred on it as the picture's edges allow.

    Raises HpqError for a box that is empty, not within the picture, or larger than its largest square.
    """
    width, height = picture.size
    size = f"the picture has {width} × {height} pixels"
    if box.width < 1 or box.height < 1:
        raise HpqError(f"the box {box} is empty: {box.width} × {box.height} pixels")
    if min(box.left, box.top) < 0 or box.left + box.width > width or box.top + box.height > height:
        raise HpqError(f"the box {box} is not within the picture: {size}")
    side = min(width, height)
    if max(box.width, box.height) > side:
        raise HpqError(
            f"the box {box} fits in no square of the picture, which the network sees: "
            f"it has {box.width} × {box.height} pixels, the largest square {side} × {side}"
        )
    left = _start(box.left, box.width, side, width)
    top = _start(box.top, box.height, side, height)
    return Crop(picture, box, Box(left, top, side, side))


def _start(start: int, length: int, side: int, total: int) -> int:
    """Return where a span of so many pixels begins that is centred on a part of a line."""
    return min(max((2 * start + length - side) // 2, 0), total - side)
