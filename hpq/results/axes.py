"""Where values stand: the axis that suits a hyperparameter's values, or the losses."""

import json
import math
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache
from typing import Any

import numpy as np

from hpq.results.columns import Codes, Floats, Type, Values
from hpq.results.plain import plain, value_text
from hpq.results.ticks import Tick, fitting_ticks, linear_ticks, log_ticks

_LOG_FROM = 300.0  # largest over smallest value, from which a hyperparameter may be drawn on a log axis
_FEW = 12  # so many whole numbers are spread sideways, as categories are
_MARGIN = 0.05  # of an axis, on both sides
_LARGEST = 4e307  # of a linear axis: one from -1e308 to 1e308 is longer than a float can say
_SMALLEST = 5e-324  # that is above 0
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?(e[-+]?[0-9]+)?")


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
        return (values - low) / (high - low)


def loss_axis(losses: Floats, want_log: bool = True) -> Axis:
    """Return a log axis for losses (N,), or a linear one where a log axis cannot show them all."""
    if not len(losses):
        return Axis(0.0, 1.0, ())
    low, high = float(losses.min()), float(losses.max())
    if low <= 0 or not want_log:
        low, high = _linear_range(low, high)
        return Axis(low, high, tuple(linear_ticks(low, high, most=6)))
    low, high = _log_range(low, high)
    return Axis(low, high, tuple(log_ticks(low, high)), is_log=True)


def place(values: Values, codes: Codes) -> tuple[Floats, Axis]:
    """Return where each run's value stands (N,) on the axis that suits them all, and the axis."""
    types = set(np.unique(values.types[codes]).tolist())
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
    return sorted(values, key=_natural)


def _numbers(places: Floats, kind: Kind, is_whole: bool) -> tuple[Floats, Axis]:
    low, high = float(places.min()), float(places.max())
    if is_whole and high - low < _FEW:
        ticks = tuple(linear_ticks(low, high, whole=True))
        return places, Axis(low - 0.5, high + 0.5, ticks, kind=kind, is_spread=True)
    is_log = low > 0 and high / low >= _LOG_FROM and _leans_low(places)
    return places, _number_axis(low, high, kind, is_log, is_whole)


@lru_cache(256)
def _number_axis(low: float, high: float, kind: Kind, is_log: bool, is_whole: bool) -> Axis:
    """Return the axis for numbers from low to high; kept, since a monitor asks again and again."""
    low, high = _log_range(low, high) if is_log else _linear_range(low, high)
    choices = [
        log_ticks(low, high, most) if is_log else linear_ticks(low, high, most, is_whole)
        for most in range(7 if is_log else 6, 1, -1)
    ]
    axis = Axis(low, high, (), is_log, kind)
    return replace(axis, ticks=tuple(fitting_ticks(choices, axis.fraction)))


def _leans_low(numbers: Floats) -> bool:
    """Tell whether most values lie in the lowest tenth, as those of a log-uniform draw do."""
    low, high = numbers.min(), numbers.max()
    return bool((numbers <= low + (high - low) / 10).sum() > len(numbers) / 2)


def _log_range(low: float, high: float) -> tuple[float, float]:
    """Return the ends of a log axis, with a margin so that no dot sits on the frame."""
    span = math.log(high) - math.log(low) or math.log(2.0)
    factor = math.exp(_MARGIN * span)
    return max(low / factor, _SMALLEST), min(high * factor, sys.float_info.max)


def _linear_range(low: float, high: float) -> tuple[float, float]:
    """Return the ends of a linear axis, with the same margin."""
    low, high = max(low, -_LARGEST), min(high, _LARGEST)
    span = high - low or abs(high) / 2 or 1.0
    return low - _MARGIN * span, high + _MARGIN * span


def _categories(
    values: Values, codes: Codes, order: list[Any], kind: Kind = Kind.CATEGORY
) -> tuple[Floats, Axis]:
    labels = [value_text(value) for value in order]
    if len(set(labels)) < len(labels):  # such as 1 and "1"
        labels = [plain(json.dumps(value, sort_keys=True)) for value in order]
    places = np.full(len(values.distinct) + len(order), np.nan)
    for index, value in enumerate(order):
        places[values.code(value)] = index
    ticks = tuple((float(index), label) for index, label in enumerate(labels))
    axis = Axis(-0.5, len(order) - 0.5, ticks, kind=kind, is_spread=True)
    return places[codes], axis


def _natural(value: object) -> tuple[Any, ...]:
    """Return what sorts numbers by size, and text by the numbers in it: layer2 before layer10."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return 0, value
    text = value if isinstance(value, str) else json.dumps(value, sort_keys=True)
    if _NUMBER.fullmatch(text):
        return 1, float(text), text
    return 2, [part.zfill(20) if part.isdigit() else part for part in re.findall(r"[0-9]+|[^0-9]+", text)]
