"""Pictures of pictures: contact sheets with captions, and the process of sampling as an animation."""

import io
import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hpq.model.pixels import Pixels

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageFont import FreeTypeFont, ImageFont

_TILE = 192  # pixels a side, about, that a picture is enlarged to: 64 three times
_GAP, _MARGIN = 8, 20  # pixels
_TEXT, _SMALL = 20, 16  # pixels a line of text is high, so that a sheet is legible at half its size
_LEADING = 1.3
_CAPTION_LINES = 3
_LINE_CHARACTERS = 1000  # more than fit in a line of any sheet
_BLACK, _GREY, _WHITE = (24, 24, 24), (112, 112, 112), (255, 255, 255)

_ANIMATION_SIDE = 1024  # pixels, if that many pictures can be so small
_COLUMNS = 8  # pictures of an animation side by side
_WHOLE_MS, _FRAME_MS = 6000, (40, 200)
_FIRST_MS, _LAST_MS = 800, 3000


@dataclass(frozen=True, slots=True)
class Row:
    """What a sheet shows of one picture."""

    pictures: Sequence[Pixels]  # (side, side, 3), one a column
    caption: str = ""


def sheet(heads: Sequence[str], rows: Sequence[Row], foot: str) -> "Image":
    """Return a contact sheet: columns with heads, a row a picture, and a line at the foot.

    Pictures are enlarged without smoothing, and have their captions beneath.
    """
    from PIL import Image, ImageDraw, ImageFont

    text, small = ImageFont.load_default(_TEXT), ImageFont.load_default(_SMALL)
    scale = _scale(rows[0].pictures[0].shape[0])
    tile = rows[0].pictures[0].shape[0] * scale
    width = 2 * _MARGIN + len(heads) * (tile + _GAP) - _GAP
    captions = [_wrap(row.caption, text, width - 2 * _MARGIN) for row in rows]
    foot_lines = _wrap(foot, small, width - 2 * _MARGIN)
    line, small_line = round(_TEXT * _LEADING), round(_SMALL * _LEADING)
    heights = [tile + _GAP + len(lines) * line + _MARGIN for lines in captions]
    height = _MARGIN + line + sum(heights) + len(foot_lines) * small_line + _MARGIN // 2

    page = Image.new("RGB", (width, height), _WHITE)
    draw = ImageDraw.Draw(page)
    lefts = [_MARGIN + column * (tile + _GAP) for column in range(len(heads))]
    for left, head in zip(lefts, heads, strict=True):
        draw.text((left, _MARGIN - _GAP), head, _GREY, text)
    top = _MARGIN + line
    for row, lines, height in zip(rows, captions, heights, strict=True):
        for left, picture in zip(lefts, row.pictures, strict=True):
            page.paste(_enlarged(picture, scale), (left, top))
        for number, words in enumerate(lines):
            draw.text((_MARGIN, top + tile + _GAP + number * line), words, _BLACK, text)
        top += height
    for number, words in enumerate(foot_lines):
        draw.text((_MARGIN, top + number * small_line), words, _GREY, small)
    return page


def _scale(side: int) -> int:
    return max(1, round(_TILE / side))


def _enlarged(picture: Pixels, scale: int) -> "Image":
    from PIL import Image

    return Image.fromarray(picture.repeat(scale, 0).repeat(scale, 1))


def _wrap(text: str, font: "FreeTypeFont | ImageFont", width: int) -> list[str]:
    """Return text in lines of a width, a few at most; what a font cannot draw in a line becomes a sign."""
    left = " ".join(text.split())
    left = "".join(sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in left)
    lines: list[str] = []
    while left and len(lines) < _CAPTION_LINES:
        lengths = range(1, min(len(left), _LINE_CHARACTERS) + 1)
        fitting = max(1, bisect_right(lengths, width, key=lambda n: math.ceil(font.getlength(left[:n]))))
        blank = left.rfind(" ", 0, fitting + 1)
        cut = blank if blank > 0 and fitting < len(left) else fitting
        lines.append(left[:cut])
        left = left[cut:].lstrip()
    if left:
        last = lines[-1]
        while last and font.getlength(last + "…") > width:
            last = last[:-1]
        lines[-1] = last.rstrip() + "…"
    return lines


def animation(frames: Sequence[Pixels]) -> bytes:
    """Return a GIF that loops over frames of pictures (B, side, side, 3), the last one held longer."""
    from PIL import Image

    # One palette for all, and no dithering, so that what stays the same does not flicker.
    example = np.concatenate([_side_by_side(frame) for frame in (frames[0], frames[-1])])
    palette = Image.fromarray(example).quantize(256)
    height, width, _ = _side_by_side(frames[0]).shape
    scale = max(1, min(_scale(frames[0].shape[1]), _ANIMATION_SIDE // max(width, height)))
    images = [
        _enlarged(_side_by_side(frame), scale).quantize(palette=palette, dither=Image.Dither.NONE)
        for frame in frames
    ]
    shortest, longest = _FRAME_MS
    each_ms = min(max(_WHOLE_MS // len(frames), shortest), longest)
    durations = [_FIRST_MS, *[each_ms] * (len(frames) - 2), _LAST_MS]
    file = io.BytesIO()
    images[0].save(
        file, "GIF", save_all=True, append_images=images[1:], duration=durations[-len(frames) :], loop=0
    )
    return file.getvalue()


def _side_by_side(pictures: Pixels) -> Pixels:
    """Return pictures (B, side, side, 3) in rows of a few, as one."""
    count, side, _, _ = pictures.shape
    columns = min(count, _COLUMNS)
    rows = -(-count // columns)
    grid = np.full((rows * columns, side, side, 3), 255, np.uint8)
    grid[:count] = pictures
    together = grid.reshape(rows, columns, side, side, 3).transpose(0, 2, 1, 3, 4)
    return together.reshape(rows * side, columns * side, 3)


def png(picture: "Image | Pixels") -> bytes:
    """Return a picture as a PNG file."""
    from PIL import Image

    image = Image.fromarray(picture) if isinstance(picture, np.ndarray) else picture
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()
