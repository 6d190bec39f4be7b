"""Data that would do harm to a terminal is shown harmlessly everywhere."""

from typing import Any

import pytest
from textual.pilot import Pilot

from hpq.queue.records import Outcome

LARGE = (200, 60)


NASTY = ["[/bold]", "[red]x", "\x1b]0;title\x07", "a\nb", "é" * 10_000, "\u202eevil", "汉字" * 40, ""]


@pytest.mark.parametrize("size", [(80, 24), LARGE])
def test_nasty_data_is_shown_harmlessly_everywhere(root, watch, size) -> None:
    root.put(
        [
            {name or "empty": value, "n": index}
            for index, (name, value) in enumerate(zip(NASTY, NASTY[::-1], strict=True))
        ]
    )
    for index in range(4):
        root.end(
            root.begin(log=b"\x1b]0;owned\x07[/bold]\n"),
            Outcome.FAILED,
            reason=f"[/bold] \x1b[31m {NASTY[index]}",
        )
    for index in range(4, 7):
        root.end(root.begin(), Outcome.RETURNED, 1.0 + index)
    watched = watch(root.paths.folder)

    async def play(pilot: Pilot[None]) -> None:
        await watched.until(pilot, "blog-001", "4 crashed")
        keys = [
            "tab",
            "enter",
            "enter",
            "right",
            "tab",
            *["right"] * 9,
            "enter",
            "right_square_bracket",
            "escape",
        ]
        for key in [
            *keys,
            "slash",
            *"[/x",
            "escape",
            "s",
            "escape",
            "i",
            "escape",
            "question_mark",
            "escape",
        ]:
            await pilot.press(key)
            assert_harmless(watched)

    watched.run(play, size)


def assert_harmless(watched: Any) -> None:
    text = watched.text
    assert not set(text) & set("\x1b\x07\u202e"), repr(text)
    width = watched.app.size.width
    from rich.cells import cell_len

    wide = [line for line in text.splitlines() if cell_len(line) > width]
    assert not wide


@pytest.mark.parametrize(
    "name", ["[/bold]", "\x1b]0;title\x07", "a\nb", "é" * 300, "\u202eevil", "汉字" * 40]
)
def test_nasty_names_and_words_colour_dots_and_span_planes(root, watch, monkeypatch, name) -> None:
    monkeypatch.setattr("textual.constants.COLOR_SYSTEM", "truecolor")
    root.put([{name: word, f"{name}.2": word * 2} for word in NASTY])
    for index in range(len(NASTY)):
        crashes = index % 3 == 0
        outcome, best = (Outcome.FAILED, None) if crashes else (Outcome.RETURNED, 1.0 + index)
        root.end(root.begin(), outcome, best)
    watched = watch(root.paths.folder)

    async def play(pilot: Pilot[None]) -> None:
        await pilot.press("tab")
        await watched.until(pilot, "└")
        assert_harmless(watched)
        for key in ["b", "down", "enter", "d", "enter", "enter", "l", "u", "escape"]:
            await pilot.press(key)
            assert_harmless(watched)
        assert "●without" not in watched.text

    watched.run(play)
