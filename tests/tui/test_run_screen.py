"""The screen of one run."""

import gc
import re
import shutil
import subprocess
import weakref
from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import Any

import numpy as np
import pytest
from textual.app import App
from textual.pilot import Pilot

from hpq.queue.records import Outcome
from hpq.queue.runs import Run
from hpq.queue.states import State
from hpq.results.columns import Columns
from hpq.runner.gpus import GpuUse
from hpq.tui.details import Details, DetailsReader
from hpq.tui.messages import Change, ChangeAsked, CopyAsked
from hpq.tui.palette import PALETTES, Palette
from hpq.tui.screens.run import RunScreen
from hpq.tui.source import Snapshot

NASTY = ("[/bold]", "\x1b]0;x", "a\nb", "é", "[red]x", "x" * 10_000, "{", "漢字")


class RunApp(App[None]):
    """As much of the monitor as the screen needs."""

    def __init__(self, root: Any, run_id: str, gpus: Sequence[GpuUse] = ()) -> None:
        super().__init__()
        for palette in PALETTES.values():
            self.register_theme(palette.theme())
        self.theme = "dark"
        self.animation_level = "none"
        self.root = root
        self.gpus = tuple(gpus)
        self.asked: list[object] = []
        runs = root.runs()
        self.run_screen = RunScreen(root.paths, runs[run_id])

    @property
    def palette(self) -> Palette:
        return PALETTES[self.theme]

    def on_mount(self) -> None:
        self.push_screen(self.run_screen)
        self.call_after_refresh(self.read)

    def read(self, order: Sequence[int] | None = None) -> None:
        runs = tuple(self.root.runs().values())
        rows = np.array(range(len(runs)) if order is None else order, np.intp)
        self.run_screen.show(Snapshot(Columns(runs), gpus=self.gpus), rows)

    def on_change_asked(self, message: ChangeAsked) -> None:
        self.asked.append((message.change, [run.id for run in message.runs]))

    def on_copy_asked(self, message: CopyAsked) -> None:
        self.asked.append(message.text)


Settle = Callable[..., Awaitable[None]]
Text = Callable[[App[None]], str]


@pytest.fixture
def shown(drive: Any, settle: Settle, screen_text: Text) -> Callable[..., str]:
    """Open a run, press keys, and return what is on the screen."""

    def shown(root: Any, run_id: str, *keys: str, size: tuple[int, int] = (80, 24), **options: Any) -> str:
        app, texts = RunApp(root, run_id, **options), []

        async def steps(pilot: Pilot[None]) -> None:
            await settle(pilot, lambda: not app.run_screen._is_reading)
            await pilot.press(*keys)
            await pilot.pause(0.2)
            texts.append(screen_text(app))

        drive(app, steps, size)
        return str(texts[0])

    return shown


def test_a_finished_run_has_values_curve_and_log(full_root: Any, shown: Callable[..., str]) -> None:
    text = shown(full_root, "blog-001")
    lines = text.splitlines()
    assert lines[0].startswith(" blog-001  ● finished  best 0.5")
    assert lines[1].startswith(" 1 of 5 · attempt 1 · cpu0")
    assert "best 0.5 at step 2" in text
    assert lines.index(next(line for line in lines if line.startswith(" log"))) > 8
    assert "done" in text
    assert "esc back" in lines[-1]


def test_what_differs_from_the_neighbours_comes_first(full_root: Any, shown: Callable[..., str]) -> None:
    lines = shown(full_root, "blog-002", size=(200, 60)).splitlines()
    names = [line.split()[0] for line in lines[4:10]]
    assert names[:3] == ["lr", "merger.kind", "convnet.depth"]
    assert lines[4].split()[:4] == ["lr", "0.01", "0.1", "1"]
    assert lines[7].startswith(" same in all runs")
    assert lines[8].split()[:4] == ["steps", "100", "100", "100"]


def test_of_a_crashed_run_the_log_comes_first(full_root: Any, shown: Callable[..., str]) -> None:
    lines = shown(full_root, "blog-003").splitlines()
    assert lines[0].startswith(" blog-003  │ crashed")
    assert "RuntimeError: CUDA out of memory" in lines[1]
    assert lines[2].startswith(" log · 2 lines")
    assert lines[3].startswith(" Traceback")


