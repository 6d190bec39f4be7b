"""How the monitor looks, held fast: the characters, and for each of them the number of its style.

Run with HPQ_UPDATE_SNAPSHOTS=1 to take what is seen for what is right; then look at the difference.
"""

import os
import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from rich.cells import cell_len
from rich.style import Style
from textual.app import App
from textual.pilot import Pilot

from hpq.queue.runs import Run
from hpq.queue.states import State
from hpq.results.columns import Columns, overview
from hpq.runner.gpus import GpuUse
from hpq.search import post
from hpq.search.samplers import draw_run
from hpq.tui.app import Monitor
from hpq.tui.messages import SnapshotRead
from hpq.tui.source import Snapshot

FOLDER = Path(__file__).parent / "snapshots"
STYLE_NAMES = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
NOW = 1_800_000_000.0


def blog_runs(count: int) -> list[Run]:
    """Return a search as the post's was: half of it crashed, large networks more often."""
    runs = []
    for number in range(1, count + 1):
        params = draw_run(post.sample, 7, number).values
        luck = number * 7919 % 100 / 100
        live = number > count - 3
        crashed = not live and luck < 0.2 + params["convnet.depth"] / 900
        state = State.RUNNING if live else State.CRASHED if crashed else State.FINISHED
        if state is State.FINISHED and number % 9 == 0:
            state = State.UNFINISHED
        loss = None if crashed else 0.5 + 3 * (number * 104_729 % 1000 / 1000) ** 2
        runs.append(
            Run(
                id=f"blog-{number:03d}",
                search="blog",
                number=number,
                state=state,
                drawn=params,
                loss=loss,
                best=loss,
                step=None if crashed else 100 * number,
                attempt=1,
                reason="out of memory" if crashed else "",
                slot=f"gpu{number % 4}",
                enqueued_at=NOW - 9000,
                started_at=NOW - 8000 + 60 * number,
                ended_at=None if live else NOW - 7000 + 60 * number,
                heard_at=NOW - 4 if live else NOW - 7000 + 60 * number,
            )
        )
    runs.append(Run(f"blog-{count + 1:03d}", "blog", count + 1, State.QUEUED, drawn=runs[0].params))
    return runs


def snapshot_of(runs: list[Run]) -> Snapshot:
    columns = Columns(runs)
    gpus = tuple(
        GpuUse(index, "card", 17.0 + 20 * index, (3 + index) * 2**30, 24 * 2**30, 60.0) for index in range(4)
    )
    return Snapshot(columns, overview(columns), gpus, read_at_s=time.monotonic(), wall_at=NOW)


def styled(app: App[None]) -> str:
    """Return the screen as text, and below it the same grid with the number of each cell's style."""
    names: dict[str, str] = {}
    lines, styles = [], []
    for strip in app.screen._compositor.render_strips():
        lines.append(strip.text.rstrip())
        row = ""
        for segment in strip:
            for piece in re.findall(" +|[^ ]+", segment.text):
                style = style_text(segment.style, is_blank=piece[0] == " ")
                name = names.setdefault(style, STYLE_NAMES[len(names) % len(STYLE_NAMES)])
                row += name * cell_len(piece)
        styles.append(row)
    legend = [f"{name} {style}" for style, name in names.items()]
    return "\n".join([*lines, "", *styles, "", *legend]) + "\n"


def style_text(style: Style | None, *, is_blank: bool) -> str:
    """Return a style in words; of a blank only what can be seen."""
    if style is None:
        return "none"
    if is_blank and not (style.underline or style.reverse):
        return f"blank on {style.bgcolor.name if style.bgcolor else 'default'}"
    return str(style.without_color + style)


@pytest.fixture
def look(drive, monkeypatch, tmp_path) -> Callable[..., None]:
    """Press keys over a fixed snapshot and compare what is seen with the file of that name."""

    def look(
        name: str,
        keys: str = "",
        size: tuple[int, int] = (80, 24),
        colours: str = "truecolor",
        theme: str = "dark",
        runs: list[Run] | None = None,
    ) -> None:
        monkeypatch.setattr("textual.constants.COLOR_SYSTEM", colours)
        app = Monitor(tmp_path / "none", theme=theme, every_s=1000)
        monkeypatch.setattr(app.source, "start", lambda: None)
        snapshot = snapshot_of(blog_runs(60) if runs is None else runs)

        async def play(pilot: Pilot[None]) -> None:
            app.post_message(SnapshotRead(snapshot))
            await pilot.pause()
            for key in keys.split():
                await pilot.press(key)
            await pilot.pause()
            compare(name, styled(app))

        drive(app, play, size)

    return look


def compare(name: str, seen: str) -> None:
    path = FOLDER / f"{name}.txt"
    if os.environ.get("HPQ_UPDATE_SNAPSHOTS"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(seen)
    assert path.exists(), f"there is no snapshot {name}: run with HPQ_UPDATE_SNAPSHOTS=1 and look at it"
    assert seen == path.read_text(), f"{name} looks otherwise than {path}"


def test_the_table_at_80_by_24(look) -> None:
    look("table-80x24")


def test_the_plots_at_80_by_24(look) -> None:
    look("plots-80x24", "tab right down")


def test_both_at_200_by_60(look) -> None:
    look("both-200x60", size=(200, 60))


def test_both_side_by_side(look) -> None:
    look("beside-160x24", size=(160, 24))


def test_a_zoomed_panel(look) -> None:
    look("zoom-80x24", "tab right enter")


def test_the_best_quarter_on_a_linear_axis(look) -> None:
    look("best-80x24", "tab t t y")


def test_sixteen_colours(look) -> None:
    look("sixteen-80x24", "tab", colours="standard")


def test_256_colours(look) -> None:
    look("256-80x24", "tab", colours="256")


def test_no_colours(look, monkeypatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    look("no-colour-80x24", "tab")


@pytest.mark.parametrize("theme", ["light", "safe-dark", "safe-light"])
def test_the_other_themes(look, theme) -> None:
    look(f"{theme}-80x24", "tab", theme=theme)


def test_the_smallest_terminal(look) -> None:
    look("table-60x15", size=(60, 15))
    look("plots-60x15", "tab", size=(60, 15))


def test_a_terminal_below_it(look) -> None:
    look("small-50x10", size=(50, 10))


def test_a_search_in_which_all_crashed(look) -> None:
    crashed = [run for run in blog_runs(60) if run.state is State.CRASHED]
    look("crashed-80x24", "tab", runs=crashed)


def test_ten_thousand_runs(look) -> None:
    runs = blog_runs(10_000)
    look("crowd-200x60", size=(200, 60), runs=runs)


def test_the_question_before_runs_are_stopped(look) -> None:
    look("confirm-80x24", "X")


def test_the_help(look) -> None:
    look("help-80x24", "question_mark")


@pytest.mark.parametrize(
    ("name", "keys"),
    [
        ("coloured", "tab b down down enter"),
        ("grouped", "tab b down down down enter"),
        ("plane", "tab d down enter down down enter"),
        ("progress", "tab u"),
    ],
)
@pytest.mark.parametrize("colours", ["truecolor", "standard"])
def test_other_looks(look, name, keys, colours) -> None:
    look(f"{name}-{'many' if colours == 'truecolor' else 'sixteen'}-80x24", keys, colours=colours)
