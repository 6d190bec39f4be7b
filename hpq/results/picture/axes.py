"""Where values stand: the axis that suits a hyperparameter's values, or the losses."""

import json
import math
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache
from typing import Any

import numpy as np

from hpq.results.columns import Codes, Floats, Type, Values
from hpq.results.natural import natural_key
from hpq.results.picture.ticks import MOST, Tick, fitting_ticks, linear_ticks, log_ticks
from hpq.results.plain import plain, value_text

_LOG_FROM = 300.0  # largest over smallest value, from which a hyperparameter may be drawn on a log axis
_CHARACTERS = 35  # that fit along an axis of the picture
_FEW = 12  # so many whole numbers are spread sideways, as categories are
_MARGIN = 0.05  # of an axis, on both sides
_LARGEST = 4e307  # of a linear axis: one from -1e308 to 1e308 is longer than a float can say
_LEAST_SPAN = 1e-300  # of a linear axis: parts of it are still numbers with all their digits
_LARGEST_WHOLE = 2.0**52  # up to which there are halves between whole numbers


class Kind(StrEnum):
    NUMBER = "number"
    LENGTH = "length"  # of a list
    BOOLEAN = "boolean"
    CATEGORY = "category"


@dataclass(frozen=True, slots=True)
class Axis:
    """One axis: its range, and where it is labelled."""

    low: float
    high: float
    ticks: tuple[Tick, ...]
    is_log: bool = False
    kind: Kind = Kind.NUMBER
    is_spread: bool = False  # many runs share few places, so that they are moved sideways
    is_whole: bool = False  # labelled with whole numbers only

    def fraction(self, value: float) -> float:
        """Return where a value stands: 0 at the low end, 1 at the high one."""
        if self.is_log:
            return (math.log(value) - math.log(self.low)) / (math.log(self.high) - math.log(self.low))
        return (value - self.low) / (self.high - self.low)

    def fractions(self, values: Floats) -> Floats:
        """Return where values stand (N,), those outside at the nearer end."""
        low, high = self.low, self.high
        values = np.clip(values, low, high)
        if self.is_log:
            values, low, high = np.log(values), math.log(low), math.log(high)
        return np.clip((values - low) / (high - low), 0.0, 1.0)  # NumPy's log may differ in the last bit

    def values(self, fractions: Floats) -> Floats:
        """Return what stands at fractions of the axis (N,), those outside it at the nearer end."""
        low, high, fractions = self.low, self.high, np.clip(fractions, 0.0, 1.0)
        if self.is_log:
            return np.exp(math.log(low) + (math.log(high) - math.log(low)) * fractions)
        return low + (high - low) * fractions


def loss_axis(losses: Floats, want_log: bool = True) -> Axis:
    """Return a log axis for losses (N,), or a linear one where a log axis cannot show them all."""
    if not len(losses):
        return Axis(0.0, 1.0, ())
    low, high = float(losses.min()), float(losses.max())
    if low <= 0 or not want_log:
        axis = Axis(*_linear_range(low, high), ())
    else:
        axis = Axis(*_log_range(low, high), (), is_log=True)
    return replace(axis, ticks=ticks(axis, MOST if axis.is_log else MOST - 1))


def place(values: Values, codes: Codes) -> tuple[Floats, Axis]:
    """Return where each run's value stands (N,) on the axis that suits them all, and the axis."""
    types = set(np.flatnonzero(np.bincount(values.types[codes])).tolist())  # unique() would import numpy.ma
    if types == {Type.BOOLEAN}:
        return _categories(values, codes, [False, True], Kind.BOOLEAN)
    if types == {Type.LIST}:
        return _numbers(values.numbers[codes], Kind.LENGTH, is_whole=True)
    if types <= {Type.WHOLE, Type.NUMBER}:
        return _numbers(values.numbers[codes], Kind.NUMBER, is_whole=types == {Type.WHOLE})
    present = np.flatnonzero(np.bincount(codes))
    return _categories(values, codes, natural_order([values.distinct[code] for code in present]))


