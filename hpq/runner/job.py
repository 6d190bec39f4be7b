"""What a training process is told: an attempt of a run, and where and within which limits it trains."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hpq.queue.paths import AttemptPaths, RootPaths, RunPaths
from hpq.runner.slots import Slot


@dataclass(frozen=True, slots=True)
class Limits:
    """What a run may use; None means as much as there is."""

    stale_after_s: float = 600.0  # no heartbeat for so long makes a living run unfinished
    time_s: float | None = None
    memory_bytes: int | None = None  # of the GPU where the slot is one, else of the process


@dataclass(frozen=True, slots=True)
class Job:
    """One attempt, as it is handed to the process that trains it."""

    id: str
    number: int
    attempt: int
    fresh: bool
    params: dict[str, Any]
    header: dict[str, Any]  # of its batch, as far as it tells of this run: docs/reference/files.md
    root: RootPaths
    run: RunPaths
    runner: str
    slot: Slot
    limits: Limits
    threads: int

    @property
    def paths(self) -> AttemptPaths:
        return self.run.attempt(self.attempt)

    def record(self, params: dict[str, Any]) -> dict[str, Any]:
        """Return what the run's folder tells of it: what was drawn, and from what."""
        return {"id": self.id, "number": self.number, **self.header, "params": params}

    @property
    def folder(self) -> Path:
        """Where `hpq enqueue` was called: the run's working directory."""
        return Path(self.header["folder"])
