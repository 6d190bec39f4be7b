"""Lines of a log, made safe."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.style import Style

from hpq.tui.ansi import folded, line_text, plain_text, rows_of


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        (b"plain", "plain"),
        (b"[/bold] [red]", "[/bold] [red]"),
        (b"\x1b]0;title\x07text", "text"),
        (b"\x1b]0;title\x1b\\text", "text"),
        (b"\x1b]8;;http://example.org\x1b\\link\x1b]8;;\x1b\\", "link"),
        (b"\x1b]0;never ends", "\\x1b]0;never ends"),
        (b"\x1bPq#0~\x1b\\sixel", "sixel"),
        (b"a\x1b[2Kb\x1b[10;10Hc\x1b[?25ld\x1b[6n", "abcd"),
        (b"a\x1bcb\x1b(Bc\x1b7", "abc"),
        (b"bell\x07 back\x08 nul\x00", "bell\\x07 back\\x08 nul\\x00"),
        (b"bad \xff utf", "bad � utf"),
        ("c1 \x9b31m".encode(), "c1 \\x9b31m"),
        ("right to left \u202e".encode(), "right to left \\u202e"),
        (b"a\tb", "a       b"),
        ("漢\tb".encode(), "漢      b"),
        (b"\x1b", "\\x1b"),
        (b"\x1b[", "\\x1b["),
        (b"\x1b[38;5;300;2;999;1mx", "x"),
    ],
)
def test_only_text_is_left(raw: bytes, shown: str) -> None:
    assert line_text(raw).plain == plain_text(raw) == shown


def test_colours_are_kept() -> None:
    text = line_text(b"a \x1b[1;31mred\x1b[0m \x1b[48;2;1;2;3mground")
    assert [(text.plain[span.start : span.end], str(span.style)) for span in text.spans] == [
        ("red", "bold color(1)"),
        ("ground", "on #010203"),
    ]


def test_the_terminals_own_colours_are_left_to_the_theme() -> None:
    text = line_text(b"\x1b[31mred\x1b[39m plain \x1b[1;39;49mbold")
    assert all(
        span.style.color is None or not span.style.color.is_default
        for span in text.spans
        if isinstance(span.style, Style)
    )
    assert isinstance(text.spans[-1].style, Style)
    assert text.spans[-1].style.bold


@given(st.binary(max_size=200))
def test_no_line_reaches_the_terminal_with_a_control_character(raw: bytes) -> None:
    line = raw.replace(b"\n", b"").replace(b"\r", b"")
    assert line_text(line).plain.isprintable()
    assert plain_text(line) == line_text(line).plain


@given(
    st.lists(
        st.sampled_from([b"x", b" ", "é".encode(), "漢".encode(), b"\x1b[31m", b"\t", b"\x07", b"\x1b["])
    )
)
def test_rows_are_counted_as_they_are_folded(parts: list[bytes]) -> None:
    raw = b"".join(parts)
    rows = folded(line_text(raw), 10)
    assert len(rows) == rows_of(raw, 10)
    assert "".join(row.plain for row in rows) == line_text(raw).plain
    assert all(cell_len(row.plain) <= 10 for row in rows)


def test_a_wide_character_goes_whole_to_the_next_row() -> None:
    rows = folded(line_text("123456789漢字".encode()), 10)
    assert [row.plain for row in rows] == ["123456789", "漢字"]
