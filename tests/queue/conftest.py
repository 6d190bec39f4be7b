"""A root on disk, and attempts in every state of life."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from hpq.queue.claimer import Claimer, Task
from hpq.queue.claims import runner_id
from hpq.queue.enqueue import Origin, enqueue, next_number
from hpq.queue.life import boot_id, host_name, start_ticks
from hpq.queue.paths import RootPaths
from hpq.queue.reader import Reader
from hpq.queue.records import Heartbeat, Outcome, Result, Start, Summary
from hpq.queue.root import create_root, locked
from hpq.queue.runs import Run


@pytest.fixture
def paths(tmp_path: Path) -> RootPaths:
    return create_root(tmp_path / "runs")


@pytest.fixture
def put(paths: RootPaths, tmp_path: Path) -> Callable[..., list[str]]:
    """Queue runs of a search, by count or by their parameters."""

    def put(count: int | list[dict[str, Any]], search: str = "blog", priority: int = 0) -> list[str]:
        draws = [{"lr": 0.1 * i} for i in range(count)] if isinstance(count, int) else count
        origin = Origin(seed=7, sampler="random", folder=tmp_path)
        with locked(paths):
            return enqueue(paths, search, next_number(paths, search), draws, origin, priority)

    return put


class Life:
    """Plays the part of runners and training processes, with real locks and files."""

    def __init__(self, paths: RootPaths) -> None:
        self.paths = paths
        self.held: dict[str, int] = {}
        self.claimer = Claimer(paths, runner_id())

    def claim(self) -> Task:
        task = self.claimer.claim()
        assert task is not None
        self.held[task.id] = task.lock_descriptor
        return task

    def begin(self, task: Task, stale_after_s: float = 600.0) -> Task:
        Start(
            pid=os.getpid(),
            ticks=start_ticks(os.getpid()),
            host=host_name(),
            boot=boot_id(),
            runner="elsewhere",
            slot="cpu0",
            device="cpu",
            at=1000.0,
            stale_after_s=stale_after_s,
        ).write(task.paths.start)
        self.beat(task)
        return task

    def beat(self, task: Task, *losses: float) -> None:
        summary = Summary()
        with open(task.paths.metrics, "a") as metrics:
            for step, loss in enumerate(losses):
                metrics.write(f'{{"step": {step}, "loss": {loss}}}\n')
                summary = summary.add({"step": step, "loss": loss})
        Heartbeat.now(summary).write(task.paths.heartbeat)

    def end(self, task: Task, outcome: Outcome, best: float | None, reason: str = "") -> None:
        summary = Summary(step=9, loss=best, best=best, best_step=9)
        Result(outcome, reason, summary, 1000.0, 1060.0, "cpu0").write(task.paths.result)
        self.die(task)

    def die(self, task: Task) -> None:
        os.close(self.held.pop(task.id))

    def read(self) -> dict[str, Run]:
        return {run.id: run for run in Reader(self.paths).read()}


@pytest.fixture
def life(paths: RootPaths) -> Iterator[Life]:
    life = Life(paths)
    yield life
    for descriptor in life.held.values():
        os.close(descriptor)
