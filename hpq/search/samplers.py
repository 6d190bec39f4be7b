"""Random draws: run i of a seed is the same whoever draws it."""

import math
from collections.abc import Callable, Mapping
from typing import Any

from hpq.search.domains import Domain, Kind
from hpq.search.draw import Chooser, Draw
from hpq.search.names import Names
from hpq.search.steps import count_steps, stepped
from hpq.search.streams import uniform

Sample = Callable[[Draw], object]


def draw_run(
    sample: Sample, seed: int, number: int, fixed: Mapping[str, Any] | None = None, names: Names | None = None
) -> Draw:
    """Return a run's hyperparameters, drawn at random."""
    draw = Draw(random_chooser(seed, number), fixed, names)
    sample(draw)
    return draw


def draw_again(
    sample: Sample, seed: int, number: int, fixed: Mapping[str, Any], names: Names, before: Draw
) -> Draw:
    """Return a run's second draw. It costs less than the first: equal domains give equal values."""
    anew = random_chooser(seed, number)

    def choose(name: str, domain: Domain) -> Any:
        return before.values[name] if before.domains.get(name) == domain else anew(name, domain)

    draw = Draw(choose, fixed, names)
    sample(draw)
    return draw


def random_chooser(seed: int, number: int) -> Chooser:
    """Return what chooses values at random for one run."""

    def choose(name: str, domain: Domain) -> Any:
        kind = domain.kind
        part = uniform(seed, number, name)
        if kind is Kind.INT:
            return _int_at(domain, part)
        if kind is Kind.FLOAT:
            return _float_at(domain, part)
        if kind is Kind.SUBSET:
            size = domain.low + int(part * (domain.high - domain.low + 1))
            return subset_of(domain, size, lambda index: uniform(seed, number, name, index))
        return domain.items[int(part * len(domain.items))]

    return choose


def _int_at(domain: Domain, part: float) -> int:
    low, high = int(domain.low), int(domain.high)
    if domain.log:
        scaled = math.log(low) + part * (math.log(high + 1) - math.log(low))
        return max(low, min(high, int(math.exp(scaled))))
    step = int(domain.step or 1)
    last = (high - low) // step
    return low + step * int(part * (last + 1))


def _float_at(domain: Domain, part: float) -> float:
    low, high = float(domain.low), float(domain.high)
    if domain.step is not None:
        last = count_steps(domain.low, domain.high, domain.step)
        return stepped(domain.low, domain.step, int(part * (last + 1)))
    if domain.log:
        value = math.exp(math.log(low) + part * (math.log(high) - math.log(low)))
    else:
        value = low + part * (high - low)
    return max(low, min(high, value))


def subset_of(domain: Domain, size: int, further: Callable[[int], float]) -> list[Any]:
    """Return a subset of some size, uniform among those; `further` gives numbers in [0, 1) by index."""
    left = list(range(len(domain.items)))
    picked = [left.pop(int(further(1 + index) * len(left))) for index in range(size)]
    return [domain.items[index] for index in sorted(picked)]
