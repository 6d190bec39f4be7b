"""A table in so many columns of the terminal: text gives way, then whole columns do, but no number is cut."""

from collections.abc import Sequence
from dataclasses import dataclass

from rich.table import Table
from rich.text import Text

from hpq.results.plain import plain
from hpq.tui.palette import Palette

_GAP = 2  # columns of the terminal between those of the table


@dataclass(frozen=True, slots=True)
class Column:
    """A column, and how it gives way."""

    head: str
    cells: Sequence[Text]
    least: int | None = None  # columns of the terminal that do where there is no room; None: all it takes
    folds: bool = False  # into more lines, instead of being cut
    leaves: int = 0  # the highest is left out first; 0 never is

    @property
    def width(self) -> int:
        """The columns of the terminal that it takes as it is."""
        return max([len(self.head), *(cell.cell_len for cell in self.cells)])

    @property
    def least_width(self) -> int:
        return self.width if self.least is None else min(self.width, max(self.least, len(self.head)))


def fitting(columns: Sequence[Column], width: int) -> list[tuple[Column, int]]:
    """Return the columns that there is room for, each with its width."""
    shown = list(columns)
    while _total([column.least_width for column in shown]) > width:
        droppable = [column for column in shown if column.leaves]
        if not droppable:
            break
        last = max(column.leaves for column in droppable)
        shown = [column for column in shown if column.leaves != last]
    widths = [column.least_width for column in shown]
    share = width // min(3, max(1, len(shown)))
    for most in (share, width):  # first none takes more than its share, then each what is left
        for index, column in enumerate(shown):
            more = min(most, column.width) - widths[index]
            widths[index] += max(0, min(more, width - _total(widths)))
    return list(zip(shown, widths, strict=True))


def _total(widths: Sequence[int]) -> int:
    return sum(widths) + _GAP * (len(widths) - 1)


def table(columns: Sequence[Column], width: int, palette: Palette) -> Table:
    """Return a table without frames."""
    made = Table(
        box=None,
        padding=(0, _GAP, 0, 0),
        pad_edge=False,
        header_style=palette.muted,
        style=palette.foreground,
    )
    shown = fitting(columns, width)
    for column, room in shown:
        made.add_column(
            Text(column.head),
            width=room,
            no_wrap=not column.folds,
            overflow="fold" if column.folds else "ellipsis",
        )
    for row in zip(*(_cells(column, room) for column, room in shown), strict=True):
        made.add_row(*row)
    return made


def _cells(column: Column, room: int) -> list[Text]:
    """Return a column's cells; a text that is cut loses its middle."""
    if column.folds:
        return list(column.cells)
    return [
        cell if cell.cell_len <= room else Text(plain(cell.plain, room), cell.style) for cell in column.cells
    ]
