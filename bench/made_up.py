"""Searches made up for bench/statistics.py: draws from a space of thirteen, of which two are conditional."""

import time
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from hpq.queue.claims import make_claim
from hpq.queue.enqueue import Origin, enqueue
from hpq.queue.records import Outcome, Result, Summary
from hpq.queue.root import create_root, locked
from hpq.queue.runs import Run
from hpq.queue.states import State
from hpq.results.columns import Columns, Floats, Rows
from hpq.search.draw import Draw
from hpq.search.samplers import draw_run

CRASHED = 0.4  # of the runs
REASONS = ("out of memory", "ImportError: no module named 'apex'", "the loss is nan at step 12")

Draws = list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Search:
    columns: Columns
    rows: Rows


def space(s: Draw) -> None:
    """Draw from the space of the post, with the rank of its merger drawn too."""
    s.int("batch_size", 5, 30)
    s.choice("convnet.kind", ["straight", "straight_residual", "straight_dilated"])
    s.int("convnet.depth", 64, 512)
    layers = s.int("convnet.profundity", 4, 48)
    s.int("convnet.radius", 2, 5)
    if s.choice("merger.kind", ["attention", "conv"]) == "conv":
        s.int("merger.depth", 4, 64)
        s.int("merger.rank", 2, 16)
    s.subset("merger.layers", range(layers), size=(1, min(8, layers)))
    s.bool("reader.bidir")
    s.bool("reader.normalize")
    s.int("reader.radius", 4, 32)
    s.int("reader.size", 32, 256)


@lru_cache(maxsize=8)
def draws(count: int, seed: int) -> Draws:
    return [draw_run(space, seed, number).values for number in range(1, count + 1)]


def search(count: int, seed: int, crashed: Any, log_losses: Floats, rng: np.random.Generator) -> Search:
    """Return a search whose runs crashed, for one of several reasons, or finished with a loss."""
    runs = []
    for index, params in enumerate(draws(count, seed)):
        loss = None if crashed[index] else float(np.exp(0.2 * log_losses[index]))
        state = State.CRASHED if crashed[index] else State.FINISHED
        why = REASONS[rng.integers(3)] if crashed[index] else ""
        runs.append(Run(f"x-{index + 1}", "x", index + 1, state, params, loss=loss, best=loss, reason=why))
    return Search(Columns(runs), np.arange(count))


def numbers(made: Draws, name: str) -> Floats:
    return np.array([params[name] for params in made], np.float64)


def standard(values: Floats) -> Floats:
    return (values - values.mean()) / values.std()


def slope(made: Draws, share: float) -> Floats:
    """Return the chance of a crash: its logit climbs with depth by 1.3 a standard deviation."""
    logit = 1.3 * standard(numbers(made, "convnet.depth"))
    low, high = -8.0, 8.0
    while high - low > 1e-6:
        middle = (low + high) / 2
        low, high = (middle, high) if (1 / (1 + np.exp(-logit - middle))).mean() < share else (low, middle)
    return 1 / (1 + np.exp(-logit - low))


def cliff(made: Draws, share: float) -> Floats:
    """Return the chance of a crash: 0.9 in the top fifth of depth, and below seven tenths of the share."""
    is_top = numbers(made, "convnet.depth") > 64 + 0.8 * 448
    return np.where(is_top, 0.9, 0.7 * share)


def too_large(made: Draws, share: float) -> Floats:
    """Return the chance of a crash: certain where depth × profundity is largest, and 0.03 elsewhere."""
    product = numbers(made, "convnet.depth") * numbers(made, "convnet.profundity")
    return np.where(product > np.quantile(product, 1 - share), 1.0, 0.03)


def straight(values: Floats) -> Floats:
    return standard(values)


def bowl(values: Floats) -> Floats:
    return standard((values - (values.min() + values.max()) / 2) ** 2)


def three_ahead(rng: np.random.Generator, count: int) -> Floats:
    """Return normal losses whose three lowest were moved 0.7 to 1.3 below the next."""
    losses = np.sort(rng.normal(size=count))
    losses[:3] = losses[3] - 0.7 - 0.6 * rng.random(3)
    return losses


def write_root(folder: Path, count: int) -> None:
    """Write a root whose runs ended, as runners would have left it."""
    paths, made, rng = create_root(folder), draws(count, 1), np.random.default_rng(6)
    with locked(paths):
        ids = enqueue(paths, "blog", 1, made, Origin(1, "random", folder))
    crashed = rng.random(count) < too_large(made, CRASHED)
    for index, name in enumerate(ids):
        attempt = folder / name / "1"
        attempt.mkdir(parents=True)
        make_claim(paths.claims / "blog" / f"{index + 1}.1", "bench")
        loss = float(np.exp(0.2 * rng.normal()))
        summary = Summary() if crashed[index] else Summary(10, loss, loss, 10)
        outcome = Outcome.FAILED if crashed[index] else Outcome.RETURNED
        why, now = REASONS[rng.integers(3)] if crashed[index] else "", time.time()
        Result(outcome, why, summary, now, now, "cpu0").write(attempt / "result.json")
