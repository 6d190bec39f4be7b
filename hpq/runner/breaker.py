"""When to take no more runs: a slot where all crash at once and alike, and processes that never begin."""

from dataclasses import dataclass

from hpq.queue.evidence import Verdict
from hpq.queue.states import State
from hpq.runner.failures import has_failed, has_own_loss
from hpq.runner.slots import Slot
from hpq.runner.training import Training

INSTANT_S = 10.0  # a run that crashes later got far enough to show that its slot works
_FAILED_STARTS = 3  # in a row, before a runner gives up


@dataclass(slots=True)
class _Streak:
    """The instant failures in a row in a slot that have the same reason."""

    reason: str = ""
    length: int = 0


class Breaker:
    """Keeps a broken GPU from eating the queue.

    In a random search many runs crash, so a crash means nothing by itself, and several for different
    reasons, such as different sizes of memory, mean little. What trips it is one reason again and again.
    """

    def __init__(self, slots: list[Slot], give_up_after: int) -> None:
        self.problem = ""  # why the runner can take no more runs at all, if so
        self._limit = give_up_after
        self._left = {slot.name for slot in slots}
        self._streaks = {slot.name: _Streak() for slot in slots}
        self._failed_starts = 0

    def is_out(self, slot: Slot) -> bool:
        """Tell whether a slot is out of use."""
        return slot.name not in self._left

    def hear(self, training: Training, verdict: Verdict) -> str:
        """Take in how an attempt ended; return what to tell when its slot is out of use from now on."""
        self._count_failed_starts(training, verdict)
        slot, streak = training.slot.name, self._streaks[training.slot.name]
        if not self._count_failure(streak, training, verdict) or slot not in self._left:
            return ""
        self._left.remove(slot)
        if not self._left:
            self.problem = (
                f"no slot is left that works: in {slot}, the last one, {streak.length} runs in a row crashed "
                f"at once with {streak.reason!r}; what waits stays queued: see `hpq logs {training.id}`, and "
                f"call `hpq run` again when it is mended"
            )
        return (
            f"{slot} takes no more runs: {streak.length} in a row crashed within {INSTANT_S:.0f} s of their "
            f"start, {training.id} the last, all with {streak.reason!r}"
        )

    def _count_failure(self, streak: _Streak, training: Training, verdict: Verdict) -> bool:
        """Take an end into a slot's streak; return whether that is long enough now."""
        if verdict.state in (State.QUEUED, State.CANCELLED):
            return False  # it tells nothing of the slot
        if not _is_instant_failure(training, verdict):
            streak.reason, streak.length = "", 0
        elif verdict.reason == streak.reason:
            streak.length += 1
        else:
            streak.reason, streak.length = verdict.reason, 1
        return 0 < self._limit <= streak.length

    def _count_failed_starts(self, training: Training, verdict: Verdict) -> None:
        self._failed_starts = 0 if verdict.began else self._failed_starts + 1
        if self._failed_starts == _FAILED_STARTS:
            self.problem = (
                f"{_FAILED_STARTS} processes in a row ended before training began, {training.id} the last; "
                f"they wait again: see the messages above and {str(training.paths.log)!r}"
            )


def _is_instant_failure(training: Training, verdict: Verdict) -> bool:
    if verdict.started_at is None or verdict.ended_at is None or not has_failed(training.paths, verdict):
        return False
    is_instant = verdict.ended_at - verdict.started_at <= INSTANT_S
    return is_instant and not has_own_loss(training, verdict.summary)
