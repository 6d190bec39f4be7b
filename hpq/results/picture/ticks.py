"""Where an axis is labelled: round values, as many as can be read."""

import math
from collections.abc import Callable, Sequence
from itertools import pairwise

from hpq.results.plain import number_text

MOST = 7  # labels on one axis
_MANTISSAS = ((1,), (1, 3), (1, 2, 5), (1, 1.5, 2, 3, 5, 7), (1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 7, 8, 9))
_STEPS = (1, 2, 2.5, 5, 10)
_GAP_CHARACTERS = 0.75  # between neighbouring labels
_SMALLEST_LABEL = 1e-307  # what is smaller loses its digits

Tick = tuple[float, str]


def linear_ticks(low: float, high: float, most: int = MOST, whole: bool = False) -> list[Tick]:
    """Return round values from low to high, evenly spaced; whole numbers only where asked for."""
    span = high - low
    if not _SMALLEST_LABEL <= span < math.inf:
        return [(low, number_text(low))]
    rough = span / most
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(step * power for step in _STEPS if step * power >= rough)
    if whole:
        step = max(1.0, math.ceil(step))
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    values = [float(f"{index * step:.15g}") for index in range(first, last + 1)]
    return _labelled(list(dict.fromkeys(values)), step)


def _labelled(values: list[float], step: float) -> list[Tick]:
    """Return labels with the digits that tell neighbours apart."""
    largest = max((abs(value) for value in values), default=0.0)
    digits = max(4, math.ceil(math.log10(largest / step)) + 2) if largest > step else 4
    return [(value, number_text(value, digits)) for value in values]


def log_ticks(low: float, high: float, most: int = MOST) -> list[Tick]:
    """Return round values from low to high for a log axis: 0.4 0.7 1 1.5 2 3, or 1e-5 1e-3 0.1."""
    decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    best: list[float] = []
    for mantissas in _MANTISSAS:
        values = [float(f"{mantissa}e{decade}") for decade in decades for mantissa in mantissas]
        inside = [value for value in values if max(low, _SMALLEST_LABEL) <= value <= high]
        if len(inside) > most:
            best = best or inside[:: math.ceil(len(inside) / most)]
            break
        best = inside
    if len(best) < 3:
        above = [tick for tick in linear_ticks(low, high, most) if tick[0] > 0]  # a long axis begins near 0
        return above or [(low, number_text(low))]
    return [(value, number_text(value)) for value in best]


def fitting_ticks(
    choices: Sequence[tuple[Tick, ...]], fraction: Callable[[float], float], characters: float
) -> tuple[Tick, ...]:
    """Return the first choice whose labels do not touch in a row of so many characters, or the last one."""
    return next((ticks for ticks in choices if _fit(ticks, fraction, characters)), choices[-1])


def _fit(ticks: Sequence[Tick], fraction: Callable[[float], float], characters: float) -> bool:
    return all(
        (fraction(right) - fraction(left)) * characters
        >= (len(left_label) + len(right_label)) / 2 + _GAP_CHARACTERS
        for (left, left_label), (right, right_label) in pairwise(ticks)
    )
