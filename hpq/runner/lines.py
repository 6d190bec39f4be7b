"""How a runner reports into a pipe or a file: one line an event."""

import time
from typing import TextIO

from hpq.queue.evidence import Verdict
from hpq.queue.states import State
from hpq.runner.training import Training
from hpq.units import format_duration


class LinesReporter:
    """Prints a line when a run starts and when it ends."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def started(self, training: Training) -> None:
        self._print(f"{training.id} started on {training.slot.name}{_which_attempt(training)}")

    def ended(self, training: Training, verdict: Verdict) -> None:
        self._print(f"{training.id} {describe_end(verdict)}")

    def note(self, text: str) -> None:
        self._print(text)

    def tick(self, trainings: list[Training]) -> None:
        """Say nothing: what has not changed is no event."""

    def _print(self, text: str) -> None:
        print(f"{time.strftime('%H:%M:%S')} {text}", file=self._stream, flush=True)


def _which_attempt(training: Training) -> str:
    return f", attempt {training.attempt}" if training.attempt > 1 else ""


def describe_end(verdict: Verdict) -> str:
    """Return how an attempt ended in one line: state, loss, reason, duration."""
    if verdict.state is State.QUEUED:
        return "did not begin and waits again"
    parts = [str(verdict.state)]
    if verdict.summary.best is not None:
        parts.append(f"loss {verdict.summary.best:.4g}")
    if verdict.started_at is not None and verdict.ended_at is not None:
        parts.append(f"after {format_duration(max(0.0, verdict.ended_at - verdict.started_at))}")
    return " ".join(parts) + (f": {verdict.reason}" if verdict.reason else "")