def test_of_an_unfinished_run_the_log_comes_first_too(full_root: Any, shown: Callable[..., str]) -> None:
    lines = shown(full_root, "blog-002").splitlines()
    assert "◐ unfinished" in lines[0]
    assert "killed by signal 15" in lines[1]
    assert lines[2].startswith(" log")
    assert any("best 0.9 at step 1" in line for line in lines)


def test_a_run_that_waits_says_so(full_root: Any, shown: Callable[..., str]) -> None:
    text = shown(full_root, "blog-005")
    assert "· queued" in text
    assert "it waits: nothing was printed yet" in text


def test_a_run_with_an_empty_log_says_so(root: Any, shown: Callable[..., str]) -> None:
    root.put([{"lr": 1}])
    root.begin(1.0)
    text = shown(root, "blog-001")
    assert "nothing was printed yet" in text
    assert "best 1 at step 0" in text


def test_losses_of_nan_alone_are_told(root: Any, shown: Callable[..., str]) -> None:
    root.put([{"lr": 1}])
    root.begin(float("nan"), float("nan"), log=b"nan\n")
    assert "none of 2 finite" in shown(root, "blog-001")


def test_a_run_whose_folder_was_deleted_says_so(full_root: Any, shown: Callable[..., str]) -> None:
    run_folder = full_root.paths.run("blog", 4).folder
    app_runs = full_root.runs()
    shutil.rmtree(run_folder)
    full_root.runs = lambda: app_runs
    text = shown(full_root, "blog-004", size=(120, 40))
    assert "its folder was deleted" in text
    assert "its log is gone" in text


def test_a_root_without_hyperparameters_is_shown(root: Any, shown: Callable[..., str]) -> None:
    root.put([{}])
    assert "no hyperparameters" in shown(root, "blog-001")


@pytest.mark.parametrize("nasty", NASTY)
@pytest.mark.parametrize("size", [(80, 24), (200, 60)])
def test_nasty_data_is_shown_harmlessly(
    root: Any, shown: Callable[..., str], nasty: str, size: tuple[int, int]
) -> None:
    root.put([{nasty: nasty, "lr": 1}, {nasty: [nasty], "lr": 2}, {"lr": 3}])
    task = root.begin(1.0, log=nasty.encode() + b"\n", slot=nasty[:50])
    root.log(task, 0.5, first=1, **{nasty.replace("\x1b", "^").replace("\n", "^"): 2.0})
    root.end(task, Outcome.FAILED, 1.0, nasty)
    for run_id in ("blog-001", "blog-002"):
        text = shown(root, run_id, size=size)
        assert text.replace("\n", "").isprintable()
        assert "\x1b" not in text
        if len(nasty) < 10 and nasty.isprintable():
            assert nasty in text


def test_all_attempts_are_told(root: Any, shown: Callable[..., str]) -> None:
    root.put([{"lr": 1}])
    root.end(root.begin(3.0, 2.0, log=b"first\n"), Outcome.STOPPED, 2.0, "you asked")
    from hpq.queue.control import requeue

    requeue(root.paths, list(root.runs().values()))
    root.begin(1.5, 1.0, log=b"second\n")
    text = shown(root, "blog-001", size=(200, 60))
    assert "you asked" in text
    assert "1 earlier attempt in grey" in text
    assert "second" in text
    assert "log of attempt 2" in text


@pytest.fixture
def child() -> Iterator[subprocess.Popen[bytes]]:
    """A process that leads a session, as an attempt does."""
    process = subprocess.Popen(["sleep", "600"], start_new_session=True)
    yield process
    process.kill()
    process.wait()


def test_a_run_that_lives_tells_what_it_uses(
    root: Any, shown: Callable[..., str], child: subprocess.Popen[bytes]
) -> None:
    root.put([{"lr": 1}])
    root.begin(1.0, slot="gpu1.0", pid=child.pid)
    gpu = GpuUse(1, "H100", 87.0, 12 << 30, 80 << 30, None)
    text = shown(root, "blog-001", size=(200, 60), gpus=[gpu])
    assert "1 process" in text
    assert "gpu1  87 %, 12 GiB of 80 GiB" in text


