"""What a hyperparameter can be: its kind and its bounds, checked."""

import math
from enum import StrEnum
from functools import lru_cache
from itertools import islice
from typing import Any, NamedTuple

from hpq.errors import HpqError
from hpq.search.steps import count_steps

PLAIN = frozenset({str, int, bool, type(None)})  # types of which every value is JSON, and none can change
UNCHANGING = PLAIN | {float}  # of floats some are no JSON
LARGEST = 1e300  # of bounds, so that their difference is a float too
MAX_ITEMS = 10_000  # each draw copies them; who chooses from more means a number
MAX_STEPS = 2**53  # as many as a draw's random bits tell apart


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


def number_domain(name: str, kind: Kind, low: Any, high: Any, log: bool, step: Any) -> Domain:
    """Return the domain of a float or an int. Raises SpaceError for bounds that make no sense."""
    try:
        return _number_domain(name, kind, low, high, log, step)
    except TypeError:  # a list, say, has no hash to be found by; without the cache it is told what it is
        return _number_domain.__wrapped__(name, kind, low, high, log, step)


@lru_cache(maxsize=4096, typed=True)
def _number_domain(name: str, kind: Kind, low: Any, high: Any, log: bool, step: Any) -> Domain:
    for what, bound in (("low", low), ("high", high), ("step", step)):
        if not (what == "step" and bound is None):
            _check_number(name, kind, what, bound)
    if low > high:
        raise SpaceError(f"{name!r}: low {low} is above high {high}; swap them")
    if log and low <= 0:
        raise SpaceError(f"{name!r}: log=True needs a low above 0, not {low}")
    if log and step is not None:
        raise SpaceError(f"{name!r}: log and step exclude one another; list the values with choice instead")
    if step is not None:
        _check_step(name, low, high, step)
    return Domain(kind, low, high, bool(log), step)


def _check_number(name: str, kind: Kind, what: str, bound: object) -> None:
    if isinstance(bound, bool) or not isinstance(bound, int | float):
        raise SpaceError(
            f"{name!r}: {what} must be a number, int or float, not the {type(bound).__name__} {bound!r}"
        )
    if not -LARGEST <= bound <= LARGEST:
        seen = f"2**{bound.bit_length()}" if isinstance(bound, int) else bound
        raise SpaceError(f"{name!r}: {what} must lie within ±{LARGEST}, not at {seen}; draw its logarithm")
    if kind is Kind.INT and not isinstance(bound, int):
        raise SpaceError(f"{name!r}: int takes whole numbers, and {what} is {bound}; did you mean float?")


def _check_step(name: str, low: Any, high: Any, step: Any) -> None:
    if step <= 0:
        raise SpaceError(f"{name!r}: step must be above 0, not {step}")
    if count_steps(low, high, step) > MAX_STEPS:
        raise SpaceError(f"{name!r}: step {step} is too small for {low} to {high}; leave it out")


def fixed_domain(name: str, value: Any) -> Domain:
    """Return the domain of a value that is no draw."""
    if type(value) in UNCHANGING:
        return _plain_fixed(name, value)
    return Domain(Kind.FIX, items=(_json_value(name, value),))


@lru_cache(maxsize=4096, typed=True)
def _plain_fixed(name: str, value: Any) -> Domain:
    return Domain(Kind.FIX, items=(_json_value(name, value),))


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
    values = _listed(name, items)
    if len(values) > MAX_ITEMS:
        raise SpaceError(f"{name!r}: there are more than {MAX_ITEMS:,} values; draw an int in their place")
    if type(items) is range or PLAIN.issuperset(map(type, values)):
        return values
    return tuple(_json_value(name, value) for value in values)


def _listed(name: str, items: Any) -> tuple[Any, ...]:
    """Return the values, one more than there may be at most."""
    if isinstance(items, str | bytes | dict):
        raise SpaceError(f"{name!r}: give the values as a list, not as {type(items).__name__} {items!r}")
    if isinstance(items, set | frozenset):  # text hashes differently in every process
        raise SpaceError(f"{name!r}: give the values as a list: the order of a set differs between processes")
    try:
        return tuple(islice(items, MAX_ITEMS + 1))
    except TypeError:
        raise SpaceError(f"{name!r}: give the values as a list, not as {items!r}") from None


def _json_value(name: str, value: Any) -> Any:
    try:
        return copied(value)
    except (TypeError, RecursionError):
        raise SpaceError(
            f"{name!r}: a value is JSON (text, finite numbers, booleans, None, lists, objects with names of "
            f"text), not {value!r}"
        ) from None


def copied(value: Any) -> Any:
    """Return a copy of a value as it reads once written as JSON. Raises TypeError for what is no JSON."""
    if type(value) in PLAIN:
        return value
    if isinstance(value, float) and math.isfinite(value):
        return float(value)
    if isinstance(value, int):
        return int(value)
    if isinstance(value, str):
        return str.__str__(value)  # of an enumeration too: its text, as JSON has it
    if isinstance(value, list | tuple):
        return [copied(item) for item in value]
    if isinstance(value, dict):
        return {str.__str__(key): copied(item) for key, item in value.items()}  # a TypeError for other keys
    raise TypeError
