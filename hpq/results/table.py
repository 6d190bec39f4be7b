"""Rows of runs for programs."""

from typing import Any

from hpq.queue.runs import Run

_INTERNAL = ("is_stranded", "newest_attempt")  # of the protocol, and told by state and reason


def row_as_json(run: Run) -> dict[str, Any]:
    """Return what a program is told of a run."""
    names = ("params" if name == "drawn" else name for name in run._fields if name not in _INTERNAL)
    return {**{name: getattr(run, name) for name in names}, "state": str(run.state)}
