"""The monitor as it is used: keys pressed over a real root."""

import threading
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from rich.color import Color
from textual import events
from textual.pilot import Pilot

from hpq.queue.records import Outcome, Stop
from hpq.queue.root import create_root
from hpq.queue.states import State
from hpq.tui.app import Monitor
from hpq.tui.keymap import ACTIONS, Scope
from hpq.tui.palette import PALETTES, Depth
from hpq.tui.screens.main import MainScreen
from hpq.tui.screens.run import RunScreen
from hpq.tui.source import Snapshot

LARGE = (200, 60)


class Watched:
    """A monitor over a root, with what a test asks of it."""

    def __init__(
        self, folder: Path, drive: Callable[..., None], settle: Any, text: Any, **options: Any
    ) -> None:
        self.app = Monitor(folder, every_s=0.05, **options)
        self._drive, self._settle, self._text = drive, settle, text

    def run(self, play: Callable[[Pilot[None]], Awaitable[None]], size: tuple[int, int] = (80, 24)) -> None:
        async def begin(pilot: Pilot[None]) -> None:
            await self._settle(pilot, lambda: self.app.snapshot.read_at_s)
            await play(pilot)

        self._drive(self.app, begin, size)

    async def until(self, pilot: Pilot[None], *texts: str) -> str:
        """Wait until all the texts are on the screen, and return it."""
        try:
            await self._settle(pilot, lambda: all(text in self.text for text in texts), 10)
        except AssertionError:
            raise AssertionError(f"not all of {texts} in:\n{self.text}") from None
        return self.text

    async def settle(self, pilot: Pilot[None], condition: Callable[[], object]) -> None:
        await self._settle(pilot, condition)

    @property
    def text(self) -> str:
        return self._text(self.app)

    @property
    def told(self) -> str:
        """What it says in notes, which are folded on the screen."""
        return "\n".join(note.message for note in self.app._notifications)

    @property
    def rows(self) -> list[str]:
        """The ids in the table, as far as they are on the screen."""
        lines = [line[2:].split()[0] for line in self.text.splitlines() if len(line[2:].split()) > 1]
        return [word for word in lines if word.partition("-")[0] in ("blog", "x") and word[-3:].isdigit()]


@pytest.fixture
def watch(drive, settle, screen_text) -> Callable[..., Watched]:
    return lambda folder, **options: Watched(folder, drive, settle, screen_text, **options)


@pytest.fixture
def watched(full_root, watch) -> Watched:
    return watch(full_root.paths.folder)


# What is shown


def test_header_and_table_tell_how_the_runs_stand(watched) -> None:
    async def play(pilot: Pilot[None]) -> None:
        text = await watched.until(pilot, "1 finished", "1 unfinished", "1 crashed", "1 running", "1 queued")
        assert "best 0.5 blog-001" in text
        assert watched.rows == ["blog-001", "blog-002", "blog-004", "blog-003", "blog-005"]

    watched.run(play)


def test_a_large_terminal_shows_table_and_plots_at_once(watched) -> None:
    async def play(pilot: Pilot[None]) -> None:
        text = await watched.until(pilot, "convnet.depth", "merger.kind", "lr", "blog-003")
        assert "└──" in text

    watched.run(play, LARGE)


def test_the_header_takes_no_more_lines_than_it_fills(full_root, watch) -> None:
    for slot in ("cpu0", "cpu1", "cpu2"):
        full_root.put([{"lr": 1}])
        full_root.begin(1.0, slot=slot)
    watched = watch(full_root.paths.folder)

    async def play(pilot: Pilot[None]) -> None:
        lines = (await watched.until(pilot, "cpu2", "loss")).splitlines()
        assert lines[2].split()[::2] == ["cpu0", "cpu0", "cpu1", "cpu2"]
        assert lines[3].split()[0] == "loss"

    watched.run(play, LARGE)


def test_a_wide_terminal_shows_them_side_by_side(watched) -> None:
    async def play(pilot: Pilot[None]) -> None:
        await watched.until(pilot, "└──", "blog-003")

    watched.run(play, (160, 24))


def test_tab_and_v_turn_from_the_table_to_the_plots_and_back(watched) -> None:
    async def play(pilot: Pilot[None]) -> None:
        for key in ("tab", "v"):
            await watched.until(pilot, "took")
            await pilot.press(key)
            assert "took" not in await watched.until(pilot, "└──")
            await pilot.press(key)
            await watched.until(pilot, "took")

    watched.run(play)


