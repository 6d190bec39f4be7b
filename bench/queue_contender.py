"""What a queue must do to take part."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

BUSY_TIMEOUT_S = 60.0  # what a process waits for a lock on a database: no contender fails for being slow


class Contender(ABC):
    """One queue in one folder, opened by one process; made where there is none.

    `is_durable` asks that whatever was acknowledged survives a power cut.
    """

    name: ClassVar[str]
    package: ClassVar[str] = ""  # what must be installed
    is_library: ClassVar[bool] = True  # the budgets are about libraries
    never_durable: ClassVar[str] = ""  # why it takes no part where durability is asked for
    one_process: ClassVar[str] = ""  # why it takes no part with several processes
    slow_fill: ClassVar[str] = ""  # why nobody waits until a hundred thousand jobs are in it
    bulk: ClassVar[bool] = True  # whether many jobs can be queued at once

    @abstractmethod
    def __init__(self, folder: Path, is_durable: bool) -> None:
        self.folder, self.is_durable = folder, is_durable

    @abstractmethod
    def fill(self, jobs: Sequence[dict[str, Any]]) -> None:
        """Queue jobs."""

    @abstractmethod
    def claim(self) -> Any | None:
        """Return the next job with its parameters read, now taken, or None when nothing waits."""

    @abstractmethod
    def complete(self, job: Any) -> None:
        """Store the result of a job that was claimed, or at least that it is done."""

    def close(self) -> None:  # noqa: B027, most hold nothing that the end of their process does not free
        """Let go of files and connections."""
