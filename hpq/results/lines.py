"""Aligned columns of text, a line a row: ten thousand of them in the time in which rich draws a hundred."""

import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

_GAP = "  "
_SGR = {"bold": 1, "dim": 2, "red": 31, "yellow": 33, "blue": 34, "cyan": 36}


@dataclass(frozen=True, slots=True)
class Column:
    """What stands below one another. `styles` are of _SGR, one for each text, empty for none."""

    head: str
    texts: Sequence[str]
    is_number: bool = False
    styles: Sequence[str] = ()

    @property
    def width(self) -> int:
        """How many cells of a terminal it takes."""
        texts = {self.head, *self.texts}
        return max(map(len if all(map(str.isascii, texts)) else _width, texts))


def print_lines(lines: Iterable[str]) -> None:
    sys.stdout.writelines(f"{line}\n" for line in lines)


def aligned(columns: Sequence[Column], *, has_colours: bool = False) -> Iterator[str]:
    """Yield the heads and then the rows."""
    padded = [_padded(column, has_colours) for column in columns]
    for row in zip(*padded, strict=True):
        yield _GAP.join(row).rstrip()


def can_show_colours() -> bool:
    """Tell whether stdout is a terminal with colours that wants them."""
    wants = not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    return wants and sys.stdout.isatty()


def styled(text: str, style: str) -> str:
    return f"\x1b[{_SGR[style]}m{text}\x1b[0m" if style else text


def _padded(column: Column, has_colours: bool) -> list[str]:
    width, pad = column.width, str.rjust if column.is_number else str.ljust
    texts = [column.head, *column.texts]
    if all(map(str.isascii, texts)):
        cells = [pad(text, width) for text in texts]
    else:
        cells = [pad(text, width - _width(text) + len(text)) for text in texts]
    if has_colours and column.styles:
        cells = [cells[0], *map(styled, cells[1:], column.styles)]
    return cells


def _width(text: str) -> int:
    if text.isascii():
        return len(text)
    from rich.cells import cell_len  # knows which characters are wide; most tables have none

    return cell_len(text)