@pytest.mark.parametrize(
    "keys", [["tab"], ["slash", "x", "escape"], ["tab", "slash", "x", "escape"], ["v", "v"]]
)
@pytest.mark.parametrize("is_too_small", [False, True])
def test_a_terminal_that_shrinks_keeps_the_focus_on_the_screen(watched, keys, is_too_small) -> None:
    async def play(pilot: Pilot[None]) -> None:
        await watched.until(pilot, "└──", "took")
        await pilot.press(*keys)
        if is_too_small:
            await pilot.resize_terminal(40, 10)
            await watched.until(pilot, "needs 60×15")
        await pilot.resize_terminal(80, 24)
        await watched.settle(pilot, lambda: watched.app.main.table.display != watched.app.main.plots.display)
        focused = watched.app.focused
        assert focused is not None
        assert focused.display
        await watched.until(pilot, "zoom" if focused is watched.app.main.plots else "open")

    watched.run(play, LARGE)


def test_v_goes_through_both_table_and_plots_where_there_is_room(watched) -> None:
    async def play(pilot: Pilot[None]) -> None:
        await watched.until(pilot, "└──", "took")
        await pilot.press("v")
        assert "└──" not in watched.text
        await pilot.press("v")
        await watched.until(pilot, "└──")
        assert "took" not in watched.text
        await pilot.press("v")
        await watched.until(pilot, "└──", "took")

    watched.run(play, LARGE)


def test_what_changes_on_disk_changes_on_the_screen(full_root, watched) -> None:
    async def play(pilot: Pilot[None]) -> None:
        await watched.until(pilot, "1 running")
        task = full_root.begin(0.25)
        await watched.until(pilot, "2 running", "best 0.25 blog-005")
        full_root.end(task, Outcome.RETURNED, 0.2)
        await watched.until(pilot, "2 finished", "best 0.2 blog-005")

    watched.run(play)


@pytest.mark.parametrize("size", [(80, 24), LARGE])
def test_a_root_that_is_not_there_yet_is_waited_for(tmp_path, watch, size) -> None:
    watched = watch(tmp_path / "runs")

    async def play(pilot: Pilot[None]) -> None:
        await watched.until(pilot, "there is no folder", "hpq enqueue")
        create_root(tmp_path / "runs")
        await watched.until(pilot, "there are no runs yet", "hpq enqueue")

    watched.run(play, size)


def test_a_root_that_goes_away_is_told_of(full_root, watched) -> None:
    async def play(pilot: Pilot[None]) -> None:
        await watched.until(pilot, "1 finished")
        full_root.paths.folder.rename(full_root.paths.folder.with_name("gone"))
        await watched.until(pilot, "there is no folder")

    watched.run(play)


def test_a_search_in_which_all_crashed_is_drawn_as_red_alone(root, watch) -> None:
    root.put([{"lr": 0.1}, {"lr": 0.2}])
    for _ in range(2):
        root.end(root.begin(), Outcome.FAILED, reason="out of memory")
    watched = watch(root.paths.folder)

    async def play(pilot: Pilot[None]) -> None:
        await watched.until(pilot, "2 crashed", "no run had a loss", "out of memory")

    watched.run(play, LARGE)


def test_runs_that_only_wait_are_told_to_wait(root, watch) -> None:
    root.put([{"lr": 0.1}, {"lr": 0.2}])
    watched = watch(root.paths.folder)

    async def play(pilot: Pilot[None]) -> None:
        await watched.until(pilot, "2 queued", "nothing can be drawn yet", "hpq run")

    watched.run(play, LARGE)


def test_a_terminal_that_is_too_small_says_so_and_comes_back(watched) -> None:
    async def play(pilot: Pilot[None]) -> None:
        await watched.until(pilot, "1 finished")
        await pilot.resize_terminal(59, 15)
        await watched.until(pilot, "hpq needs 60×15", "this is 59×15")
        await pilot.resize_terminal(60, 15)
        await watched.until(pilot, "blog-001", "1 ")
        await pilot.resize_terminal(20, 3)
        await watched.until(pilot, "needs 60×15")

    watched.run(play)


@pytest.mark.parametrize("size", [(60, 15), (80, 24), (81, 34), (300, 80)])
def test_every_size_can_be_walked_through(watched, size) -> None:
    async def play(pilot: Pilot[None]) -> None:
        await watched.until(pilot, "blog-001")
        await pilot.press("tab", "enter", "l", "escape", "right_square_bracket", "tab", "G", "v", "v", "v")
        await pilot.press("enter" if watched.app.main.table.has_focus else "o")
        await watched.settle(pilot, lambda: isinstance(watched.app.screen, RunScreen))

    watched.run(play, size)


