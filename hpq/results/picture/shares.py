"""The share of draws that crashed along a panel's axis, with an interval, beside that of all runs drawn."""

from dataclasses import dataclass
from functools import lru_cache
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from hpq.results.columns import Floats
from hpq.results.picture.axes import Axis

Counts = NDArray[np.intp]
_MOST = 18  # bins of an axis of numbers: a column each in the narrowest panel of a terminal
_CONFIDENCE = 0.95  # that the intervals of all bins hold at once
_EDGE = 0.015  # of the axis, by which the bins reach beyond the outermost runs at least


@dataclass(frozen=True, slots=True, eq=False)
class Shares:
    """Bins of a panel's axis. What is told of a bin without runs is NaN, and it stands out nowhere.

    Attributes:
        edges: where bins begin and end, as fractions of the axis (B + 1,).
        share, low, high: of each bin's runs that crashed, and the ends of its interval (B,).
        side: 1 where the interval lies above the share of all runs, -1 where below, else 0 (B,).
    """

    edges: Floats
    share: Floats
    low: Floats
    high: Floats
    side: NDArray[np.int8]

    @property
    def has_runs(self) -> NDArray[np.bool_]:
        """Which bins have runs (B,)."""
        return ~np.isnan(self.share)


def shares(axis: Axis, places: Floats, runs: Counts, crashed: Counts, overall: float) -> Shares:
    """Return the shares along an axis.

    `places` are where values stand on the axis (V,), each of which occurs in so many `runs` (V,), of which so
    many `crashed` (V,). `overall` is the share of all runs of the picture.
    """
    fractions = axis.fractions(places)
    edges = _edges(axis, fractions, int(runs.sum()))
    count = len(edges) - 1
    bins = np.clip(np.searchsorted(edges, fractions, side="right") - 1, 0, count - 1)
    n, k = np.bincount(bins, runs, count), np.bincount(bins, crashed, count)
    low, high = _interval(k, n)
    side = (low > overall).astype(np.int8) - (high < overall)
    return Shares(edges, np.divide(k, n, out=np.full(count, np.nan), where=n > 0), low, high, side)


def _edges(axis: Axis, fractions: Floats, runs: int) -> Floats:
    """Return a bin for each place where runs share few, or else bins as wide as one another.

    Their number is the cube root of the number of runs, with which more runs make bins both narrower and
    fuller. Where only whole numbers occur, bins hold equally many, give or take one.
    """
    if axis.is_spread:
        return np.linspace(0.0, 1.0, round(axis.high - axis.low) + 1)
    first, last = float(fractions.min()), float(fractions.max())
    count = min(_MOST, round(runs ** (1 / 3)))
    if not axis.is_whole or axis.is_log:
        return np.linspace(first - _EDGE, last + _EDGE, count + 1)
    span = axis.high - axis.low
    numbers = round((last - first) * span) + 1
    steps: Floats = np.rint(np.linspace(0.0, numbers, min(count, numbers) + 1))
    edges = first + (steps - 0.5) / span
    edges[0], edges[-1] = min(edges[0], first - _EDGE), max(edges[-1], last + _EDGE)
    return edges


def _interval(crashed: Counts, runs: Counts) -> tuple[Floats, Floats]:
    """Return Wilson's score interval with the correction for continuity (B,), (B,).

    Without it, bins of few runs stand out by chance: Wilson, JASA 22, 1927; Newcombe, Statistics in Medicine
    17, 1998, method 4. The level is Šidák's, so that all bins hold at once.
    """
    low, high = np.full(len(runs), np.nan), np.full(len(runs), np.nan)
    there = runs > 0
    n, k = runs[there].astype(float), crashed[there].astype(float)
    z = _quantile(len(n))
    far = z * z - 1 / n + 4 * k * (n - k) / n
    down, up = z * np.sqrt(far + 4 * k / n - 2), z * np.sqrt(far - 4 * k / n + 2)
    low[there] = np.where(k == 0, 0.0, (2 * k + z * z - 1 - down) / (2 * (n + z * z)))
    high[there] = np.where(k == n, 1.0, (2 * k + z * z + 1 + up) / (2 * (n + z * z)))
    return low, high


@lru_cache(256)
def _quantile(bins: int) -> float:
    """Return the standard normal quantile for intervals that hold in so many bins at once."""
    return NormalDist().inv_cdf((1 + _CONFIDENCE ** (1 / bins)) / 2)
