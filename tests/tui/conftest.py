"""Roots to look at, and a pilot that presses keys."""

import asyncio
import os
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from textual.app import App
from textual.pilot import Pilot

from hpq.queue.claimer import Claimer, Task
from hpq.queue.claims import runner_id
from hpq.queue.enqueue import Origin, enqueue, next_number
from hpq.queue.life import boot_id, host_name, start_ticks
from hpq.queue.reader import Reader
from hpq.queue.records import Heartbeat, Outcome, Result, Start, Stop, Summary
from hpq.queue.root import create_root, locked
from hpq.queue.runs import Run
from hpq.results.columns import Columns
from hpq.runner.gpus import GpuUse
from hpq.tui.app import Monitor
from hpq.tui.messages import ChangeAsked, CopyAsked
from hpq.tui.palette import PALETTES, Palette
from hpq.tui.screens.run import RunScreen
from hpq.tui.source import Snapshot


class Root:
    """A root on disk; plays the part of runners and training processes, with real locks and files."""

    def __init__(self, folder: Path) -> None:
        self.paths = create_root(folder)
        self._held: dict[str, int] = {}
        self._claimer = Claimer(self.paths, runner_id())

    def put(self, draws: Sequence[Mapping[str, Any]], search: str = "blog", **origin: Any) -> list[str]:
        """Queue runs with these parameters."""
        told = {"seed": 7, "sampler": "random", "folder": self.paths.folder.parent, **origin}
        with locked(self.paths):
            number = next_number(self.paths, search)
            return enqueue(self.paths, search, number, [dict(draw) for draw in draws], Origin(**told))

    def begin(self, *losses: float, log: bytes = b"", slot: str = "cpu0", pid: int = 0) -> Task:
        """Start the next run that waits, and let it log."""
        task = self._claimer.claim()
        assert task is not None
        self._held[task.id] = task.lock_descriptor
        start = Start(
            pid=pid or os.getpid(),
            ticks=start_ticks(pid or os.getpid()),
            host=host_name(),
            boot=boot_id(),
            runner="elsewhere",
            slot=slot,
            device="cpu",
            at=time.time() - 60,
            stale_after_s=600.0,
        )
        start.write(task.paths.start)
        self.print(task, log)
        self.log(task, *losses)
        return task

    def print(self, task: Task, log: bytes) -> None:
        with open(task.paths.log, "ab") as file:
            file.write(log)

    def log(self, task: Task, *losses: float, first: int = 0, **metrics: float) -> None:
        """Log a loss a step, and the same other metrics at each."""
        summary = Summary()
        with open(task.paths.metrics, "a") as file:
            for step, loss in enumerate(losses, first):
                others = "".join(f', "{name}": {value}' for name, value in metrics.items())
                text = str(loss).replace("nan", "NaN").replace("inf", "Infinity")
                file.write(f'{{"step": {step}, "loss": {text}{others}}}\n')
                summary = summary.add({"step": step, "loss": loss})
        Heartbeat.now(summary).write(task.paths.heartbeat)

    def stop_of(self, number: int) -> Stop | None:
        return Stop.read(self.paths.run("blog", number).attempt(1).stop)

    def end(self, task: Task, outcome: Outcome, best: float | None = None, reason: str = "") -> None:
        summary = Summary(step=9, loss=best, best=best, best_step=9)
        now = time.time()
        Result(outcome, reason, summary, now - 60, now, "cpu0").write(task.paths.result)
        self.die(task)

    def die(self, task: Task) -> None:
        os.close(self._held.pop(task.id))

    def runs(self) -> dict[str, Run]:
        return {run.id: run for run in Reader(self.paths).read()}

    def close(self) -> None:
        for descriptor in self._held.values():
            os.close(descriptor)


@pytest.fixture
def root(tmp_path: Path) -> Iterator[Root]:
    """A root in which nothing waits yet."""
    root = Root(tmp_path / "runs")
    yield root
    root.close()


@pytest.fixture
def full_root(root: Root) -> Root:
    """blog-001 finished, 002 unfinished, 003 crashed, 004 trains, 005 waits."""
    names = ("lr", "convnet.depth", "merger.kind")
    rows = ((0.1, 3, "conv"), (0.01, 3, "attention"), (1.0, 5, "conv"), (0.001, 5, "conv"), (0.02, 4, "conv"))
    root.put([{**dict(zip(names, row, strict=True)), "steps": 100} for row in rows])
    root.end(root.begin(2.0, 1.0, 0.5, log=b"epoch 1\nepoch 2\ndone\n"), Outcome.RETURNED, 0.5)
    root.end(root.begin(3.0, 0.9, log=b"epoch 1\nTerminated\n"), Outcome.KILLED, 0.9, "killed by signal 15")
    root.end(
        root.begin(log=b"Traceback (most recent call last):\nRuntimeError: CUDA out of memory\n"),
        Outcome.FAILED,
        reason="RuntimeError: CUDA out of memory",
    )
    root.begin(2.5, 1.5, log=b"epoch 1\n")
    return root


Drive = Callable[[Pilot[None]], Awaitable[None]]


def _drive(app: App[None], drive: Drive, size: tuple[int, int] = (80, 24)) -> None:
    """Run an app without a terminal, and let a coroutine press its keys."""

    async def run() -> None:
        async with app.run_test(size=size, notifications=True) as pilot:
            await pilot.pause()
            await drive(pilot)

    asyncio.run(run())


@pytest.fixture
def drive() -> Callable[..., None]:
    return _drive


async def _settle(pilot: Pilot[None], condition: Callable[[], object], timeout_s: float = 20.0) -> None:
    """Let the app go on until a condition holds."""
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        await pilot.pause(0.01)
    await pilot.pause()


@pytest.fixture
def settle() -> Callable[..., Awaitable[None]]:
    return _settle


def _screen_text(app: App[None]) -> str:
    """Return what is on the screen, line by line."""
    strips = app.screen._compositor.render_strips()
    return "\n".join(strip.text.rstrip() for strip in strips)


@pytest.fixture
def screen_text() -> Callable[[App[None]], str]:
    return _screen_text


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


@pytest.fixture
def run_app() -> type[RunApp]:
    return RunApp


@pytest.fixture
def shown(drive: Any, settle: Any, screen_text: Any) -> Callable[..., str]:
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


class Processes:
    """What /proc tells of processes."""

    @staticmethod
    def child_of(pid: int) -> int | None:
        """Return the first child of a process."""
        words = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        return int(words[0]) if words else None

    @staticmethod
    def is_alive(pid: int) -> bool:
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except (FileNotFoundError, ProcessLookupError):
            return False
        return state != "Z"


@pytest.fixture
def processes() -> Processes:
    return Processes()