def test_a_root_that_takes_long_to_read_is_said_to_be_read(full_root, watch, monkeypatch) -> None:
    watched, free = watch(full_root.paths.folder), threading.Event()
    read = watched.app.source.read
    monkeypatch.setattr(watched.app.source, "read", lambda: free.wait(20) and read())

    async def play(pilot: Pilot[None]) -> None:
        await watched.until(pilot, "reading", "? help")
        free.set()
        await watched.until(pilot, "blog-001")

    watched._drive(watched.app, play, LARGE)


def test_what_is_old_says_so_before_all_else(watched, monkeypatch) -> None:
    async def play(pilot: Pilot[None]) -> None:
        await watched.until(pilot, "blog-001")
        await pilot.press("slash", *"state:finished|unfinished|running", "enter")
        watched.app.source.close()
        old = replace(watched.app.snapshot, read_at_s=watched.app.snapshot.read_at_s - 100)
        watched.app.main.show(old)
        await watched.until(pilot, "1 m 40 s old · /state:fin", "(3 of 5)")

    watched.run(play)


def test_a_defect_of_the_reader_is_told_of_and_the_runs_stay(watched, monkeypatch) -> None:
    def fail(self: object) -> None:
        raise ZeroDivisionError("oops")

    async def play(pilot: Pilot[None]) -> None:
        await watched.until(pilot, "blog-001")
        monkeypatch.setattr("hpq.queue.reader.Reader.read", fail)
        await watched.until(pilot, "the root cannot be read", "blog-001")

    watched.run(play, LARGE)


def test_runs_that_vanish_while_keys_are_pressed_do_no_harm(full_root, watched) -> None:
    folder = full_root.paths.folder

    async def play(pilot: Pilot[None]) -> None:
        await watched.until(pilot, "blog-005")
        watched.app.source.close()
        full, empty = watched.app.snapshot, Snapshot(read_at_s=time.monotonic())
        for _ in range(5):
            watched.app.main.table.action_move(1)
            watched.app.main.show(empty)  # comes before the message of the move
            await pilot.pause()
            watched.app.main.show(full)
            await pilot.press("tab", "l", "tab")
        assert watched.app.main.selected is not None

    watched.run(play, LARGE)
    assert folder.is_dir()


# Filter, order, columns


def test_a_filter_shows_what_matches_and_says_so_in_the_title(watched) -> None:
    async def play(pilot: Pilot[None]) -> None:
        await watched.until(pilot, "blog-003")
        await pilot.press("slash", *"state:crashed", "enter")
        await watched.until(pilot, "/state:crashed (1 of 5)")
        assert watched.rows == ["blog-003"]
        await pilot.press("escape")
        assert len(watched.rows) == 5
        assert "state:crashed" not in watched.text

    watched.run(play)


def test_a_filter_works_while_it_is_typed_and_can_be_taken_back(watched) -> None:
    async def play(pilot: Pilot[None]) -> None:
        await watched.until(pilot, "blog-003")
        await pilot.press("slash", *"lr>0", "enter", "slash", *" depth>3")
        assert sorted(watched.rows) == ["blog-003", "blog-004", "blog-005"]
        await pilot.press("escape")
        assert len(watched.rows) == 5
        await watched.until(pilot, "/lr>0 (5 of 5)", "open")

    watched.run(play)


def test_a_filter_that_means_nothing_is_told_of_and_not_kept(watched) -> None:
    async def play(pilot: Pilot[None]) -> None:
        await watched.until(pilot, "blog-003")
        await pilot.press("slash", *"depht>3", "enter")
        await watched.until(pilot, "depht>3", "convnet.depth", "keep")
        await pilot.press(*["backspace"] * 7, *"state:fin", "enter")
        assert watched.rows == ["blog-001"]

    watched.run(play)


def test_a_filter_that_nothing_matches_says_how_to_leave_it(watched) -> None:
    async def play(pilot: Pilot[None]) -> None:
        await watched.until(pilot, "blog-003")
        await pilot.press("slash", *"batchless", "enter")
        await watched.until(pilot, "no run matches batchless", "esc")
        assert watched.rows == []
        await pilot.press("x", "r", "enter", "space", "c")  # nothing to act on, and nothing breaks

    watched.run(play, LARGE)


def test_s_sorts_by_any_column_and_again_the_other_way(watched) -> None:
    async def play(pilot: Pilot[None]) -> None:
        await watched.until(pilot, "best▲")
        await pilot.press("S")
        await watched.until(pilot, "best▼")
        assert watched.rows[0] == "blog-004"
        await pilot.press("s")
        await watched.until(pilot, "Sort by", "convnet.depth")
        await pilot.press("home", "enter")
        await watched.until(pilot, "run▲")
        assert watched.rows == [f"blog-00{number}" for number in range(1, 6)]

    watched.run(play)


