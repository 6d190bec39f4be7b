"""A run as a reader sees it: what was drawn, and what became of it."""

from dataclasses import dataclass, field
from typing import Any

from hpq.queue.states import State


@dataclass(frozen=True, slots=True)
class Run:
    """One draw from a search and its newest attempt. Times are seconds since the epoch."""

    id: str  # such as blog-017
    search: str
    number: int  # counts from 1 within its search
    state: State
    params: dict[str, Any] = field(default_factory=dict)  # JSON values by dotted name
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