def test_other_metrics_are_told_with_their_extremes(root: Any, shown: Callable[..., str]) -> None:
    root.put([{"lr": 1}])
    task = root.begin()
    for step, value in enumerate([3.0, 1.0, 2.0]):
        root.log(task, 1.0, first=step, accuracy=value)
    lines = shown(root, "blog-001", size=(200, 60)).splitlines()
    assert next(line for line in lines if "accuracy" in line).split()[:6] == [
        "accuracy",
        "2",
        "1",
        "1",
        "3",
        "0",
    ]


def test_the_origin_is_told(root: Any, shown: Callable[..., str]) -> None:
    root.put([{"lr": 1}], commit="0123456789abcdef", dirty=True)
    assert "search blog · seed 7 · sampler random" in shown(root, "blog-001", size=(200, 60))


def test_keys_go_to_the_neighbours_in_the_order_of_the_table(
    full_root: Any, drive: Any, settle: Settle, screen_text: Text
) -> None:
    app = RunApp(full_root, "blog-001")

    async def steps(pilot: Pilot[None]) -> None:
        app.read([4, 0, 2])
        await pilot.press("right_square_bracket")
        assert app.run_screen.run.id == "blog-003"
        await pilot.press("right_square_bracket")
        assert app.run_screen.run.id == "blog-003"
        await pilot.press("left_square_bracket", "left_square_bracket")
        assert app.run_screen.run.id == "blog-005"
        await settle(pilot, lambda: "it waits" in screen_text(app))
        app.read([1])
        await pilot.press("right_square_bracket")
        assert app.run_screen.run.id == "blog-005"

    drive(app, steps)


def test_a_run_that_ends_is_shown_as_it_ended(
    root: Any, drive: Any, settle: Settle, screen_text: Text
) -> None:
    root.put([{"lr": 1}])
    task = root.begin(2.0, log=b"begun\n")
    app = RunApp(root, "blog-001")

    async def steps(pilot: Pilot[None]) -> None:
        await settle(pilot, lambda: "○ running" in screen_text(app) and "follows" in screen_text(app))
        root.log(task, 1.0, first=1)
        root.print(task, b"more\n")
        app.read()
        await settle(pilot, lambda: "more" in screen_text(app) and "best 1 at step 1" in screen_text(app))
        root.end(task, Outcome.RETURNED, 1.0)
        app.read()
        await settle(pilot, lambda: "● finished" in screen_text(app))
        assert "follows" not in screen_text(app)

    drive(app, steps)


def test_a_new_attempt_brings_its_own_log(root: Any, drive: Any, settle: Settle, screen_text: Text) -> None:
    from hpq.queue.control import requeue

    root.put([{"lr": 1}])
    root.end(root.begin(2.0, log=b"first\n"), Outcome.STOPPED, 2.0, "you asked")
    app = RunApp(root, "blog-001")

    async def steps(pilot: Pilot[None]) -> None:
        await settle(pilot, lambda: "first" in screen_text(app))
        requeue(root.paths, list(root.runs().values()))
        root.begin(1.0, log=b"second\n")
        app.read()
        await settle(pilot, lambda: "second" in screen_text(app) and "1 earlier" in screen_text(app))

    drive(app, steps, (120, 40))


def test_a_run_that_is_gone_from_the_queue_stays_on_the_screen(
    full_root: Any, drive: Any, settle: Settle, screen_text: Text
) -> None:
    app = RunApp(full_root, "blog-001")

    async def steps(pilot: Pilot[None]) -> None:
        runs = full_root.runs()
        del runs["blog-001"]
        app.run_screen.show(Snapshot(Columns(tuple(runs.values()))), np.arange(4))
        await settle(pilot, lambda: "no longer in the queue" in screen_text(app))

    drive(app, steps)


def test_changes_and_copies_are_asked_for(full_root: Any, drive: Any) -> None:
    app = RunApp(full_root, "blog-004")

    async def steps(pilot: Pilot[None]) -> None:
        await pilot.press("x", "r", "c", "C")
        await pilot.pause()
        folder = full_root.paths.run("blog", 4).folder.resolve()
        assert app.asked == [
            (Change.STOP, ["blog-004"]),
            (Change.REQUEUE, ["blog-004"]),
            "blog-004",
            str(folder),
        ]

    drive(app, steps)


