"""Runs that share a place, such as a category, moved sideways so that all are seen."""

from collections import Counter
from collections.abc import Sequence

from hpq.queue.runs import Run
from hpq.queue.states import State

_WIDTH = 0.7  # of the distance between places


def spread(runs: Sequence[Run], places: Sequence[float]) -> list[float]:
    """Return places moved sideways, evenly at each place: dots hide no dots, and lines no lines.

    The two are counted apart: where crashes come in a rhythm, as in a grid, all lines would be on one side.
    """
    seen: Counter[tuple[float, int]] = Counter()
    moved = list(places)
    for index in sorted(range(len(runs)), key=lambda index: (runs[index].search, runs[index].number)):
        place, base = places[index], 3 if runs[index].state is State.CRASHED else 2
        moved[index] = place + _WIDTH * (_scattered(seen[place, base], base) - 0.5)
        seen[place, base] += 1
    return moved


def _scattered(index: int, base: int) -> float:
    """Return 1/2, 1/4, 3/4, 1/8, … in base 2: van der Corput's sequence, even after any number of terms."""
    value, part, index = 0.0, 1 / base, index + 1
    while index:
        value += part * (index % base)
        index, part = index // base, part / base
    return value
