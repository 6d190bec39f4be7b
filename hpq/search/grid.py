"""All combinations of a space, a conditional one too: its leaves, in order."""

import itertools
import math
from collections.abc import Iterator, Mapping
from typing import Any

from hpq.search.domains import Domain, Kind
from hpq.search.draw import Draw
from hpq.search.samplers import Sample, count_steps, stepped

COUNT_LIMIT = 20_000  # counting a grid means walking it


def grid(sample: Sample, points: int, fixed: Mapping[str, Any] | None = None) -> Iterator[Draw]:
    """Yield every combination once; a range without steps is cut to so many points.

    The space is walked as an odometer turns: the last decision that has a further value takes it, and
    what is decided after it begins anew, since it may depend on that value.
    """
    turns: list[int] = []
    while True:
        draw, sizes = _walk(sample, points, fixed, turns)
        yield draw
        turns += [0] * (len(sizes) - len(turns))
        while turns and turns[-1] + 1 >= sizes[len(turns) - 1]:
            turns.pop()
        if not turns:
            return
        turns[-1] += 1


def _walk(
    sample: Sample, points: int, fixed: Mapping[str, Any] | None, turns: list[int]
) -> tuple[Draw, list[int]]:
    """Return the combination at an odometer's reading, and how many values each decision had."""
    sizes: list[int] = []

    def choose(_name: str, domain: Domain) -> Any:
        values = grid_values(domain, points)
        turn = turns[len(sizes)] if len(sizes) < len(turns) else 0
        sizes.append(len(values))
        return values[turn]

    draw = Draw(choose, fixed)
    sample(draw)
    return draw, sizes


def count_grid(sample: Sample, points: int, fixed: Mapping[str, Any] | None = None) -> int:
    """Return the number of combinations, or COUNT_LIMIT + 1 when there are more than that."""
    return sum(1 for _ in itertools.islice(grid(sample, points, fixed), COUNT_LIMIT + 1))


def grid_values(domain: Domain, points: int) -> list[Any]:
    """Return the values of a hyperparameter that a grid tries."""
    if domain.kind is Kind.SUBSET:
        return [_spread(domain.items, size) for size in range(domain.low, domain.high + 1)]
    if domain.kind not in (Kind.INT, Kind.FLOAT):
        return list(domain.items)
    if domain.step is not None:
        if domain.kind is Kind.INT:
            return list(range(domain.low, domain.high + 1, domain.step))
        return [stepped(domain, index) for index in range(count_steps(domain) + 1)]
    if domain.kind is Kind.INT and domain.high - domain.low < points:
        return list(range(domain.low, domain.high + 1))
    return _points(domain, points)


def _points(domain: Domain, points: int) -> list[Any]:
    low, high = domain.low, domain.high
    parts = [index / (points - 1) for index in range(points)] if points > 1 else [0.5]
    if domain.log:
        values = [math.exp(math.log(low) + part * (math.log(high) - math.log(low))) for part in parts]
    else:
        values = [low * (1 - part) + high * part for part in parts]
    if domain.kind is Kind.INT:
        return sorted({max(low, min(high, round(value))) for value in values})
    cleaned = [max(float(low), min(float(high), float(f"{value:.12g}"))) for value in values]
    return sorted(set(cleaned))


def _spread(items: tuple[Any, ...], size: int) -> list[Any]:
    """Return so many of the items, spread evenly: one subset stands for all of its size."""
    return [items[(2 * index + 1) * len(items) // (2 * size)] for index in range(size)]
