"""Roots to measure: runs of the post's space that wait, train or ended, as many as it takes."""

import random
import time
from collections.abc import Iterable
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any

from hpq.queue.claims import make_claim
from hpq.queue.enqueue import Origin, enqueue
from hpq.queue.files import write_json
from hpq.queue.ids import run_id
from hpq.queue.life import boot_id, host_name, take_lock
from hpq.queue.paths import RootPaths
from hpq.queue.records import Heartbeat, Outcome, Result, Start, Summary
from hpq.queue.root import create_root, locked
from hpq.queue.runs import Run
from hpq.queue.states import State
from hpq.search import post
from hpq.search.samplers import draw_run

SEARCH = "blog"
_CRASHED, _LIMITED = 0.51, 0.04  # shares of the runs, about those of the post's picture
_RUN_S = 60.0
_FIRST_AT = time.time() - 86_400  # when the first run began; the others followed every few seconds
_EVERY_S = 6.0


def draws(count: int) -> list[dict[str, Any]]:
    """Return the hyperparameters of so many runs."""
    return [draw_run(post.sample, 7, number).values for number in range(1, count + 1)]


@cache
def result(number: int) -> Result:
    """Return how a run ended: the same whenever it is asked."""
    luck = random.Random(number)
    began = _FIRST_AT + _EVERY_S * number
    span, slot, share = (began, began + _RUN_S), f"gpu{number % 4}", luck.random()
    if share < _CRASHED:
        return Result(Outcome.FAILED, "RuntimeError: out of memory", Summary(), *span, slot)
    best = min(3.7, max(1.22 + 0.05 * luck.random(), luck.gauss(1.9, 0.9)))
    outcome = Outcome.LIMIT if share < _CRASHED + _LIMITED else Outcome.RETURNED
    return Result(outcome, "", Summary(step=1000, loss=best + 0.1, best=best, best_step=900), *span, slot)


def ended_run(number: int, params: dict[str, Any]) -> Run:
    """Return a run that ended, as a reader would."""
    told = result(number)
    has_loss, is_whole = told.summary.best is not None, told.outcome is Outcome.RETURNED
    return Run(
        id=run_id(SEARCH, number),
        search=SEARCH,
        number=number,
        state=(State.FINISHED if is_whole else State.UNFINISHED) if has_loss else State.CRASHED,
        drawn=params,
        loss=told.summary.loss,
        best=told.summary.best,
        step=told.summary.step,
        attempt=1,
        reason=told.reason,
        slot=told.slot,
        enqueued_at=_FIRST_AT,
        started_at=told.started_at,
        ended_at=told.ended_at,
        heard_at=told.ended_at,
    )


def build(folder: Path, count: int, ended: int) -> RootPaths:
    """Make a root with so many runs, of which the first ended."""
    paths = create_root(folder)
    with locked(paths):
        enqueue(paths, SEARCH, 1, draws(count), Origin(seed=7, sampler="random", folder=folder))
    end(paths, range(1, ended + 1))
    return paths


def end(paths: RootPaths, numbers: Iterable[int]) -> None:
    """Let runs be claimed and end; without the fsync of each, which takes minutes."""
    for number in numbers:
        attempt = paths.run(SEARCH, number).attempt(1)
        attempt.folder.mkdir(parents=True)
        attempt.lock.touch()
        make_claim(paths.claim(SEARCH, number, 1), "bench")
        write_json(attempt.result, asdict(result(number)))


def live(paths: RootPaths, numbers: Iterable[int]) -> None:
    """Let this process play runs that train."""
    for number in numbers:
        attempt = paths.run(SEARCH, number).attempt(1)
        attempt.folder.mkdir(parents=True)
        take_lock(attempt.lock)  # freed when this process ends
        make_claim(paths.claim(SEARCH, number, 1), "bench")
        Start(
            pid=1,
            ticks=1,
            host=host_name(),
            boot=boot_id(),
            runner="bench",
            slot=f"gpu{number % 4}",
            device="cuda",
            at=time.time(),
            stale_after_s=600.0,
        ).write(attempt.start)
    train(paths, numbers, step=1)


def train(paths: RootPaths, numbers: Iterable[int], step: int) -> None:
    """Write what runs write that train on: a line of metrics, and a heartbeat with another loss."""
    for number in numbers:
        attempt = paths.run(SEARCH, number).attempt(1)
        loss = 1.5 + 2.0 / (step + number % 7)
        with attempt.metrics.open("a") as lines:
            lines.write(f'{{"step": {step}, "loss": {loss}, "wall": {time.time()}}}\n')
        Heartbeat.now(Summary(step=step, loss=loss, best=loss, best_step=step)).write(attempt.heartbeat)
