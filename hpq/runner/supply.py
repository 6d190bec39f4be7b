"""Where a runner's tasks come from: what waits, and what dead runners claimed and never began."""

import time
from typing import Any

from hpq.queue.claimer import Claimer, Task
from hpq.queue.control import requeue_stranded
from hpq.queue.paths import RootPaths
from hpq.queue.reader import Reader
from hpq.queue.states import State
from hpq.queue.values import is_late
from hpq.search.tpe import NoOptunaError, has_optuna

_LOOK_FOR_STRANDED_EVERY_S = 5.0


class Supply:
    """Takes tasks out of the queue for one runner."""

    def __init__(self, paths: RootPaths, reader: Reader, runner: str) -> None:
        self._paths = paths
        self._reader = reader
        self._claimer = Claimer(paths, runner, self._can_take)
        self.problem = ""  # why something that waits is not taken, if so
        self._told = ""
        self._looked_for_stranded_s = 0.0

    def take(self, *, is_last_look: bool) -> Task | None:
        """Return the next task, now claimed, or None. Raises HpqError or OSError when none can be claimed."""
        return self._claimer.claim() or self._take_stranded(is_last_look)

    def _can_take(self, header: dict[str, Any]) -> bool:
        """Tell whether runs of a batch can be drawn here: late ones only with Optuna."""
        if not is_late(header) or has_optuna():
            return True
        self.problem = f"runs of {header.get('search')} wait, and are left: {NoOptunaError()}"
        return False

    def news(self) -> str:
        """Return the problem when it is a new one, else nothing."""
        news = self.problem if self.problem != self._told else ""
        self._told = self.problem
        return news

    def _take_stranded(self, is_last_look: bool) -> Task | None:
        """Claim what a dead runner left behind; that is looked for now and then, and before ending."""
        now = time.monotonic()
        if not is_last_look and now - self._looked_for_stranded_s < _LOOK_FOR_STRANDED_EVERY_S:
            return None
        self._looked_for_stranded_s = now
        return self._claimer.claim() if requeue_stranded(self._paths, self._reader) else None

    def is_empty(self) -> bool:
        """Tell whether nothing waits, without taking anything."""
        return not any(run.state is State.QUEUED for run in self._reader.read())
