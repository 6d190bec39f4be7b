"""A run as a reader sees it: what was drawn, and what became of it."""

from typing import Any, NamedTuple

from hpq.queue.draws import Draws
from hpq.queue.states import State

Params = dict[str, Any]  # JSON values by dotted name
_NONE: Params = {}


class Run(NamedTuple):
    """One draw from a search and its newest attempt. Times are seconds since the epoch.

    A tuple, since readers make ten thousand of them at once, and that in a third of the time.
    """

    id: str  # such as blog-017
    search: str
    number: int  # counts from 1 within its search
    state: State
    drawn: Params | Draws = _NONE  # see `params`
    loss: float | None = None  # the last finite one
    best: float | None = None  # the lowest finite one
    step: int | None = None  # of the newest line of metrics
    attempt: int = 0  # attempts that began; 0 while none has
    newest_attempt: int = 1  # that was asked for; the one that waits, while the run is queued
    is_stranded: bool = False  # claimed by a runner that died before training began, and not queued again yet
    reason: str = ""  # one line: why it ended as it did, or what it waits for
    priority: int = 0
    slot: str = ""  # where it trains or trained, such as gpu0 or cpu1
    enqueued_at: float | None = None
    started_at: float | None = None
    ended_at: float | None = None
    heard_at: float | None = None  # the newest heartbeat
    replicates: str = ""  # the id of the run whose hyperparameters it has with another seed

    @property
    def has_own_values(self) -> bool:
        """Whether its hyperparameters lie in its folder, and not in its batch or an index."""
        return isinstance(self.drawn, dict)

    @property
    def params(self) -> Params:
        """The hyperparameters: the same object each time."""
        return self.drawn if isinstance(self.drawn, dict) else self.drawn[self.number]

    @property
    def original(self) -> str:
        """The id of the run that was drawn: its own, or that of the run it repeats."""
        return self.replicates or self.id
