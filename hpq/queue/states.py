"""The states of a run, as readers derive them from what lies on disk."""

from enum import StrEnum


class State(StrEnum):
    """What became of a run; `docs/concepts/states.md` gives the evidence for each."""

    QUEUED = "queued"
    STARTING = "starting"
    RUNNING = "running"
    FINISHED = "finished"
    UNFINISHED = "unfinished"
    CRASHED = "crashed"
    CANCELLED = "cancelled"


LIVE = frozenset({State.STARTING, State.RUNNING})
ENDED = frozenset({State.FINISHED, State.UNFINISHED, State.CRASHED, State.CANCELLED})
