"""Values of options, for argparse to convert: its errors then name the option."""

import argparse
import contextlib
import math
import re

from hpq.errors import UsageError
from hpq.units import parse_duration, parse_size

_LONGEST_S = 1000 * 365 * 86400.0
_LARGEST = 2**60  # bytes; what is more, some system calls cannot count
_MOST = 10**6


def duration(text: str) -> float:
    """Return the seconds in a duration such as `30m`."""
    try:
        seconds = parse_duration(text)
    except UsageError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
    if seconds > _LONGEST_S:
        raise argparse.ArgumentTypeError(f"a duration is at most 1,000 years, not {text[:40]!r}")
    return seconds


def size(text: str) -> int:
    """Return the bytes in a size such as `8GiB`."""
    try:
        size_bytes = parse_size(text)
    except OverflowError:
        size_bytes = _LARGEST + 1
    except UsageError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
    if size_bytes > _LARGEST:
        raise argparse.ArgumentTypeError(f"a size is at most 1,048,576 TiB, not {text[:40]!r}")
    return size_bytes


def size_or_none(text: str) -> int:
    """Return the bytes in a size, or 0 for `0`, which stands for no limit."""
    return 0 if text.strip() == "0" else size(text)


def whole(text: str) -> int:
    """Return a whole number of either sign."""
    try:
        return int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"a whole number, not {text[:40]!r}") from None


def count(text: str) -> int:
    """Return a whole number that may be 0."""
    return _between(text, 0)


def positive(text: str) -> int:
    """Return a whole number that is at least 1."""
    return _between(text, 1)


def _between(text: str, least: int) -> int:
    if not (text.isdecimal() and len(text) <= len(str(_MOST)) and least <= int(text) <= _MOST):
        raise argparse.ArgumentTypeError(f"a whole number from {least} to {_MOST:,}, not {text[:40]!r}")
    return int(text)


def temperature(text: str) -> float:
    """Return a finite number that is at least 0."""
    with contextlib.suppress(ValueError):
        if 0 <= float(text) < math.inf:
            return float(text)
    raise argparse.ArgumentTypeError(f"a temperature is a number from 0 on, not {text[:40]!r}")


def box(text: str) -> tuple[int, int, int, int]:
    """Return left, top, width and height of a part of a picture, in pixels."""
    parts = text.split(",")
    if len(parts) != 4 or not all(re.fullmatch(r"\s*-?[0-9]{1,9}\s*", part, re.ASCII) for part in parts):
        raise argparse.ArgumentTypeError(
            f"a box is written as x,y,width,height in pixels from the upper left corner, not {text[:40]!r}"
        )
    left, top, width, height = map(int, parts)
    return left, top, width, height
