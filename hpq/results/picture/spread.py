"""Runs that share a place, such as a category, moved sideways so that all are seen."""

from functools import lru_cache

import numpy as np

from hpq.results.columns import Floats, Rows

_WIDTH = 0.7  # of the distance between places
DOTS, LINES = 2, 3  # bases, see spread


def spread(places: Floats, base: int = DOTS) -> Floats:
    """Return places (N,) moved sideways, evenly at each place: dots hide no dots, and lines no lines.

    The two are counted apart, in bases of their own: where crashes come in a rhythm, as in a grid,
    all lines would be on one side.
    """
    return places + _WIDTH * (_scattered(_turns(places), base) - 0.5)


def spread_both(x: Floats, y: Floats, width: float = _WIDTH) -> tuple[Floats, Floats]:
    """Return places in a plane, (N,) and (N,), moved evenly around each that several share, but the first."""
    turns = _turns_of(np.lexsort((y, x)), x, y)
    return x + width * _around(turns, DOTS), y + width * _around(turns, LINES)


def _around(turns: Rows, base: int) -> Floats:
    """Return numbers from -1/2 to 1/2, as even as `_scattered`'s, of which the first is 0."""
    return np.where(turns > 0, (_scattered(turns, base) + 0.5 - 1 / base) % 1.0 - 0.5, 0.0)


def _turns(places: Floats) -> Rows:
    """Return how many equal places each place has before it (N,). Places are few whole numbers."""
    small = (places - places.min(initial=np.inf)).astype(np.int16)  # which sort ten times as fast
    return _turns_of(np.argsort(small, kind="stable"), places)


def _turns_of(order: Rows, *places: Floats) -> Rows:
    """Return how many equal places each has before it (N,). In the order, equal ones are neighbours."""
    is_first = np.ones(len(order), bool)
    is_first[1:] = np.any([axis[order][1:] != axis[order][:-1] for axis in places], axis=0)
    starts = np.flatnonzero(is_first)
    turns = np.empty(len(order), np.intp)
    turns[order] = np.arange(len(order)) - np.repeat(starts, np.diff(np.append(starts, len(order))))
    return turns


def _scattered(indices: Rows, base: int) -> Floats:
    count = int(indices.max(initial=0)) + 1
    return _sequence(1 << (count - 1).bit_length(), base)[indices]


@lru_cache(64)
def _sequence(count: int, base: int) -> Floats:
    """Return 1/2, 1/4, 3/4, 1/8, … in base 2: van der Corput's sequence, even after any number of terms."""
    left, values, part = np.arange(1, count + 1), np.zeros(count), 1.0 / base
    while left.any():
        values += part * (left % base)
        left, part = left // base, part / base
    return values
