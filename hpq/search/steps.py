"""Ranges in steps, exact in the decimals they are written in: three steps of 0.1 are 0.3."""

from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fractions import Fraction


@lru_cache(maxsize=1024)
def count_steps(low: float, high: float, step: float) -> int:
    """Return how many whole steps fit between low and high."""
    return (_exact(high) - _exact(low)) // _exact(step)


def stepped(low: float, step: float, index: int) -> float:
    """Return low plus some steps."""
    return float(_exact(low) + index * _exact(step))


@lru_cache(maxsize=1024)
def _exact(number: float) -> "Fraction":
    from fractions import Fraction  # 2 ms, and few spaces have steps

    return Fraction(number if isinstance(number, int) else repr(float(number)))
