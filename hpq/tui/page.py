"""How many panels stand beside and below one another in so many columns and rows of a terminal."""

import math
from dataclasses import dataclass, replace

MIN_WIDTH = 18  # cells of a plot in which dots and labels can still be read
MIN_HEIGHT = 4
AROUND = 3  # rows of a panel besides its plot: title, axis, labels
BESIDE = 2  # columns: the axis, and the gap to the next panel
_PROPORTION = 3.2  # the width of a plot over its height, in cells, that looks best


@dataclass(frozen=True, slots=True)
class Page:
    """A grid of panels. Lengths in cells."""

    columns: int
    rows: int
    gutter: int  # left of each row, for the labels of the loss
    width: int  # of a plot
    height: int
    strip: int = 0  # rows above a plot, for the shares of crashes

    @property
    def capacity(self) -> int:
        return self.columns * self.rows

    @property
    def block_width(self) -> int:
        return self.width + BESIDE

    @property
    def block_height(self) -> int:
        return self.strip + self.height + AROUND

    def locate(self, x: int, y: int) -> tuple[int, int, int] | None:
        """Return which place a cell lies in, and its column and row within that plot (outside it: nearby)."""
        column, row = (x - self.gutter) // self.block_width, y // self.block_height
        if x < self.gutter or column >= self.columns or row >= self.rows:
            return None
        left, top = self.gutter + column * self.block_width + 1, row * self.block_height + 1 + self.strip
        return row * self.columns + column, x - left, y - top


def lay_out(count: int, width: int, height: int, gutter: int, *, has_strip: bool = False) -> Page:
    """Return the page that shows most of so many panels, and among those the one that looks best.

    A strip takes a row of each plot that stays high enough without it.
    """
    most_columns = max(1, (width - gutter) // (MIN_WIDTH + BESIDE))
    most_rows = max(1, height // (MIN_HEIGHT + AROUND))
    shown = min(count, most_columns * most_rows)
    choices = [
        _page(columns, -(-shown // columns), width, height, gutter)
        for columns in range(1, min(most_columns, shown) + 1)
        if -(-shown // columns) <= most_rows
    ]
    page = min(choices, key=lambda page: _ugliness(page, shown))
    return replace(page, height=page.height - 1, strip=1) if has_strip and page.height > MIN_HEIGHT else page


def _page(columns: int, rows: int, width: int, height: int, gutter: int) -> Page:
    return Page(
        columns,
        rows,
        gutter,
        max(1, (width - gutter) // columns - BESIDE),
        max(1, height // rows - AROUND),
    )


def _ugliness(page: Page, shown: int) -> float:
    empty = page.capacity - shown
    return abs(math.log(page.width / page.height / _PROPORTION)) + 0.15 * empty
