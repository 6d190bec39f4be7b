"""Data as plain text: whatever a name or a value holds, a terminal and a picture show it harmlessly."""

import json
import math
from typing import Any

_ELLIPSIS = "…"


def plain(text: str, width: int | None = None) -> str:
    """Return text in one line with control characters spelled out, its middle left out beyond a width."""
    shown = text
    if not text.isprintable():
        shown = "".join(char if char.isprintable() else _spelled(char) for char in text)
    if width is None or len(shown) <= width:
        return shown
    head = (width - 1) // 2
    return shown[:head] + _ELLIPSIS + shown[len(shown) - (width - 1 - head) :]


def _spelled(char: str) -> str:
    code = ord(char)
    return {"\n": "\\n", "\t": "\\t", "\r": "\\r"}.get(
        char, f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}"
    )


def value_text(value: Any, width: int | None = None) -> str:
    """Return a hyperparameter's value as a reader expects it: text without quotes, numbers short."""
    if isinstance(value, str):
        return plain(value, width)
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "none"}[value]
    if isinstance(value, float):
        return number_text(value)
    if isinstance(value, int):
        return str(value)
    return plain(json.dumps(value, ensure_ascii=False), width)


def number_text(value: float, digits: int = 4) -> str:
    """Return a number with so many significant digits: 0.001, 1e-5, 12345 and not 1.234e+04."""
    if math.isfinite(value) and value == int(value) and abs(value) < 1e6:
        return str(int(value))
    text = f"{value:.{digits}g}"
    mantissa, _, exponent = text.partition("e")
    return f"{mantissa}e{int(exponent)}" if exponent else text


def number_within(value: float, width: int) -> str:
    """Return a number in so many characters: with fewer digits where it must be, but never cut."""
    texts = (number_text(value, digits) for digits in (4, 3, 2, 1))
    return next((text for text in texts if len(text) <= width), number_text(value, 1))
