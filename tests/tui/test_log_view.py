"""The log on the screen."""

from collections.abc import Callable
from pathlib import Path

import pytest
from textual.app import App, ComposeResult
from textual.pilot import Pilot

from hpq.tui.palette import DARK
from hpq.tui.widgets.log_view import LogView


class LogApp(App[None]):
    def __init__(self, path: Path) -> None:
        super().__init__()
        self.path = path
        self.view = LogView()

    def compose(self) -> ComposeResult:
        yield self.view

    def on_mount(self) -> None:
        self.view.open(self.path)
        self.view.focus()

    def lines(self) -> list[str]:
        return [self.view.render_line(y).text.rstrip() for y in range(self.view.size.height)]


@pytest.fixture
def app(tmp_path: Path) -> LogApp:
    return LogApp(tmp_path / "log.txt")


def append(app: LogApp, data: bytes) -> None:
    with open(app.path, "ab") as file:
        file.write(data)
    app.view.look()


def numbered(count: int, first: int = 0) -> bytes:
    return b"".join(b"line %d\n" % number for number in range(first, first + count))


def long_lines(count: int, first: int) -> bytes:
    return b"".join(b"%07d " % number + b"x" * 70 + b"\n" for number in range(first, first + count))


def test_it_opens_at_the_end_and_follows(app: LogApp, drive: Callable[..., None]) -> None:
    app.path.write_bytes(numbered(100))

    async def steps(pilot: Pilot[None]) -> None:
        assert app.lines()[-1] == "line 99"
        append(app, numbered(5, 100))
        await pilot.pause()
        assert app.lines()[-1] == "line 104"
        assert app.view.is_following

    drive(app, steps, (40, 10))


def test_scrolling_up_ends_following_and_the_end_begins_it(app: LogApp, drive: Callable[..., None]) -> None:
    app.path.write_bytes(numbered(100))

    async def steps(pilot: Pilot[None]) -> None:
        await pilot.press("up")
        await pilot.pause(0.2)
        assert not app.view.is_following
        append(app, numbered(5, 100))
        await pilot.pause()
        assert app.lines()[-1] == "line 98"
        await pilot.press("end")
        await pilot.pause(0.2)
        assert app.view.is_following
        assert app.lines()[-1] == "line 104"
        await pilot.press("home")
        await pilot.pause(0.2)
        assert app.lines()[0] == "line 0"
        app.view.follow()
        await pilot.pause()
        assert app.lines()[-1] == "line 104"

    drive(app, steps, (40, 10))


def test_the_place_stays_when_old_lines_are_forgotten(app: LogApp, drive: Callable[..., None]) -> None:
    app.path.write_bytes(b"")

    async def steps(pilot: Pilot[None]) -> None:
        for turn in range(5):
            append(app, long_lines(5_000, turn * 5_000))
        app.view.scroll_to(y=app.view.max_scroll_y - 1000, animate=False)
        await pilot.pause()
        top = app.lines()[0]
        assert not app.view.is_following
        append(app, long_lines(5_000, 25_000))
        await pilot.pause()
        assert app.view._first > 0
        assert app.lines()[0] == top
        await pilot.press("home")
        await pilot.pause(0.2)
        assert "before this are not shown" in app.lines()[0]

    drive(app, steps, (100, 10))


def test_long_lines_are_folded_or_moved_along(app: LogApp, drive: Callable[..., None]) -> None:
    app.path.write_bytes(b"a" * 30 + b"b" * 30 + b"\nend")

    async def steps(pilot: Pilot[None]) -> None:
        width = 39  # and the scrollbar
        assert app.lines()[0] == "a" * 30 + "b" * (width - 30)
        assert app.lines()[1] == "b" * (60 - width)
        assert app.lines()[2] == "end"
        app.view.toggle_folding()
        await pilot.pause()
        assert app.lines()[1] == "end"
        await pilot.press(*["right"] * 30)
        await pilot.pause(0.3)
        assert app.lines()[0] == "a" * (width - 30) + "b" * 30

    drive(app, steps, (40, 10))


def test_a_search_marks_and_goes_round(app: LogApp, drive: Callable[..., None]) -> None:
    app.path.write_bytes(
        numbered(50) + b"An ERROR here\n" + numbered(50, 50) + b"error \x1b[31mred error\x1b[0m\n"
    )

    async def steps(pilot: Pilot[None]) -> None:
        app.view.search("error")
        await pilot.pause()
        assert (app.view.match_count, app.view.match_place) == (2, 2)
        app.view.go_to_match(-1)
        await pilot.pause()
        assert "An ERROR here" in app.lines()
        assert not app.view.is_following
        app.view.go_to_match(-1)
        await pilot.pause()
        assert app.view.match_place == 2
        strip = app.view.render_line(app.lines().index("error red error"))
        grounds = [(part.text, part.style.bgcolor) for part in strip if part.style]
        marked = [text for text, ground in grounds if ground and ground.name == DARK.selected]
        assert marked == ["error", "error"]
        append(app, b"a third error\n")
        assert app.view.match_count == 3
        app.view.search("[/bold]")
        assert app.view.match_count == 0
        app.view.go_to_match(1)
        app.view.search("")
        assert not app.view.is_searching

    drive(app, steps, (40, 10))


def test_the_last_lines_have_the_colour_of_what_went_wrong(app: LogApp, drive: Callable[..., None]) -> None:
    app.path.write_bytes(numbered(100))

    async def steps(pilot: Pilot[None]) -> None:
        app.view.mark_end(DARK.crashed)
        await pilot.pause()
        colours = {
            text: segment.style.color.name
            for y in range(app.view.size.height)
            for segment in app.view.render_line(y)
            if (text := segment.text.strip()) and segment.style and segment.style.color
        }
        assert colours["line 88"] == colours["line 99"] == DARK.crashed
        assert colours["line 87"] != DARK.crashed

    drive(app, steps, (40, 24))


def test_a_log_that_goes_and_comes_again_is_shown_anew(app: LogApp, drive: Callable[..., None]) -> None:
    app.path.write_bytes(numbered(100))

    async def steps(pilot: Pilot[None]) -> None:
        app.path.unlink()
        app.view.look()
        await pilot.pause()
        assert not app.view.is_there
        assert not any(app.lines())
        append(app, b"again\n")
        await pilot.pause()
        assert app.lines()[0] == "again"

    drive(app, steps, (40, 10))


def test_wide_characters_fill_two_cells(app: LogApp, drive: Callable[..., None]) -> None:
    app.path.write_bytes("漢字".encode() * 30 + b"\n")

    async def steps(pilot: Pilot[None]) -> None:
        assert app.view.row_count == 4
        assert all(app.view.render_line(y).cell_length == 39 for y in range(10))
        app.view.toggle_folding()
        await pilot.press("right", "right", "right")
        await pilot.pause(0.3)
        assert app.view.render_line(0).cell_length == 39

    drive(app, steps, (40, 10))


def test_any_size_can_be_taken(app: LogApp, drive: Callable[..., None]) -> None:
    app.path.write_bytes(numbered(3) + b"x" * 5000 + b"\n" + "漢".encode() * 99)

    async def steps(pilot: Pilot[None]) -> None:
        for size in ((1, 1), (2, 3), (200, 60), (3, 2), (80, 24)):
            await pilot.resize_terminal(*size)
            await pilot.pause()
            assert app.view.is_following
        assert app.lines()[-1].startswith("漢")

    drive(app, steps, (40, 10))
