"""The values of a late run: one that is drawn when it starts, since it learns from the runs before.

They lie in its folder and not in its batch. They are written once, before its first attempt begins, and every
attempt has the same.
"""

import json
from pathlib import Path
from typing import Any

from hpq.queue.batches import is_deep
from hpq.queue.files import read_json, write_once, write_whole

LATE = "tpe"  # the sampler that draws late


def is_late(header: dict[str, Any]) -> bool:
    """Tell from the header of their batch whether runs are drawn when they start; replicates never are."""
    return header.get("sampler") == LATE and "replicates" not in header


def read_values(path: Path | str) -> dict[str, Any] | None:
    """Return the values in a run's `params.json`, None where there are none or damaged ones."""
    values = (read_json(path) or {}).get("params")
    return values if isinstance(values, dict) and not is_deep(values) else None


def keep_values(path: Path, record: dict[str, Any]) -> dict[str, Any]:
    """Write a run's `params.json` unless there is one; return the values that it has for good."""
    data = json.dumps(record, ensure_ascii=False).encode() + b"\n"
    if not write_once(path, data):
        kept = read_values(path)
        if kept is not None:
            return kept
        write_whole(path, data, durable=True)  # in place of a damaged one
    values: dict[str, Any] = record["params"]
    return values
