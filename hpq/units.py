"""Durations and sizes as people write them."""

import re

from hpq.errors import UsageError

_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_BYTES = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9, "t": 10**12}
_BINARY = {"": 1, "k": 2**10, "m": 2**20, "g": 2**30, "t": 2**40}


def parse_duration(text: str) -> float:
    """Return the seconds in a duration such as `90`, `30m` or `1h30m`."""
    parts = re.findall(r"([0-9]+(?:\.[0-9]+)?)([smhd])", text.replace(" ", ""))
    if parts and "".join(map("".join, parts)) == text.replace(" ", ""):
        seconds = sum(float(number) * _SECONDS[unit] for number, unit in parts)
    elif re.fullmatch(r"[0-9]+(\.[0-9]+)?", text):
        seconds = float(text)
    else:
        raise UsageError(f"a duration is written as 90, 45s, 30m or 1h30m, not {text!r}")
    if seconds <= 0:
        raise UsageError(f"a duration must be longer than nothing, not {text!r}")
    return seconds


def parse_size(text: str) -> int:
    """Return the bytes in a size such as `8GiB`, `500MB` or `1.5G`; without the `i` units are decimal."""
    match = re.fullmatch(r"([0-9]+(?:\.[0-9]+)?)\s*([kmgt]?)(i?)b?", text.strip().lower())
    if match is None or (match[3] and not match[2]):
        raise UsageError(f"a size is written as 8GiB, 500MB or 1.5G, not {text!r}")
    size = int(float(match[1]) * (_BINARY if match[3] else _BYTES)[match[2]])
    if size <= 0:
        raise UsageError(f"a size must be more than nothing, not {text!r}")
    return size


def format_duration(seconds: float) -> str:
    """Return a duration in two units at most, such as `3 m 20 s` or `2 d 4 h`."""
    left = round(seconds)
    if left < 60:
        return f"{left} s"
    parts: list[tuple[int, str]] = []
    for unit, length in (("d", 86400), ("h", 3600), ("m", 60), ("s", 1)):
        count, left = divmod(left, length)
        if count or parts:
            parts.append((count, unit))
    return " ".join(f"{count} {unit}" for count, unit in parts[:2] if count)


def format_pace(per_hour: float) -> str:
    """Return how many runs end in an hour, such as `0.5/h` or `1,190/h`."""
    if per_hour >= 1000:
        per_hour = float(f"{per_hour:.3g}")
    return f"{per_hour:,.0f}/h" if per_hour >= 100 else f"{per_hour:.3g}/h"


def format_size(size: int) -> str:
    """Return a size in binary units, such as `1.5 GiB`."""
    units = ("B", "KiB", "MiB", "GiB", "TiB")
    power = min(max(size.bit_length() - 1, 0) // 10, len(units) - 1)
    return f"{size / 1024**power:.4g} {units[power]}"