def test_the_log_is_searched_and_escape_leads_back_step_by_step(
    full_root: Any, drive: Any, settle: Settle, screen_text: Text
) -> None:
    app = RunApp(full_root, "blog-001")

    async def steps(pilot: Pilot[None]) -> None:
        await pilot.press("slash", *"EPOCH", "enter")
        await settle(pilot, lambda: "2 of 2 for “EPOCH”" in screen_text(app))
        await pilot.press("n")
        await settle(pilot, lambda: "1 of 2 for “EPOCH”" in screen_text(app))
        await pilot.press("N")
        await settle(pilot, lambda: "2 of 2 for “EPOCH”" in screen_text(app))
        await pilot.press("enter")
        await settle(pilot, lambda: "values" not in screen_text(app))
        await pilot.press("escape")
        await settle(pilot, lambda: "EPOCH" not in screen_text(app))
        await pilot.press("escape")
        await settle(pilot, lambda: "values" in screen_text(app))
        await pilot.press("escape")
        await settle(pilot, lambda: app.screen is not app.run_screen)

    drive(app, steps)


def test_words_that_are_searched_for_are_no_keys(
    full_root: Any, drive: Any, settle: Settle, screen_text: Text
) -> None:
    app = RunApp(full_root, "blog-001")

    async def steps(pilot: Pilot[None]) -> None:
        await pilot.press("slash", *"[/xrnNfcCTq", "backspace", "escape")
        await pilot.pause()
        assert app.asked == []
        assert app.screen is app.run_screen

    drive(app, steps)


def test_every_value_is_reached_by_the_keyboard(
    root: Any, drive: Any, settle: Settle, screen_text: Text
) -> None:
    root.put([{f"name{number:03d}": number for number in range(100)}])
    app = RunApp(root, "blog-001")

    async def steps(pilot: Pilot[None]) -> None:
        await settle(pilot, lambda: "name000" in screen_text(app))
        await pilot.press("tab", "end")
        await settle(pilot, lambda: "seed 7" in screen_text(app))
        await pilot.press("g")
        await settle(pilot, lambda: "name000" in screen_text(app))
        await pilot.press("G", "k", "j", "enter")
        await settle(pilot, lambda: "name099" in screen_text(app) and "it waits" not in screen_text(app))
        await pilot.press("tab")
        await settle(pilot, lambda: "it waits" in screen_text(app))

    drive(app, steps)


@pytest.mark.parametrize("theme", list(PALETTES))
def test_themes_can_be_changed(
    full_root: Any, drive: Any, settle: Settle, screen_text: Text, theme: str
) -> None:
    app = RunApp(full_root, "blog-003")

    async def steps(pilot: Pilot[None]) -> None:
        await settle(pilot, lambda: "Traceback" in screen_text(app))
        app.theme = theme
        await pilot.pause(0.2)
        strips = app.screen._compositor.render_strips()
        colours = {
            part.style.color.name for strip in strips for part in strip if part.style and part.style.color
        }
        assert PALETTES[theme].crashed in colours

    drive(app, steps)


@pytest.mark.parametrize("size", [(60, 15), (80, 24), (129, 34), (130, 20), (300, 100)])
@pytest.mark.parametrize("run_id", ["blog-001", "blog-002", "blog-003", "blog-004", "blog-005"])
def test_every_run_fits_every_size(
    full_root: Any, shown: Callable[..., str], run_id: str, size: tuple[int, int]
) -> None:
    text = shown(full_root, run_id, size=size)
    for part in (run_id, " log", "lr", "esc back"):
        assert part in text


def test_a_silent_run_is_no_longer_live(root: Any, drive: Any, settle: Settle, screen_text: Text) -> None:
    root.put([{"lr": 1}])
    root.begin(1.0, log=b"x\n")
    app = RunApp(root, "blog-001")

    async def steps(pilot: Pilot[None]) -> None:
        run: Run = root.runs()["blog-001"]._replace(
            state=State.UNFINISHED, reason="silent 12 min, its process lives"
        )
        app.run_screen.show(Snapshot(Columns((run,))), np.arange(1))
        await settle(pilot, lambda: "silent 12 min" in screen_text(app))

    drive(app, steps)


