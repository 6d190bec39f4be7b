"""`--set name=value`: values that the user fixes."""

import json
from collections.abc import Iterable
from typing import Any

from hpq.errors import UsageError

_WORDS = {"True": True, "False": False, "None": None}


def parse_overrides(texts: Iterable[str]) -> dict[str, Any]:
    """Return the values by name. A value is JSON where it can be read so, and else text."""
    fixed: dict[str, Any] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or not name.strip():
            raise UsageError(f"--set takes name=value, such as --set merger.kind=conv, not {text!r}")
        name, parsed = name.strip(), _parse(value.strip())
        if name in fixed and json.dumps(fixed[name]) != json.dumps(parsed):
            raise UsageError(f"--set {name} is given twice, as {fixed[name]!r} and as {parsed!r}")
        fixed[name] = parsed
    return fixed


def _parse(value: str) -> Any:
    if value in _WORDS:
        return _WORDS[value]
    try:
        return json.loads(value, parse_constant=str)  # NaN and Infinity are no JSON
    except (ValueError, RecursionError):
        return value
