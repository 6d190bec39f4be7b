"""Ctrl-C and signals, each a step further: drain, stop, kill."""

import contextlib
import signal
from collections.abc import Iterator
from enum import IntEnum
from types import FrameType


class Level(IntEnum):
    """What the user wants of a runner."""

    NONE = 0
    DRAIN = 1  # take nothing new and let runs finish
    STOP = 2  # ask runs to save and stop
    KILL = 3


class Interrupts:
    """Counts requests to end; the runner looks at `level`."""

    def __init__(self) -> None:
        self.level = Level.NONE
        self.signal: int | None = None  # the first that was heard

    @contextlib.contextmanager
    def heard(self) -> Iterator[None]:
        """Hear SIGINT, SIGTERM and SIGHUP instead of dying of them; what nohup ignores stays ignored."""
        hearers = {signal.SIGINT: self._press, signal.SIGTERM: self._stop, signal.SIGHUP: self._drain}
        before = {
            number: signal.signal(number, hearer)
            for number, hearer in hearers.items()
            if signal.getsignal(number) is not signal.SIG_IGN
        }
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _press(self, number: int, _frame: FrameType | None) -> None:
        self._raise_to(Level(min(self.level + 1, Level.KILL)), number)

    def _stop(self, number: int, _frame: FrameType | None) -> None:
        self._raise_to(Level.STOP, number)

    def _drain(self, number: int, _frame: FrameType | None) -> None:
        self._raise_to(Level.DRAIN, number)

    def _raise_to(self, level: Level, number: int) -> None:
        self.level = max(self.level, level)
        self.signal = self.signal or number
