"""What a hyperparameter can be: its kind and its bounds, checked."""

import json
import math
from enum import StrEnum
from functools import lru_cache
from typing import Any, NamedTuple

from hpq.errors import HpqError


class SpaceError(HpqError):
    """A search's space makes no sense."""


class Kind(StrEnum):
    FLOAT = "float"
    INT = "int"
    BOOL = "bool"
    CHOICE = "choice"
    SUBSET = "subset"
    FIX = "fix"


class Domain(NamedTuple):
    """The values that a hyperparameter can take. A tuple, since a check of a space makes thousands."""

    kind: Kind
    low: Any = None  # of numbers, inclusive; of a subset, the smallest size
    high: Any = None  # likewise
    log: bool = False
    step: Any = None
    items: tuple[Any, ...] = ()  # of choices and subsets


@lru_cache(maxsize=4096, typed=True)
def number_domain(name: str, kind: Kind, low: Any, high: Any, log: bool, step: Any) -> Domain:
    """Return the domain of a float or an int. Raises SpaceError for bounds that make no sense."""
    for what, bound in (("low", low), ("high", high), ("step", step)):
        if not (what == "step" and bound is None):
            _check_number(name, kind, what, bound)
    if low > high:
        raise SpaceError(f"{name!r}: low {low} is above high {high}; swap them")
    if log and low <= 0:
        raise SpaceError(f"{name!r}: log=True needs a low above 0, not {low}")
    if log and step is not None:
        raise SpaceError(f"{name!r}: log and step exclude one another; list the values with choice instead")
    if step is not None and step <= 0:
        raise SpaceError(f"{name!r}: step must be above 0, not {step}")
    return Domain(kind, low, high, bool(log), step)


def _check_number(name: str, kind: Kind, what: str, bound: object) -> None:
    if isinstance(bound, bool) or not isinstance(bound, int | float):
        raise SpaceError(f"{name!r}: {what} must be a number, not {bound!r}")
    if not math.isfinite(bound):
        raise SpaceError(f"{name!r}: {what} must be finite, not {bound}")
    if kind is Kind.INT and not isinstance(bound, int):
        raise SpaceError(f"{name!r}: int takes whole numbers, and {what} is {bound}; did you mean float?")


def fixed_domain(name: str, value: Any) -> Domain:
    """Return the domain of a value that is no draw."""
    if type(value) in _PLAIN:
        return _plain_fixed(value)
    return Domain(Kind.FIX, items=(json_value(name, value),))


@lru_cache(maxsize=4096, typed=True)
def _plain_fixed(value: Any) -> Domain:
    return Domain(Kind.FIX, items=(value,))


def choice_domain(name: str, items: Any) -> Domain:
    """Return the domain of a choice. Raises SpaceError when there is nothing to choose from."""
    values = _items(name, items)
    if not values:
        raise SpaceError(f"{name!r}: choice needs at least one value")
    return Domain(Kind.CHOICE, items=values)


def subset_domain(name: str, items: Any, size: Any) -> Domain:
    """Return the domain of a subset whose size is a number or a pair (min, max), inclusive."""
    values = _items(name, items)
    pair = size if isinstance(size, tuple | list) else (size, size)
    if len(pair) != 2 or any(type(bound) is not int for bound in pair):
        raise SpaceError(f"{name!r}: size is a whole number or a pair of them, not {size!r}")
    low, high = pair
    if low < 0 or low > high:
        raise SpaceError(f"{name!r}: a size runs from a smaller to a larger number, not {size!r}")
    if high > len(values):
        raise SpaceError(f"{name!r}: a subset of up to {high} was asked for, of {len(values)} items only")
    return Domain(Kind.SUBSET, low, high, items=values)


def _items(name: str, items: Any) -> tuple[Any, ...]:
    if isinstance(items, str | bytes | dict):
        raise SpaceError(f"{name!r}: give the values as a list, not as {type(items).__name__} {items!r}")
    try:
        values = tuple(items)
    except TypeError:
        raise SpaceError(f"{name!r}: give the values as a list, not as {items!r}") from None
    if _PLAIN.issuperset(map(type, values)):
        return values
    return tuple(json_value(name, value) for value in values)


_PLAIN = frozenset({str, int, bool, type(None)})


def json_value(name: str, value: Any) -> Any:
    """Return the value as the run will have it, once it was written as JSON. Raises SpaceError for others."""
    if type(value) in _PLAIN or (type(value) is float and math.isfinite(value)):
        return value
    try:
        text = json.dumps(value, allow_nan=False)
    except (TypeError, ValueError, RecursionError):
        raise SpaceError(
            f"{name!r}: a value is JSON (text, finite numbers, booleans, None, lists, objects), not {value!r}"
        ) from None
    return json.loads(text)
