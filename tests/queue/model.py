"""What a root is to say of its runs, kept in memory: the model that the state machine holds it against."""

from dataclasses import dataclass, field
from enum import Enum, auto

from hpq.queue.records import Outcome
from hpq.queue.runs import Run
from hpq.queue.states import State


class Life(Enum):
    """How far an attempt came."""

    WAITS = auto()
    CLAIMED = auto()
    BEGUN = auto()
    SILENT = auto()
    VOID = auto()  # claimed, and gone before it began
    GONE = auto()  # began, and went without a result
    ENDED = auto()
    TAKEN_BACK = auto()


LIVES = {Life.CLAIMED, Life.BEGUN, Life.SILENT}


@dataclass
class Attempt:
    """What the model knows of an attempt."""

    rank: tuple[int, ...]  # in which attempts are claimed: minus the priority, the batch, the place in it
    fresh: bool = False
    life: Life = Life.WAITS
    losses: list[float] = field(default_factory=list)
    outcome: Outcome | None = None

    @property
    def is_taken_back(self) -> bool:
        was_stopped = self.outcome is Outcome.STOPPED and not self.losses
        return self.life is Life.TAKEN_BACK or (self.life is Life.ENDED and was_stopped)

    @property
    def counts(self) -> bool:
        return self.life not in (Life.WAITS, Life.VOID) and not self.is_taken_back

    @property
    def state(self) -> State:
        if self.life in (Life.CLAIMED, Life.BEGUN):
            return State.RUNNING if self.losses else State.STARTING
        if not self.losses:
            return State.CRASHED
        return State.FINISHED if self.outcome is Outcome.RETURNED else State.UNFINISHED


@dataclass
class Model:
    """What the model knows of a run."""

    number: int
    priority: int
    attempts: list[Attempt]
    x: int | None  # what was drawn for it, None while a late run is not drawn
    sampler: str = "random"
    replicates: str = ""

    @property
    def newest(self) -> Attempt:
        return self.attempts[-1]

    @property
    def state(self) -> State:
        if self.newest.life in (Life.WAITS, Life.VOID):
            return State.QUEUED
        return next((each.state for each in reversed(self.attempts) if each.counts), State.CANCELLED)

    @property
    def can_requeue(self) -> bool:
        return self.state not in (State.QUEUED, State.STARTING, State.RUNNING) and not self.lives

    @property
    def lives(self) -> bool:
        return any(each.life in LIVES for each in self.attempts)

    def told(self) -> tuple[object, ...]:
        """Return what a reader must tell of the run."""
        counting = [number for number, each in enumerate(self.attempts, 1) if each.counts]
        is_stranded = self.newest.life is Life.VOID
        losses = self.attempts[counting[-1] - 1].losses if counting and self.state is not State.QUEUED else []
        return (
            self.state,
            counting[-1] if counting else 0,
            len(self.attempts) + is_stranded,
            is_stranded,
            losses[-1] if losses else None,
            min(losses, default=None),
            self.priority,
            self.replicates,
            self.params,
        )

    @property
    def is_late(self) -> bool:
        return self.sampler == "tpe" and not self.replicates

    @property
    def params(self) -> dict[str, object]:
        return {"same": True} if self.x is None else {"same": True, "x": self.x}


def told(run: Run) -> tuple[object, ...]:
    return (
        run.state,
        run.attempt,
        run.newest_attempt,
        run.is_stranded,
        run.loss,
        run.best,
        run.priority,
        run.replicates,
        run.params,
    )
