"""What a runner tells its user, on a terminal that may go away meanwhile."""

from collections.abc import Callable
from typing import Protocol

from hpq.queue.evidence import Verdict
from hpq.runner.training import Training


class Reporter(Protocol):
    """What tells the user how it goes."""

    def started(self, training: Training, /) -> None: ...
    def ended(self, training: Training, verdict: Verdict) -> None: ...
    def note(self, text: str) -> None: ...
    def tick(self, trainings: list[Training], /) -> None: ...


class Voice:
    """Passes everything on to a reporter, until its terminal or pipe is gone: that ends no runner."""

    def __init__(self, reporter: Reporter) -> None:
        self._reporter = reporter
        self._is_heard = True

    def started(self, training: Training) -> None:
        self._tell(self._reporter.started, training)

    def ended(self, training: Training, verdict: Verdict) -> None:
        self._tell(self._reporter.ended, training, verdict)

    def note(self, text: str) -> None:
        self._tell(self._reporter.note, text)

    def tick(self, trainings: list[Training]) -> None:
        self._tell(self._reporter.tick, trainings)

    def _tell(self, event: Callable[..., None], *facts: object) -> None:
        if self._is_heard:
            try:
                event(*facts)
            except OSError:
                self._is_heard = False