def natural_order(values: Sequence[Any]) -> list[Any]:
    """Return values as a reader would sort them: numbers by size, and layer2 before layer10."""
    return sorted(values, key=natural_key)


def _numbers(places: Floats, kind: Kind, is_whole: bool) -> tuple[Floats, Axis]:
    low, high = float(places.min()), float(places.max())
    if is_whole and high - low < _FEW and max(-low, high) < _LARGEST_WHOLE:
        labels = tuple(linear_ticks(low, high, whole=True))
        return places, Axis(low - 0.5, high + 0.5, labels, kind=kind, is_spread=True, is_whole=True)
    is_log = low > 0 and high / low >= _LOG_FROM and _leans_low(places)
    low, high = _log_range(low, high) if is_log else _linear_range(low, high)
    axis = Axis(low, high, (), is_log, kind, is_whole=is_whole)
    return places, replace(axis, ticks=ticks_within(axis, _CHARACTERS))


@lru_cache(256)
def ticks(axis: Axis, most: int) -> tuple[Tick, ...]:
    """Return an axis's labels anew, so many at the most."""
    if axis.is_log:
        return tuple(log_ticks(axis.low, axis.high, most))
    return tuple(linear_ticks(axis.low, axis.high, most, axis.is_whole))


@lru_cache(256)
def ticks_within(axis: Axis, characters: int) -> tuple[Tick, ...]:
    """Return the labels of an axis of numbers anew: as many as stand side by side in so many characters.

    Kept, as those above are, since a monitor asks again and again.
    """
    most = MOST if axis.is_log else MOST - 1
    choices = [ticks(axis, count) for count in range(most, 1, -1)]
    return fitting_ticks(choices, axis.fraction, characters)


def _leans_low(numbers: Floats) -> bool:
    """Tell whether most values lie in the lowest tenth, as those of a log-uniform draw do."""
    low, high = numbers.min(), numbers.max()
    return bool((numbers <= low + (high - low) / 10).sum() > len(numbers) / 2)


def _log_range(low: float, high: float) -> tuple[float, float]:
    """Return the ends of a log axis, with a margin so that no dot sits on the frame."""
    smallest, largest = sys.float_info.min, sys.float_info.max  # below are numbers without their digits
    low, high = max(low, smallest), max(high, smallest)
    span = math.log(high) - math.log(low) or math.log(2.0)
    factor = math.exp(_MARGIN * span)
    return max(low / factor, smallest), min(high * factor, largest)


def _linear_range(low: float, high: float) -> tuple[float, float]:
    """Return the ends of a linear axis, with the same margin."""
    low, high = (min(max(end, -_LARGEST), _LARGEST) for end in (low, high))
    span = max(high - low or abs(high) / 2 or 1.0, _LEAST_SPAN)
    return low - _MARGIN * span, high + _MARGIN * span


def _categories(
    values: Values, codes: Codes, order: list[Any], kind: Kind = Kind.CATEGORY
) -> tuple[Floats, Axis]:
    places = np.full(len(values.distinct) + len(order), np.nan)
    for index, value in enumerate(order):
        places[values.code(value)] = index
    marks = tuple((float(index), label) for index, label in enumerate(_labels(order)))
    axis = Axis(-0.5, len(order) - 0.5, marks, kind=kind, is_spread=True)
    return places[codes], axis


def _labels(values: list[Any]) -> list[str]:
    """Return the texts of values, those spelled as JSON that would be the same, such as 1 and "1"."""
    labels = [value_text(value) for value in values]
    spelled: set[int] = set()
    while same := _repeated(labels) - spelled:
        for index in same:
            labels[index] = plain(json.dumps(values[index], sort_keys=True))
        spelled |= same
    return labels


def _repeated(labels: list[str]) -> set[int]:
    counts = Counter(labels)
    return {index for index, label in enumerate(labels) if counts[label] > 1}
