"""All combinations of a space, a conditional one too: its leaves, in order."""

import itertools
import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from hpq.search.domains import Domain, Kind
from hpq.search.draw import Draw
from hpq.search.names import Names
from hpq.search.samplers import Sample
from hpq.search.steps import count_steps, stepped

COUNT_LIMIT = 20_000  # counting a grid means walking it


def grid(sample: Sample, points: int, fixed: Mapping[str, Any] | None = None) -> Iterator[Draw]:
    """Yield every combination once; a range without steps is cut to so many points.

    The space is walked as an odometer turns: the last decision that has a further value takes it, and
    what is decided after it begins anew, since it may depend on that value.
    """
    turns: list[int] = []
    names = Names()
    while True:
        draw, sizes = _walk(sample, points, fixed, names, turns)
        yield draw
        turns += [0] * (len(sizes) - len(turns))
        while turns and turns[-1] + 1 >= sizes[len(turns) - 1]:
            turns.pop()
        if not turns:
            return
        turns[-1] += 1


def _walk(
    sample: Sample, points: int, fixed: Mapping[str, Any] | None, names: Names, turns: list[int]
) -> tuple[Draw, list[int]]:
    """Return the combination at an odometer's reading, and how many values each decision had."""
    sizes: list[int] = []

    def choose(_name: str, domain: Domain) -> Any:
        options = _options(domain, points)
        option = options[turns[len(sizes)] if len(sizes) < len(turns) else 0]
        sizes.append(len(options))
        return _spread(domain.items, option) if domain.kind is Kind.SUBSET else option

    draw = Draw(choose, fixed, names)
    sample(draw)
    return draw, sizes


@dataclass(frozen=True, slots=True)
class Extent:
    """How many runs a grid has, COUNT_LIMIT + 1 for more than that, and what it spends them on."""

    count: int
    tried: Mapping[str, int]  # how many values of each hyperparameter that has several in the grid
    cut: Sequence[str]  # those of them that have more values than the grid tries


def measure_grid(sample: Sample, points: int, fixed: Mapping[str, Any] | None = None) -> Extent:
    """Walk a grid and return how large it is."""
    count, seen, cut = 0, defaultdict[str, set[str]](set), dict[str, bool]()
    for draw in itertools.islice(grid(sample, points, fixed), COUNT_LIMIT + 1):
        count += 1
        for name, domain in draw.domains.items():
            seen[name].add(repr(draw.values[name]))
            cut[name] = cut.get(name, False) or _is_cut(domain, points)
    tried = {name: len(values) for name, values in seen.items() if len(values) > 1}
    return Extent(count, tried, [name for name in tried if cut[name]])


def _is_cut(domain: Domain, points: int) -> bool:
    """Tell whether a hyperparameter has more values than a grid tries."""
    is_range = domain.kind in (Kind.INT, Kind.FLOAT) and domain.step is None
    return is_range and (domain.kind is Kind.FLOAT or domain.high - domain.low >= points)


def _options(domain: Domain, points: int) -> Sequence[Any]:
    """Return the values of a hyperparameter that a grid tries; of a subset the sizes."""
    if domain.kind is Kind.SUBSET:
        return range(domain.low, domain.high + 1)
    if domain.kind in (Kind.INT, Kind.FLOAT):
        return _numbers(domain, points)
    return domain.items


@lru_cache(maxsize=64)  # each combination asks again
def _numbers(domain: Domain, points: int) -> Sequence[Any]:
    """Return the numbers that a grid tries, up to more than a grid may have in all."""
    if domain.kind is Kind.INT and (domain.step is not None or domain.high - domain.low < points):
        return range(domain.low, domain.high + 1, domain.step or 1)
    if domain.step is not None:
        count = min(count_steps(domain.low, domain.high, domain.step), COUNT_LIMIT) + 1
        return [stepped(domain.low, domain.step, index) for index in range(count)]
    return _points(domain, points)


def _points(domain: Domain, points: int) -> list[Any]:
    """Return points that are spread evenly from low to high, both included; the middle where it is one."""
    low, high = domain.low, domain.high
    if points == 1:
        return [_between(domain, 0.5)]
    inner = (_between(domain, index / (points - 1)) for index in range(1, points - 1))
    ends = (low, high) if domain.kind is Kind.INT else (float(low), float(high))
    return sorted({*ends, *inner})


def _between(domain: Domain, part: float) -> Any:
    """Return what lies at a part of the way from low to high, as a round number."""
    low, high = domain.low, domain.high
    if domain.log:
        value = math.exp(math.log(low) + part * (math.log(high) - math.log(low)))
    else:
        value = low + part * (high - low)
    if domain.kind is Kind.INT:
        return max(low, min(high, round(value)))
    return max(float(low), min(float(high), float(f"{value:.12g}")))


def _spread(items: tuple[Any, ...], size: int) -> list[Any]:
    """Return so many of the items, spread evenly: one subset stands for all of its size."""
    return [items[(2 * index + 1) * len(items) // (2 * size)] for index in range(size)]
