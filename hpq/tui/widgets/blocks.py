"""A picture in any terminal that has colours: half blocks, each in the colours of two pixels."""

from typing import TYPE_CHECKING

from rich.color import Color
from rich.segment import Segment
from rich.style import Style
from textual.containers import VerticalScroll
from textual.strip import Strip
from textual.widget import Widget

from hpq.tui.palette import Depth

if TYPE_CHECKING:
    from PIL.Image import Image as Pixels

MOST_PIXELS = (640, 4000)  # across and down, beyond which no terminal shows more
_MOST_ROWS = MOST_PIXELS[1] // 2  # of a picture that scrolls
_UPPER_HALF = "▀"
# Those to which colours are brought down where a terminal has sixteen: dithered, a picture keeps its shades.
_SIXTEEN = (
    *(0x000000, 0xAA0000, 0x00AA00, 0xAA5500, 0x0000AA, 0xAA00AA, 0x00AAAA, 0xAAAAAA),
    *(0x555555, 0xFF5555, 0x55FF55, 0xFFFF55, 0x5555FF, 0xFF55FF, 0x55FFFF, 0xFFFFFF),
)


class Blocks(VerticalScroll):
    """As large as it fits, or as wide as it fits, and then it scrolls."""

    DEFAULT_CSS = """
    Blocks { width: 1fr; height: 1fr; align: center middle; scrollbar-size-vertical: 1; }
    Blocks.wide { align: center top; }
    """

    def __init__(self, pixels: "Pixels", depth: Depth) -> None:
        self._pixels, self._depth = pixels, depth
        self._canvas = _Canvas()
        super().__init__(self._canvas)

    def show(self, pixels: "Pixels") -> None:
        """Show another picture."""
        self._pixels = pixels
        self._draw()

    @property
    def is_wide(self) -> bool:
        return self.has_class("wide")

    @property
    def key_of_width(self) -> str:
        """What the key would do that changes the width; nothing where it would change nothing."""
        if self.is_wide:
            return "whole"
        width, height = self.outer_size
        return "wider" if fitting(self._pixels, width, height)[0] < min(width, self._pixels.width) - 1 else ""

    def toggle_width(self) -> None:
        """Give the picture all of the width, or fit it into the height again."""
        self.set_class(not self.is_wide and bool(self.key_of_width), "wide")
        self._draw()

    def on_resize(self) -> None:
        self._draw()

    def _draw(self) -> None:
        width, height = self.outer_size  # with the scrollbar, which comes and goes
        if not width or not height:
            return
        room = (width - 1, _MOST_ROWS) if self.is_wide else (width, height)
        self._canvas.show(half_blocks(self._pixels, *fitting(self._pixels, *room), self._depth))


class _Canvas(Widget):
    """Lines that were drawn before."""

    def __init__(self) -> None:
        super().__init__()
        self._lines: list[Strip] = []

    def show(self, lines: list[Strip]) -> None:
        self._lines = lines
        self.styles.width, self.styles.height = lines[0].cell_length, len(lines)
        self.refresh()

    def render_line(self, y: int) -> Strip:
        return self._lines[y] if y < len(self._lines) else Strip.blank(self.size.width)


def fitting(pixels: "Pixels", width: int, height: int) -> tuple[int, int]:
    """Return the columns and rows, of so many, that a picture fills in its proportions; it never grows."""
    scale = min(1.0, width / pixels.width, 2 * height / pixels.height)
    return max(1, round(pixels.width * scale)), max(1, round(pixels.height * scale / 2))


def half_blocks(pixels: "Pixels", columns: int, rows: int, depth: Depth) -> list[Strip]:
    """Return a picture as lines of so many cells: in each an upper pixel on the colour of a lower one."""
    import numpy as np
    from PIL.Image import Resampling

    small = pixels.convert("RGB").resize((columns, 2 * rows), Resampling.BOX, reducing_gap=2.0)
    if depth is Depth.SIXTEEN:
        small = _dithered(small)
    pairs = np.asarray(small).reshape(rows, 2, columns, 3).transpose(0, 2, 1, 3).reshape(rows, columns, 6)
    return [_line(row) for row in pairs.tolist()]


def _line(cells: list[list[int]]) -> Strip:
    """Return a line of cells, each with the red, green and blue of its upper and of its lower pixel."""
    segments, start = [], 0
    for end in range(1, len(cells) + 1):
        if end == len(cells) or cells[end] != cells[start]:
            upper, lower = Color.from_rgb(*cells[start][:3]), Color.from_rgb(*cells[start][3:])
            segments.append(Segment(_UPPER_HALF * (end - start), Style(color=upper, bgcolor=lower)))
            start = end
    return Strip(segments, len(cells))


def _dithered(pixels: "Pixels") -> "Pixels":
    from PIL import Image

    palette = Image.new("P", (1, 1))
    palette.putpalette(b"".join(colour.to_bytes(3, "big") for colour in _SIXTEEN))
    return pixels.quantize(palette=palette, dither=Image.Dither.FLOYDSTEINBERG).convert("RGB")
