"""Filter, order and columns, by keys pressed over a real root."""

import pytest
from textual import events
from textual.pilot import Pilot

from hpq.queue.records import Outcome
from hpq.tui.screens.main import MainScreen

LARGE = (200, 60)


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


def test_j_and_k_move_in_a_list_as_they_do_elsewhere(watched) -> None:
    async def play(pilot: Pilot[None]) -> None:
        await watched.until(pilot, "best▲")
        await pilot.press("s", "home", "j", "j", "k", "enter")
        await watched.until(pilot, "state▲")

    watched.run(play)
