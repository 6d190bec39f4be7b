"""When random draws beat a grid of as many runs, by how many hyperparameters matter.

After Bergstra and Bengio, "Random Search for Hyper-Parameter Optimization", JMLR 13 (2012). Five
hyperparameters lie between 0 and 1, and the loss is the squared distance from an optimum that lies
anywhere between, in those of them that matter. Only which run is nearest counts, so any loss that rises
with the distance has the same shares. Prints, over fixed seeds, in what share random's best run is better.
"""

from collections.abc import Callable, Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from hpq.search.draw import Draw
from hpq.search.grid import grid
from hpq.search.names import Names
from hpq.search.samplers import Sample, draw_run
from hpq.search.streams import uniform

SEEDS = range(1000)
NAMES = ("a", "b", "c", "d", "e")
POINTS = (2, 3)  # of each hyperparameter: 32 runs, and 243
HEADS = "".join(f"{f'{count} matter':>10}" for count in range(1, 1 + len(NAMES)))

Floats = NDArray[np.float64]


def space(low: float, high: float) -> Sample:
    """Return a space of five hyperparameters between two numbers."""

    def sample(s: Draw) -> None:
        for name in NAMES:
            s.float(name, low, high)

    return sample


def from_end_to_end(points: int) -> Floats:
    """Return the grid that `--sampler grid` makes: the ends of each range are in it."""
    return values(grid(space(0.0, 1.0), points))


def at_middles(points: int) -> Floats:
    """Return the evenest grid: its points are the middles of equal parts of each range."""
    return values(grid(space(0.5 / points, 1 - 0.5 / points), points))


def at_random(seed: int, count: int) -> Floats:
    """Return what `--sampler random` draws."""
    names = Names()
    return values(draw_run(space(0.0, 1.0), seed, number, names=names) for number in range(1, 1 + count))


def values(draws: Iterable[Draw]) -> Floats:
    """Return a row for each run (N, 5)."""
    return np.array([[draw.values[name] for name in NAMES] for draw in draws])


def best_losses(runs: Floats, optimum: Floats) -> Floats:
    """Return the lowest loss where the first matters, the first two, … and all (5,)."""
    return np.cumsum((runs - optimum) ** 2, axis=1).min(axis=0)


def compare(gridded: Floats) -> tuple[Floats, Floats, Floats]:
    """Return the share of seeds in which random is better, and both samplers' median distances, each (5,)."""
    random, even = [], []
    for seed in SEEDS:
        optimum = np.array([uniform(seed, 0, name) for name in NAMES])  # no run has number 0
        random.append(best_losses(at_random(seed, len(gridded)), optimum))
        even.append(best_losses(gridded, optimum))
    share = np.mean(np.array(random) < np.array(even), axis=0)
    return share, np.sqrt(np.median(random, axis=0)), np.sqrt(np.median(even, axis=0))


def table() -> Iterator[str]:
    """Yield the lines of the table."""
    grids: dict[str, Callable[[int], Floats]] = {
        "from end to end": from_end_to_end,
        "at the middles": at_middles,
    }
    yield f"{'':54}{HEADS}"
    for points in POINTS:
        for name, make in grids.items():
            gridded = make(points)
            share, random, even = compare(gridded)
            yield line(f"{len(gridded)} runs, grid {name}: random is better", share, ".2f")
            yield line("    median distance of random's best", random, ".3f")
            yield line("    median distance of the grid's best", even, ".3f")


def line(what: str, numbers: Floats, form: str) -> str:
    return f"{what:54}" + "".join(f"{number:>10{form}}" for number in numbers)


if __name__ == "__main__":
    print(f"{len(SEEDS)} seeds; of five hyperparameters so many matter")
    for each in table():
        print(each, flush=True)
