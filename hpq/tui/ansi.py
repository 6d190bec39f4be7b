"""Lines of a log made safe: their colours stay, and nothing else of them reaches the terminal."""

import re
from functools import lru_cache

from rich.ansi import AnsiDecoder
from rich.cells import cell_len, chop_cells
from rich.style import Style
from rich.text import Span, Text

from hpq.results.plain import plain

_SGR = r"\x1b\[[0-9;]*m"
_STRING = r"\x1b[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)"  # titles, hyperlinks, pictures: with all that they hold
_CSI = r"\x1b\[[0-?]*[ -/]*[@-~]"  # moves of the cursor, deletions
_SHORT = r"\x1b[ -/]*[0-OQ-WYZ\\`-~]"
_ESCAPE = re.compile(f"({_SGR})|{_STRING}|{_CSI}|{_SHORT}")
_SGR_BYTES = re.compile(rb"\x1b\[([0-9;]*)m")
_CONTROL = re.compile(rb"[\x00-\x1f\x7f]")
_TAB = 8
_MOST_OPEN = 256  # bytes of colours that are carried on to the next line


def is_simple(raw: bytes) -> bool:
    """Tell whether a line takes a cell for each of its bytes."""
    return raw.isascii() and not _CONTROL.search(raw)


@lru_cache(2048)
def line_text(raw: bytes) -> Text:
    """Return a line as text in its own colours. The caller must not change it."""
    if is_simple(raw):
        return Text(raw.decode("ascii"), end="")
    text = AnsiDecoder().decode_line(_cleaned(raw.decode(errors="replace")))
    text.spans = [Span(span.start, span.end, _without_defaults(span.style)) for span in text.spans]
    text.end = ""
    return text


def plain_text(raw: bytes) -> str:
    """Return a line as it is read, without its colours."""
    bare = _SGR_BYTES.sub(b"", raw)
    return bare.decode("ascii") if is_simple(bare) else line_text(raw).plain


def _without_defaults(style: Style | str) -> Style | str:
    """Return a style in which the terminal's own colours, which suit no theme, are left open."""
    if not isinstance(style, Style):
        return style
    colour, ground = style.color, style.bgcolor
    if not (colour and colour.is_default) and not (ground and ground.is_default):
        return style
    kept = Style.from_color(
        None if colour is None or colour.is_default else colour,
        None if ground is None or ground.is_default else ground,
    )
    return style.without_color + kept


def _cleaned(text: str) -> str:
    """Return text in which all that is no colour is dropped or spelled out."""
    parts: list[str] = []
    column = end = 0
    for match in _ESCAPE.finditer(text):
        column = _add(parts, text[end : match.start()], column)
        parts.append(match[1] or "")
        end = match.end()
    _add(parts, text[end:], column)
    return "".join(parts)


def _add(parts: list[str], text: str, column: int) -> int:
    """Add text at a column, and return the column behind it."""
    for index, piece in enumerate(text.split("\t")):
        if index:
            blanks = _TAB - column % _TAB
            parts.append(" " * blanks)
            column += blanks
        shown = plain(piece)
        parts.append(shown)
        column += cell_len(shown)
    return column


def open_colours(raw: bytes, before: bytes) -> bytes:
    """Return the colours that are still on behind a line, given those that were on before it."""
    if b"\x1b" not in raw:
        return before
    for match in _SGR_BYTES.finditer(raw):
        codes = match[1].split(b";")
        before = b"" if codes[-1] in (b"", b"0") else (before + match[0])[-_MOST_OPEN:]
    start = before.find(b"\x1b")
    return before[start:] if start >= 0 else b""


def rows_of(raw: bytes, width: int) -> int:
    """Return how many rows a line takes where it is folded; measuring each character is the last resort."""
    bare = _SGR_BYTES.sub(b"", raw) if b"\x1b" in raw else raw
    if is_simple(bare):
        return max(1, -(-len(bare) // width))
    text = line_text(raw).plain
    return 1 if 2 * len(text) <= width else max(1, len(chop_cells(text, width)))


def folded(text: Text, width: int) -> list[Text]:
    """Return text in rows that are no wider than a width; a wide character is not cut in two."""
    parts = chop_cells(text.plain, width)
    if len(parts) < 2:
        return [text]
    ends, end = [], 0
    for part in parts[:-1]:
        end += len(part)
        ends.append(end)
    return list(text.divide(ends))