def test_a_screen_that_was_left_is_forgotten(full_root: Any, drive: Any, settle: Settle) -> None:
    app, left = RunApp(full_root, "blog-001"), []

    async def steps(pilot: Pilot[None]) -> None:
        for run_id in ("blog-001", "blog-002", "blog-003"):
            screen = RunScreen(full_root.paths, full_root.runs()[run_id])
            left.append(weakref.ref(screen))
            app.push_screen(screen)
            await settle(pilot, lambda screen=screen: screen._details.attempts)
            await pilot.press("escape")
            await settle(pilot, lambda screen=screen: not screen.is_running)
            del screen
        await pilot.pause(0.1)
        gc.collect()
        assert [screen() for screen in left] == [None, None, None]

    drive(app, steps)


def test_it_is_complete_at_once_though_shown_before_it_has_children(
    full_root: Any, drive: Any, screen_text: Text
) -> None:
    app = RunApp(full_root, "blog-001")
    app.call_after_refresh = lambda *_: True  # type: ignore[method-assign] # shown once, and before

    async def steps(pilot: Pilot[None]) -> None:
        screen = RunScreen(full_root.paths, full_root.runs()["blog-002"])
        runs = tuple(full_root.runs().values())
        screen.show(Snapshot(Columns(runs)), np.arange(5))
        app.push_screen(screen)
        await pilot.pause(0.2)
        assert "2 of 5" in screen_text(app)
        assert "same in all runs" in screen_text(app)

    drive(app, steps, (120, 40))


