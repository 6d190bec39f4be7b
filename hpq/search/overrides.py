"""`--set name=value`: values that the user fixes, in place of what would be drawn."""

import json
import math
import sys
from collections.abc import Iterable
from typing import Any, NoReturn

from hpq.errors import UsageError
from hpq.search.domains import Domain, Kind

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
        return json.loads(value, parse_constant=_refuse, parse_float=_finite)
    except (ValueError, RecursionError):
        return value


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")


def _finite(text: str) -> float:
    number = float(text)
    return number if math.isfinite(number) else _refuse(text)


def check_fixed(name: str, domain: Domain, value: Any) -> Any:
    """Return the value that a hyperparameter takes when the user sets it to `value`.

    Bounds are not enforced: who sets a value outside them means it. Raises UsageError when it is of
    another kind than what is drawn.
    """
    if domain.kind is Kind.FLOAT:
        return float(value) if _is_number(value) else _refuse_set(name, "a number", value)
    if domain.kind is Kind.INT:
        return int(value) if _is_whole(value) else _refuse_set(name, "a whole number", value)
    if domain.kind is Kind.BOOL:
        return value if isinstance(value, bool) else _refuse_set(name, "true or false", value)
    if domain.kind is Kind.CHOICE:
        return _item_like(name, domain, value)
    if domain.kind is Kind.SUBSET:
        return value if isinstance(value, list) else _refuse_set(name, "a list such as [0, 2]", value)
    return _like_default(name, domain.items[0], value)


def _item_like(name: str, domain: Domain, value: Any) -> Any:
    for item in domain.items:
        if item == value and isinstance(item, bool) == isinstance(value, bool):
            return item
    return _refuse_set(name, f"one of {', '.join(map(json.dumps, domain.items))}", value)


def _like_default(name: str, default: Any, value: Any) -> Any:
    """Return the value; a whole number may stand for any number, and None stands for anything."""
    if default is None or value is None or type(default) is type(value):
        return value
    if type(default) is float and _is_number(value):
        return float(value)
    if type(default) is int and _is_whole(value):
        return int(value)
    return _refuse_set(name, f"{json.dumps(default)} by default", value)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= sys.float_info.max


def _is_whole(value: Any) -> bool:
    return _is_number(value) and value == int(value)


def _refuse_set(name: str, what: str, value: Any) -> NoReturn:
    wants_text = '"' in what and not isinstance(value, str)
    hint = f"; text that reads like JSON is written {name}='\"{value}\"'" if wants_text else ""
    raise UsageError(f"--set {name}: it is {what}, so it cannot be {json.dumps(value)}{hint}")
