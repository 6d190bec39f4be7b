"""Where values stand: the axis that suits a hyperparameter's values, or the losses."""

import json
import math
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from hpq.results.plain import plain, value_text
from hpq.results.ticks import Tick, fitting_ticks, linear_ticks, log_ticks

_LOG_FROM = 300.0  # largest over smallest value, from which a hyperparameter may be drawn on a log axis
_FEW = 12  # so many whole numbers are spread sideways, as categories are
_MARGIN = 0.05  # of an axis, on both sides
_LARGEST_PARAM = 1e300  # beyond that numbers are drawn as categories
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


def loss_axis(losses: Sequence[float]) -> Axis:
    """Return a log axis for losses, or a linear one where a log axis cannot show them all."""
    if not losses:
        return Axis(0.0, 1.0, ())
    low, high = min(losses), max(losses)
    if low <= 0:
        low, high = _linear_range(low, high)
        return Axis(low, high, tuple(linear_ticks(low, high, most=6)))
    low, high = _log_range(low, high)
    return Axis(low, high, tuple(log_ticks(low, high)), is_log=True)


def place(values: Sequence[Any]) -> tuple[list[float], Axis]:
    """Return where each value stands on the axis that suits them all, and the axis."""
    if all(isinstance(value, bool) for value in values):
        return _categories(values, [False, True], Kind.BOOLEAN)
    if all(isinstance(value, list) for value in values):
        return _numbers([len(value) for value in values], Kind.LENGTH)
    if all(_is_number(value) for value in values):
        return _numbers(values, Kind.NUMBER)
    unlike = {json.dumps(value, sort_keys=True): value for value in values}
    return _categories(values, sorted(unlike.values(), key=_natural), Kind.CATEGORY)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < _LARGEST_PARAM


def _numbers(values: Sequence[Any], kind: Kind) -> tuple[list[float], Axis]:
    places = [float(value) for value in values]
    low, high = min(places), max(places)
    whole = all(isinstance(value, int) for value in values)
    if whole and high - low < _FEW:
        ticks = tuple(linear_ticks(low, high, whole=True))
        return places, Axis(low - 0.5, high + 0.5, ticks, kind=kind, is_spread=True)
    is_log = low > 0 and high / low >= _LOG_FROM and _leans_low(places)
    low, high = _log_range(low, high) if is_log else _linear_range(low, high)
    choices = [
        log_ticks(low, high, most) if is_log else linear_ticks(low, high, most, whole)
        for most in range(7 if is_log else 6, 1, -1)
    ]
    axis = Axis(low, high, (), is_log, kind)
    return places, replace(axis, ticks=tuple(fitting_ticks(choices, axis.fraction)))


def _leans_low(numbers: list[float]) -> bool:
    """Tell whether most values lie in the lowest tenth, as those of a log-uniform draw do."""
    low, high = min(numbers), max(numbers)
    return sum(number <= low + (high - low) / 10 for number in numbers) > len(numbers) / 2


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


def _categories(values: Sequence[Any], order: list[Any], kind: Kind) -> tuple[list[float], Axis]:
    keys = [json.dumps(value, sort_keys=True) for value in order]
    labels = [value_text(value) for value in order]
    if len(set(labels)) < len(labels):  # such as 1 and "1"
        labels = [plain(key) for key in keys]
    places = {key: float(index) for index, key in enumerate(keys)}
    ticks = tuple(zip(places.values(), labels, strict=True))
    axis = Axis(-0.5, len(order) - 0.5, ticks, kind=kind, is_spread=True)
    return [places[json.dumps(value, sort_keys=True)] for value in values], axis


def _natural(value: object) -> tuple[Any, ...]:
    """Return what sorts numbers by size, and text by the numbers in it: layer2 before layer10."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return 0, value
    text = value if isinstance(value, str) else json.dumps(value, sort_keys=True)
    if _NUMBER.fullmatch(text):
        return 1, float(text), text
    return 2, [part.zfill(20) if part.isdigit() else part for part in re.findall(r"[0-9]+|[^0-9]+", text)]