def test_a_run_that_cannot_be_read_says_so_and_keeps_what_was_read(
    full_root: Any, drive: Any, settle: Settle, screen_text: Text, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = RunApp(full_root, "blog-004")

    def fail(*_: object) -> Details:
        raise ValueError("[/bold] is no number")

    async def steps(pilot: Pilot[None]) -> None:
        await settle(pilot, lambda: "best 1.5 at step 1" in screen_text(app))
        with monkeypatch.context() as patch:
            patch.setattr(DetailsReader, "read", fail)
            app.read()
            await settle(pilot, lambda: "ValueError: [/bold] is no number" in screen_text(app))
            assert "best 1.5 at step 1" in screen_text(app)
        app.read()
        await settle(pilot, lambda: "ValueError" not in screen_text(app))

    drive(app, steps, (140, 40))


def test_a_run_that_could_not_be_read_is_read_again_though_it_ended(
    full_root: Any, drive: Any, settle: Settle, screen_text: Text, monkeypatch: pytest.MonkeyPatch
) -> None:
    app, read = RunApp(full_root, "blog-001"), DetailsReader.read
    failing = [True]

    def may_fail(reader: DetailsReader, run: Run) -> Details:
        if failing:
            raise OSError("no such device")
        return read(reader, run)

    monkeypatch.setattr(DetailsReader, "read", may_fail)

    async def steps(pilot: Pilot[None]) -> None:
        await settle(pilot, lambda: "OSError: no such device" in screen_text(app))
        failing.clear()
        app.read()
        await settle(pilot, lambda: "best 0.5 at step 2" in screen_text(app))

    drive(app, steps, (140, 40))


@pytest.mark.parametrize("search", ["blog", "s" * 60])
@pytest.mark.parametrize("width", [60, 80])
def test_the_heading_has_two_lines_with_the_reason_first(
    root: Any, shown: Callable[..., str], search: str, width: int
) -> None:
    root.put([{"lr": 1}], search=search)
    task = root.begin(1.2345, 0.98765, slot="gpu1.0")
    root.end(task, Outcome.KILLED, 0.98765, "killed by signal 15 " + "because " * 20)
    lines = shown(root, f"{search}-001", size=(width, 15)).splitlines()
    assert lines[0].startswith(f" {search[:7]}")
    assert "◐ unfinished  best 0.9877" in lines[0]
    assert lines[1].startswith(" killed by signal 15")
    assert lines[1].endswith("…")
    assert lines[2].startswith(" log")


def test_a_folder_that_is_deleted_while_it_is_looked_at_leaves_no_contradictions(
    full_root: Any, drive: Any, settle: Settle, screen_text: Text
) -> None:
    app = RunApp(full_root, "blog-001")

    async def steps(pilot: Pilot[None]) -> None:
        await settle(pilot, lambda: "best 0.5 at step 2" in screen_text(app))
        shutil.rmtree(full_root.paths.run("blog", 1).folder)
        assert full_root.runs()["blog-001"].attempt == 0
        app.read()
        await settle(pilot, lambda: "its folder was deleted" in screen_text(app).splitlines()[1])
        text = screen_text(app)
        assert "its log is gone: the folder was deleted" in text
        for old in ("it waits", "before it began", "● finished", "best 0.5"):
            assert old not in text

    drive(app, steps, (120, 40))


def test_the_heading_is_as_new_as_the_curve(root: Any, shown: Callable[..., str]) -> None:
    root.put([{"lr": 1}])
    task = root.begin(2.0)
    with open(task.paths.metrics, "a") as file:  # the heartbeat comes later
        file.write('{"step": 1, "loss": 0.25}\n{"step": 2, "loss": 0.5}\n{"step": 3, "loss": NaN}\n')
    lines = shown(root, "blog-001", size=(140, 40)).splitlines()
    assert "best 0.25 · last 0.5 · step 3 ·" in lines[0]
    assert any("best 0.25 at step 1" in line for line in lines)


def test_of_a_long_log_only_the_last_lines_are_counted(root: Any, shown: Callable[..., str]) -> None:
    root.put([{"lr": 1}])
    root.begin(2.0, log=b"12345678901234567890\n" * 100_000)
    text = shown(root, "blog-001")
    assert "log · the last 49,932 lines" in text


def test_metrics_that_are_gone_are_told(full_root: Any, shown: Callable[..., str]) -> None:
    full_root.paths.run("blog", 1).attempt(1).metrics.unlink()
    text = shown(full_root, "blog-001")
    assert "best 0.5 · " in text
    assert "its metrics are gone" in text
    assert "no loss was logged" not in text


@pytest.mark.parametrize("size", [(60, 40), (80, 60), (100, 60), (200, 60)])
def test_no_number_is_cut(root: Any, shown: Callable[..., str], size: tuple[int, int]) -> None:
    params = {"optimizer.schedule.warmup.fraction": -1.235e-7, "a": 9_876_543_210_123, "text": "word " * 12}
    root.put([params])
    root.end(root.begin(3.0, log=b"x\n"), Outcome.STOPPED, 2.0, "you asked for it to end")
    from hpq.queue.control import requeue

    requeue(root.paths, list(root.runs().values()))
    task = root.begin(slot="gpu0.1")
    for step, value in enumerate([5.99e302, -1.235e-7, 5.99e302], 123_456):
        root.log(task, 0.5, first=step, **{"validation.accuracy.of.the.heads": value})
    lines = shown(root, "blog-001", "tab", "enter", size=size).splitlines()
    text = "\n".join(lines)
    assert "-1.235e-7" in text
    assert "9876543210123" in text
    assert "5.99e302" in text
    metric = next(line for line in lines if line.lstrip().startswith("val"))
    heads = next(line for line in lines if line.lstrip().startswith("metric"))
    assert set(heads.split()) <= {"metric", "last", "lowest", "step", "highest"}
    assert set(metric.split()[1:]) <= {"5.99e302", "-1.235e-7", "123,457", "123,456"}
    assert "you asked for" in text


def test_where_there_are_few_columns_the_values_have_them_all(
    full_root: Any, shown: Callable[..., str]
) -> None:
    text = shown(full_root, "blog-001", size=(60, 15))
    assert re.search("hyperparameter +value$", text, re.MULTILINE)
    assert "at step" not in text
    assert "best 0.5 at step 2" in shown(full_root, "blog-001", "tab", "enter", size=(60, 15))
    tall = shown(full_root, "blog-001", size=(60, 40))
    assert "best 0.5 at step 2" in tall
    assert "hyperparameter" in tall
    assert "log · 3 lines" in tall
