"""Permutation tests over many hyperparameters at once: the smallest p of all is the yardstick.

Each hyperparameter is tested in several ways, and thirteen hyperparameters looked at would give a p below
0.05 to one of them in every other search where there is nothing to find. So labels are shuffled over the
runs again and again, all tests are done on each shuffle, and a p counts for as much as the share of shuffles
whose smallest p is as small. Source: Westfall and Young, Resampling-Based Multiple Testing, 1993 (the minimum
of p with steps down, algorithm 2.8).
"""

from collections.abc import Iterator

import numpy as np

from hpq.results.columns import Floats, Rows

_MOST, _FEWEST = 999, 499  # shuffles: the smallest p is 0.001, or 0.002 of a large search
_PLACES = 5_000_000  # of runs in all shuffles, from which there are fewer of them
_SEED = 20170501
_CELLS = 500_000  # of a block of shuffles: 4 MB in double precision, which a cache holds
_EQUAL = 1 + 1e-9  # p-values that differ by rounding alone are equal


def shuffles(count: int) -> Iterator[Rows]:
    """Yield blocks of orders of so many runs, each (B, N): first the order as it is, then shuffles.

    They are the same each time, and so are the p-values that come of them.
    """
    rng, number = np.random.default_rng(_SEED), min(_MOST, max(_FEWEST, _PLACES // max(1, count)))
    size = max(1, _CELLS // max(1, count))
    here = np.arange(count)
    yield here[None]
    for start in range(0, number, size):
        block = np.broadcast_to(here, (min(size, number - start), count))
        yield rng.permuted(block, axis=1)


def adjusted(smallest: Floats) -> Floats:
    """Return each hypothesis's p, adjusted for all of them (H,).

    `smallest` has the smallest p of each hypothesis's tests: in its first row those of the data, then those
    of shuffles (1 + S, H).
    """
    order = np.argsort(smallest[0], kind="stable")
    rivals = np.minimum.accumulate(smallest[:, order[::-1]], axis=1)[:, ::-1]  # of those not smaller
    reached = (rivals <= smallest[0, order] * _EQUAL).mean(axis=0)
    result = np.empty(len(order))
    result[order] = np.maximum.accumulate(reached)
    return result


def critical(smallest: Floats, level: float) -> float:
    """Return how small a single p must be for its adjusted one to reach a level."""
    return float(np.quantile(smallest[1:].min(axis=1), level)) if smallest.size else level