def test_a_click_on_a_head_sorts_by_that_column(watched) -> None:
    async def play(pilot: Pilot[None]) -> None:
        await watched.until(pilot, "best▲")
        await pilot.click("RunsTable", offset=(4, 0))
        await watched.until(pilot, "run▲")
        await pilot.click("RunsTable", offset=(4, 0))
        await watched.until(pilot, "run▼")
        assert watched.rows[0] == "blog-005"

    watched.run(play)


def test_columns_can_be_hidden(watched) -> None:
    async def play(pilot: Pilot[None]) -> None:
        await watched.until(pilot, "took")
        await pilot.press("i")
        await watched.until(pilot, "Columns")
        await pilot.press("down", "space", "enter")
        await watched.settle(pilot, lambda: isinstance(watched.app.screen, MainScreen))
        await watched.until(pilot, "took")
        assert "state" not in watched.text

    watched.run(play)


def test_columns_move_aside_and_the_name_stays(watched) -> None:
    async def play(pilot: Pilot[None]) -> None:
        await watched.until(pilot, "state")
        await pilot.press("right", "right", "right", "right")
        head = next(line for line in watched.text.splitlines() if line.startswith("  run"))
        assert "state" not in head
        await pilot.press("h", "h", "h", "h")
        await watched.until(pilot, "state")

    watched.run(play)


def test_the_cursor_stays_on_its_run_when_rows_come_before_it(full_root, watched) -> None:
    async def play(pilot: Pilot[None]) -> None:
        await watched.until(pilot, "1 running")
        await pilot.press("j", "j")
        assert watched.app.main.selected.id == "blog-004"
        full_root.begin(0.001)
        await watched.until(pilot, "2 running")
        assert watched.rows[0] == "blog-005"
        assert watched.app.main.selected.id == "blog-004"

    watched.run(play)


def test_a_filter_after_a_quick_switch_leaves_the_focus_on_the_screen(watched) -> None:
    async def play(pilot: Pilot[None]) -> None:
        await watched.until(pilot, "took")
        await pilot.press("tab")
        await watched.until(pilot, "└──")
        for key in ("tab", "slash", "escape"):
            watched.app.post_message(events.Key(key, "/" if key == "slash" else None))
        await watched.settle(pilot, lambda: watched.app.main.table.has_focus)

    watched.run(play)


def test_taking_a_filter_back_brings_back_the_run_and_the_focus(watched) -> None:
    async def play(pilot: Pilot[None]) -> None:
        await watched.until(pilot, "blog-005")
        await pilot.press("G", "tab", "slash", *"state:crashed")
        assert watched.app.main.selected.id == "blog-003"
        await pilot.press("escape")
        await watched.settle(pilot, lambda: watched.app.main.plots.has_focus)
        assert watched.app.main.selected.id == "blog-005"

    watched.run(play, LARGE)


@pytest.mark.parametrize("width", range(60, 140, 7))
def test_no_number_is_cut_at_the_edge(root, watch, width) -> None:
    root.put([{"lr": 0.123456 + index / 1000, "n": 10**7 + index} for index in range(3)])
    for index in range(3):
        root.end(root.begin(), Outcome.RETURNED, -1.23456e-300 - index * 1e-302)
    watched = watch(root.paths.folder)

    async def play(pilot: Pilot[None]) -> None:
        await watched.until(pilot, "blog-001")
        for _ in range(12):
            rows = [line for line in watched.text.splitlines() if "blog-00" in line[:12]]
            for word in " ".join(rows).split():
                if word[0] in "-0123456789":
                    float(word.rstrip("%").replace(",", ""))
                    assert "…" not in word
            assert "0.1 " not in rows[0] + " "
            await pilot.press("right")

    watched.run(play, (width, 24))


# Plots


def test_moving_over_dots_selects_their_runs_in_the_table(watched) -> None:
    async def play(pilot: Pilot[None]) -> None:
        await watched.until(pilot, "└──")
        await pilot.press("tab", "right")  # lr
        assert watched.app.main.selected.id == "blog-001"
        await pilot.press("h")
        assert watched.app.main.selected.id == "blog-002"
        await pilot.press("h")
        assert watched.app.main.selected.id == "blog-004"
        await pilot.press("j")
        assert watched.app.main.selected.state is not State.CRASHED

    watched.run(play, LARGE)


def test_a_selected_run_lights_up_in_every_panel(watched) -> None:
    async def play(pilot: Pilot[None]) -> None:
        text = await watched.until(pilot, "└──")
        assert text.count("◉") == 3
        await pilot.press("end", "k")
        assert watched.app.main.selected.state is State.CRASHED
        assert watched.text.count("┃") > 10
        assert "◉" not in watched.text

    watched.run(play, LARGE)


