"""The plots, by keys and clicks over a real root."""

from textual.pilot import Pilot

from hpq.queue.records import Outcome
from hpq.queue.states import State

LARGE = (200, 60)


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


def test_beside_the_strips_stands_the_share_of_all_unless_dots_are_left_out(watched) -> None:
    async def play(pilot: Pilot[None]) -> None:
        await watched.until(pilot, "25 % ")
        await pilot.press("tab", "t")
        assert "25 % " not in await watched.until(pilot, "best 50 %")
        await pilot.press("t", "t", "t")
        await watched.until(pilot, "25 % ")

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
