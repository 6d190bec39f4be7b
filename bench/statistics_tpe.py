"""What TPE makes of a space where large networks crash, against random draws.

Runs whose depth × layers is too large run out of memory, as two of five do at random, and the best ones lie
close to that limit. Nothing is trained: each run is drawn by what training processes call, is given what
became of it, and is there for the next. Shown besides is what comes of keeping crashes from TPE, as a study
does that is told of them as failed trials.
"""

import math
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np

from hpq.queue.experience import experience
from hpq.queue.runs import Run
from hpq.queue.states import State
from hpq.search.draw import Draw
from hpq.search.samplers import draw_run
from hpq.search.tpe import draw_tpe

SEEDS = range(20)
RUNS = 100
TOO_LARGE = 900  # depth × layers


def sample(s: Draw) -> None:
    """Draw from a space of five, and a sixth where there is attention."""
    s.float("lr", 1e-5, 1e-1, log=True)
    s.int("depth", 4, 64)
    s.int("layers", 2, 48)
    if s.choice("merger", ["conv", "attention"]) == "attention":
        s.int("heads", 1, 16)
    s.int("radius", 1, 9)


def loss_of(params: dict[str, Any]) -> float | None:
    """Return the loss that a run reaches, None for one that crashes."""
    size = params["depth"] * params["layers"]
    if size > TOO_LARGE:
        return None
    rate = 0.3 * (math.log10(params["lr"]) + 3) ** 2
    capacity = 0.5 * math.log(size / (0.85 * TOO_LARGE)) ** 2
    shape = 0.1 * (math.log(params["depth"] / params["layers"]) - 0.5) ** 2
    radius = 0.01 * (params["radius"] - 5) ** 2
    merger = 0.02 * (math.log2(params["heads"]) - 2) ** 2 if "heads" in params else 0.1
    return 0.05 + rate + capacity + shape + radius + merger


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a search of 100 runs came to."""

    best: float
    crashed: float  # share


def search(sampler: str, seed: int) -> Outcome:
    """Return what a search comes to when each run is drawn after the one before has ended."""
    runs: list[Run] = []
    for number in range(1, 1 + RUNS):
        if sampler == "random":
            params = draw_run(sample, seed, number).values
        else:
            told = runs if sampler == "tpe" else [run for run in runs if run.state is not State.CRASHED]
            params = draw_tpe(sample, seed, number, {}, experience(told)).values
        loss = loss_of(params)
        state = State.CRASHED if loss is None else State.FINISHED
        reason = "out of memory" if loss is None else ""
        runs.append(Run(f"made-{number:03d}", "made", number, state, params, loss, loss, reason=reason))
    losses = [run.best for run in runs if run.best is not None]
    return Outcome(min(losses), 1 - len(losses) / RUNS)


def table() -> Iterator[str]:
    """Yield the lines of the table."""
    yield f"{'':36}{'median best':>12}{'better than random':>20}{'crashed':>9}"
    with ProcessPoolExecutor() as pool:
        samplers = ("random", "tpe", "tpe without crashes")
        found = {name: list(pool.map(search, [name] * len(SEEDS), SEEDS)) for name in samplers}
    for name, outcomes in found.items():
        pairs = zip(outcomes, found["random"], strict=True)
        better = sum(mine.best < random.best for mine, random in pairs)
        best = np.median([outcome.best for outcome in outcomes])
        crashed = np.mean([outcome.crashed for outcome in outcomes])
        share = "" if name == "random" else f"{better} of {len(SEEDS)}"
        yield f"{f'{name}, {RUNS} runs':36}{best:>12.3f}{share:>20}{crashed:>9.0%}"


if __name__ == "__main__":
    for each in table():
        print(each, flush=True)
