"""The order in which a reader expects names and values: layer2 before layer10."""

import json
import re
from typing import Any

_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?(e[-+]?[0-9]+)?")


def natural_key(value: object) -> tuple[Any, ...]:
    """Return what sorts numbers by size, and text by the numbers in it."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return 0, value
    text = value if isinstance(value, str) else json.dumps(value, sort_keys=True)
    if _NUMBER.fullmatch(text):
        return 1, float(text), text
    parts = [part.zfill(20) if part.isdigit() else part for part in re.findall(r"[0-9]+|[^0-9]+", text)]
    return 2, parts, text