def test_the_active_panel_is_marked_while_the_plots_have_the_focus(watched) -> None:
    async def play(pilot: Pilot[None]) -> None:
        assert "▸" not in await watched.until(pilot, "└──")
        await pilot.press("tab")
        await watched.until(pilot, "▸ convnet.depth")
        await pilot.press("tab")
        await watched.settle(pilot, lambda: "▸" not in watched.text)

    watched.run(play, LARGE)


def test_keys_of_plots_that_are_not_shown_do_nothing(watched) -> None:
    async def play(pilot: Pilot[None]) -> None:
        assert "best %" not in (await watched.until(pilot, "took")).splitlines()[-1]
        await pilot.press("y", "t", "tab")
        await watched.until(pilot, "└──")
        assert "linear" not in watched.text
        assert "best 50 %" not in watched.text
        await pilot.press("y", "t")
        await watched.until(pilot, "loss (linear)", "best 50 %")

    watched.run(play)


def test_a_click_on_a_dot_selects_its_run_and_a_click_on_red_the_crashed_one(
    full_root, watch, monkeypatch
) -> None:
    monkeypatch.setattr("textual.constants.COLOR_SYSTEM", "truecolor")
    watched = watch(full_root.paths.folder)

    async def play(pilot: Pilot[None]) -> None:
        await watched.until(pilot, "└──")
        lines = watched.text.splitlines()
        row = next(index for index, line in enumerate(lines) if "○" in line and "running" not in line)
        await pilot.click(offset=(lines[row].index("○"), row))
        await watched.settle(pilot, lambda: watched.app.main.selected.id == "blog-004")
        red = [line.find("▌") for line in watched.text.splitlines()]
        rows = [index for index, column in enumerate(red) if column > 0]
        row = rows[len(rows) // 3]  # far from any dot
        await pilot.click(offset=(red[row], row))
        await watched.settle(pilot, lambda: watched.app.main.selected.id == "blog-003")

    watched.run(play, LARGE)


def test_enter_zooms_a_panel_and_escape_leaves_it(watched) -> None:
    async def play(pilot: Pilot[None]) -> None:
        await watched.until(pilot, "└──")
        await pilot.press("tab", "enter")
        await watched.settle(pilot, lambda: watched.text.count("└") == 1)
        await pilot.press("escape")
        await watched.settle(pilot, lambda: watched.text.count("└") == 3)

    watched.run(play, LARGE)


def test_brackets_turn_pages_on_a_small_screen(root, watch) -> None:
    root.put([{f"p{index:02d}": value for index in range(14)} for value in (1, 2, 3)])
    for _ in range(3):
        root.end(root.begin(), Outcome.RETURNED, 1.0)
    watched = watch(root.paths.folder)

    async def play(pilot: Pilot[None]) -> None:
        await pilot.press("tab")
        await watched.until(pilot, "p00", "[ 1/3 ]")
        await pilot.press("right_square_bracket")
        assert "p00" not in await watched.until(pilot, "p06", "[ 2/3 ]")
        await pilot.press("left_square_bracket", "left_square_bracket")
        await watched.until(pilot, "p13", "[ 3/3 ]")

    watched.run(play)


def test_y_draws_the_loss_on_a_linear_axis(watched) -> None:
    async def play(pilot: Pilot[None]) -> None:
        await watched.until(pilot, "└──")
        labels = [line.split("┤")[0].strip() for line in watched.text.splitlines() if "┤" in line]
        await pilot.press("y")
        await watched.settle(
            pilot,
            lambda: (
                labels != [line.split("┤")[0].strip() for line in watched.text.splitlines() if "┤" in line]
            ),
        )

    watched.run(play, LARGE)


def test_t_shows_the_best_share_and_keeps_the_crashes(root, watch) -> None:
    root.put([{"lr": index / 10} for index in range(1, 12)])
    for index in range(10):
        root.end(root.begin(), Outcome.RETURNED, 1.0 + index)
    root.end(root.begin(), Outcome.FAILED)
    watched = watch(root.paths.folder)

    def dots() -> int:
        return sum(watched.text.count(glyph) for glyph in "●◉") - watched.text.count("● finished") - 1

    async def play(pilot: Pilot[None]) -> None:
        await pilot.press("tab")
        await watched.until(pilot, "└──")
        seen = []
        for note in ("", "best 50 %", "best 25 %", "best 10 %"):
            await watched.until(pilot, note)
            seen.append(dots())
            assert len(watched.app.main.plots.panels[0].crashes) == 1
            await pilot.press("t")
        assert seen == [10, 5, 2, 1]
        assert "best 10 %" not in watched.text

    watched.run(play)


# One run, help, palette


def test_enter_opens_the_run_and_escape_leads_back(watched) -> None:
    async def play(pilot: Pilot[None]) -> None:
        await watched.until(pilot, "blog-001")
        await pilot.press("j", "enter")
        await watched.until(pilot, "killed by signal 15", "Terminated")
        await pilot.press("escape")
        await watched.until(pilot, "took")

    watched.run(play)


def test_the_help_names_every_action(watched) -> None:
    async def play(pilot: Pilot[None]) -> None:
        await pilot.press("question_mark")
        seen = set()
        for _ in range(12):
            seen.update(line.strip(" │╭╮╰╯─") for line in watched.text.splitlines())
            await pilot.press("pagedown")
        joined = " ".join(" ".join(seen).split())
        for action in ACTIONS:
            assert any(action.help[:30] in line for line in seen), f"{action.help} is not in {joined}"
        await pilot.press("escape")
        await watched.until(pilot, "took")

    watched.run(play, (100, 24))


def test_the_command_palette_offers_the_actions(watched) -> None:
    async def play(pilot: Pilot[None]) -> None:
        await watched.until(pilot, "blog-001")
        await pilot.press("ctrl+p", *"revers")
        await watched.until(pilot, "sort the other way")
        await pilot.press("enter")
        await watched.until(pilot, "best▼")

    watched.run(play)


def test_every_action_is_implemented_where_its_key_works(watched) -> None:
    async def play(pilot: Pilot[None]) -> None:
        main = watched.app.main
        owners = {
            Scope.ANYWHERE: watched.app,
            Scope.MAIN: main,
            Scope.TABLE: main.table,
            Scope.PLOTS: main.plots,
            Scope.RUN: RunScreen,
        }
        for action in ACTIONS:
            if action.scope in owners:
                assert hasattr(owners[action.scope], f"action_{action.plain_name}"), action

    watched.run(play)


def test_the_footer_shows_the_keys_of_where_one_is(watched) -> None:
    async def play(pilot: Pilot[None]) -> None:
        text = await watched.until(pilot, "open", "? help", "q quit")
        assert "zoom" not in text.splitlines()[-1]
        await pilot.press("tab")
        assert "zoom" in watched.text.splitlines()[-1]
        await pilot.press("slash")
        assert watched.text.splitlines()[-1].split() == ["⏎", "keep", "esc", "take", "back"]

    watched.run(play)


def test_a_click_on_the_footer_does_what_the_key_does(watched) -> None:
    async def play(pilot: Pilot[None]) -> None:
        text = await watched.until(pilot, "? help")
        await pilot.click(offset=(text.splitlines()[-1].index("? help"), 23))
        await watched.until(pilot, "What the glyphs mean")

    watched.run(play)


@pytest.mark.parametrize(
    ("key", "text"),
    [("question_mark", "What the glyphs"), ("s", "Sort by"), ("i", "Columns"), ("X", "Stop 1")],
)
def test_q_leaves_a_dialog_and_not_the_monitor(watched, key, text) -> None:
    async def play(pilot: Pilot[None]) -> None:
        await watched.until(pilot, "blog-001")
        await pilot.press(key)
        await watched.until(pilot, text)
        await pilot.press("q")
        await watched.settle(pilot, lambda: isinstance(watched.app.screen, MainScreen))
        assert watched.app.is_running

    watched.run(play)


def test_keys_that_are_typed_ahead_reach_the_dialog(full_root, watched) -> None:
    async def play(pilot: Pilot[None]) -> None:
        await watched.until(pilot, "blog-004")
        for key in ("x", "y"):
            watched.app.post_message(events.Key(key, key))
        await watched.until(pilot, "nothing to stop")
        await pilot.press("j", "j")
        for key in ("x", "x", "enter", "y"):
            watched.app.post_message(events.Key(key, key))
        await watched.settle(pilot, lambda: stop_of(full_root, 4))
        assert isinstance(watched.app.screen, MainScreen)
        for _ in range(2):
            watched.app.post_message(events.Key("enter", None))
        await watched.settle(pilot, lambda: isinstance(watched.app.screen, RunScreen))
        assert len(watched.app.screen_stack) == 2

    watched.run(play)


# Changes


def stop_of(root, number: int) -> Stop | None:
    return Stop.read(root.paths.run("blog", number).attempt(1).stop)


def test_x_asks_and_stops_a_run_that_trains(full_root, watched) -> None:
    async def play(pilot: Pilot[None]) -> None:
        await watched.until(pilot, "blog-004")
        await pilot.press("j", "j", "x")
        await watched.until(pilot, "Stop 1 run that trains (blog-004)?")
        await pilot.press("n")
        assert stop_of(full_root, 4) is None
        await pilot.press("x", "y")
        await watched.settle(pilot, lambda: stop_of(full_root, 4))
        await watched.until(pilot, "1 run asked to stop")

    watched.run(play)


def test_x_takes_back_a_run_that_waits(full_root, watched) -> None:
    async def play(pilot: Pilot[None]) -> None:
        await watched.until(pilot, "blog-005")
        await pilot.press("G", "x")
        await watched.until(pilot, "Cancel 1 run that waits (blog-005)?")
        await pilot.press("y")
        await watched.until(pilot, "× cancelled", "1 run cancelled")

    watched.run(play)
    assert full_root.runs()["blog-005"].state is State.CANCELLED


def test_r_queues_a_crashed_run_again(full_root, watched) -> None:
    async def play(pilot: Pilot[None]) -> None:
        await watched.until(pilot, "blog-003")
        await pilot.press("slash", *"state:crashed", "enter", "r")
        await watched.until(pilot, "Queue 1 run again (blog-003)?")
        await pilot.press("y")
        await watched.until(pilot, "2 queued")

    watched.run(play)
    assert full_root.runs()["blog-003"].state is State.QUEUED


def test_marked_runs_are_changed_together_and_the_question_counts_them(full_root, watched) -> None:
    async def play(pilot: Pilot[None]) -> None:
        await watched.until(pilot, "blog-003")
        await pilot.press("space", "space")
        await watched.until(pilot, "2 marked", "✓ blog-001", "✓ blog-002")
        await pilot.press("r")
        await watched.until(pilot, "Queue 1 run again; 1 of 2 left alone?")
        await pilot.press("y")
        await watched.until(pilot, "2 queued")
        await pilot.press("escape")
        assert "marked" not in watched.text

    watched.run(play)
    assert full_root.runs()["blog-002"].state is State.QUEUED
    assert full_root.runs()["blog-001"].state is State.FINISHED


def test_marks_that_a_filter_hides_are_spoken_of(watched) -> None:
    async def play(pilot: Pilot[None]) -> None:
        await watched.until(pilot, "blog-003")
        await pilot.press("j", "space", "j", "space", "slash", *"state:crashed", "enter", "r")
        await watched.until(pilot, "Queue 2 runs again; 1 of 2 not shown?")

    watched.run(play)


def test_all_runs_that_are_shown_are_stopped_with_one_key(full_root, watched) -> None:
    async def play(pilot: Pilot[None]) -> None:
        await watched.until(pilot, "blog-003")
        await pilot.press("X")
        await watched.until(
            pilot, "Stop 1 run that trains and cancel 1 run that", "waits; 3 of 5 left alone?"
        )
        await pilot.press("y")
        await watched.until(pilot, "× 1", "1 run cancelled, 1 run asked to stop")

    watched.run(play)
    assert stop_of(full_root, 4) is not None


def test_all_runs_that_are_shown_are_queued_again_with_one_key(full_root, watched) -> None:
    async def play(pilot: Pilot[None]) -> None:
        await watched.until(pilot, "blog-003")
        await pilot.press("R", "y")
        await watched.until(pilot, "3 queued")

    watched.run(play)


def test_what_cannot_be_done_is_told_and_not_asked(full_root, watched) -> None:
    async def play(pilot: Pilot[None]) -> None:
        await watched.until(pilot, "blog-001")
        await pilot.press("x")
        await watched.until(pilot, "blog-001 is finished: nothing to stop")
        await pilot.press("r")
        await watched.until(pilot, "only what crashed")

    watched.run(play)


def test_a_lock_that_is_held_is_told_of(full_root, watched, monkeypatch) -> None:
    from filelock import UnixFileLock

    monkeypatch.setattr("hpq.queue.root._LOCK_TIMEOUT_S", 0.1)
    held, free = threading.Event(), threading.Event()

    def hold() -> None:
        with UnixFileLock(full_root.paths.lock):
            held.set()
            free.wait(20)

    holder = threading.Thread(target=hold)
    holder.start()
    held.wait(20)

    async def play(pilot: Pilot[None]) -> None:
        await watched.until(pilot, "blog-003")
        await pilot.press("R", "y")
        await watched.settle(pilot, lambda: "was held by another process" in watched.told)

    try:
        watched.run(play, (120, 24))
    finally:
        free.set()
        holder.join()


def test_readonly_changes_nothing_and_offers_nothing(full_root, watch) -> None:
    watched = watch(full_root.paths.folder, is_readonly=True)

    async def play(pilot: Pilot[None]) -> None:
        text = await watched.until(pilot, "blog-003")
        assert "stop" not in text.splitlines()[-1]
        assert "requeue" not in text.splitlines()[-1]
        await pilot.press("x", "X", "r", "R")
        assert isinstance(watched.app.screen, MainScreen)
        await pilot.press("enter", "x", "r")
        assert isinstance(watched.app.screen, RunScreen)
        await pilot.press("escape", "ctrl+p", *"requeue")
        await watched.until(pilot, "No matches found")

    watched.run(play)
    assert {run.state for run in full_root.runs().values()} == {
        State.FINISHED,
        State.UNFINISHED,
        State.CRASHED,
        State.RUNNING,
        State.QUEUED,
    }


def test_e_writes_the_picture_and_says_where(full_root, watched, tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)

    async def play(pilot: Pilot[None]) -> None:
        await watched.until(pilot, "blog-003")
        for name in ("hpsearch.png", "hpsearch-2.png"):
            await pilot.press("e")
            await watched.until(pilot, "the picture is", name)
            assert (tmp_path / name).read_bytes().startswith(b"\x89PNG")

    watched.run(play, LARGE)


def test_e_tells_why_there_is_no_picture(root, watch, tmp_path, monkeypatch) -> None:
    root.put([{"lr": 1}])
    watched = watch(root.paths.folder)
    monkeypatch.chdir(tmp_path)

    async def play(pilot: Pilot[None]) -> None:
        await watched.until(pilot, "1 queued")
        await pilot.press("e")
        await watched.until(pilot, "nothing can be drawn yet")

    watched.run(play)
    assert not list(tmp_path.glob("*.png"))


def test_c_copies_the_id_and_the_path(full_root, watched) -> None:
    async def play(pilot: Pilot[None]) -> None:
        await watched.until(pilot, "blog-001")
        await pilot.press("c")
        assert watched.app.clipboard == "blog-001"
        await pilot.press("C")
        assert Path(watched.app.clipboard) == (full_root.paths.folder / "blog-001").resolve()

    watched.run(play)


def test_the_picture_says_what_it_needs_where_images_cannot_be_shown(watched) -> None:
    async def play(pilot: Pilot[None]) -> None:
        await watched.until(pilot, "blog-001")
        await pilot.press("P")
        await watched.until(pilot, "this terminal shows no images")

    watched.run(play, LARGE)


def test_q_quits(watched) -> None:
    async def play(pilot: Pilot[None]) -> None:
        await pilot.press("q")

    watched.run(play)
    assert watched.app.return_code == 0


# Colours


@pytest.mark.parametrize("name", PALETTES)
def test_themes_follow_one_another_and_colour_everything(full_root, watch, name) -> None:
    watched = watch(full_root.paths.folder, theme=name)

    async def play(pilot: Pilot[None]) -> None:
        await watched.until(pilot, "└──")
        assert watched.app.palette.name == name
        background = watched.app.palette.background
        plots = watched.app.main.plots.lines()
        assert {segment.style.bgcolor.name for segment in plots[2] if segment.style} >= {background}
        await pilot.press(*["T"] * len(PALETTES))
        assert watched.app.palette.name == name

    watched.run(play, LARGE)


def test_no_color_means_none(full_root, watch, monkeypatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    watched = watch(full_root.paths.folder)

    async def play(pilot: Pilot[None]) -> None:
        assert watched.app.depth is Depth.NONE
        text = await watched.until(pilot, "└──", "◐", "○", "●")
        assert "│" in text

    watched.run(play, LARGE)


@pytest.mark.parametrize(
    ("system", "depth"), [("standard", Depth.SIXTEEN), ("256", Depth.MANY), ("truecolor", Depth.MANY)]
)
def test_the_colours_of_a_terminal_are_known(full_root, watch, monkeypatch, system, depth) -> None:
    monkeypatch.setattr("textual.constants.COLOR_SYSTEM", system)
    watched = watch(full_root.paths.folder)

    async def play(pilot: Pilot[None]) -> None:
        await watched.until(pilot, "└──")
        assert watched.app.depth is depth
        states = [
            watched.app.palette.state(state) for state in (State.FINISHED, State.UNFINISHED, State.CRASHED)
        ]
        console = watched.app.console
        palette = watched.app.palette
        roles = {
            colour: Color.parse(colour).downgrade(console._color_system)
            for colour in (*states, palette.cursor, palette.background)
        }
        assert len({str(shown) for shown in roles.values()}) == 5

    watched.run(play, LARGE)


# Nasty data


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


def assert_harmless(watched: Watched) -> None:
    text = watched.text
    assert not set(text) & set("\x1b\x07\u202e"), repr(text)
    width = watched.app.size.width
    from rich.cells import cell_len

    assert all(cell_len(line) <= width for line in text.splitlines())
