"""The state of one attempt, judged by what it left and by whether its process lives."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from hpq.queue import reasons
from hpq.queue.claims import Claim
from hpq.queue.life import is_locked
from hpq.queue.paths import AttemptPaths
from hpq.queue.records import Heartbeat, Outcome, Result, Start, Summary, read_metrics
from hpq.queue.states import State


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of an attempt. `began` is false for a claim whose runner died before training began."""

    state: State
    reason: str = ""
    summary: Summary = field(default_factory=Summary)
    began: bool = True
    is_final: bool = False
    slot: str = ""
    started_at: float | None = None
    ended_at: float | None = None
    heard_at: float | None = None

    @property
    def is_gone(self) -> bool:
        """Whether no process of the attempt lives and it left no result."""
        return not self.is_final and (not self.began or self.ended_at is not None)


def judge(paths: AttemptPaths, claim: Claim, sum_up_metrics: Callable[[], Summary] | None = None) -> Verdict:
    """Return what became of a claimed attempt. `sum_up_metrics` may know already what they add up to.

    The order matters, since the attempt goes on while it is read: a result is final; after a free
    lock no process of the attempt can write any more, so what is missing then stays missing.
    """
    result = Result.read(paths.result)
    if result is None and is_locked(paths.lock):
        return _judge_living(paths, claim)
    result = result or Result.read(paths.result)
    if result:
        return judge_result(result)
    return _judge_gone(paths, sum_up_metrics or (lambda: sum_up(paths.metrics)))


def sum_up(metrics: Path) -> Summary:
    """Return what a file of metrics adds up to."""
    summary = Summary()
    for line in read_metrics(metrics):
        summary = summary.add(line)
    return summary


def judge_result(result: Result) -> Verdict:
    """Return what became of an attempt that left a result: that is final."""
    state, reason = State.FINISHED, result.reason
    if result.summary.best is None and result.outcome is Outcome.STOPPED:
        state = State.CANCELLED  # taken back before it showed anything: no fault of its parameters
    elif result.summary.best is None:
        state = State.CRASHED
        reason = reason or "training returned without a finite loss"
    elif result.outcome is not Outcome.RETURNED:
        state = State.UNFINISHED
    return Verdict(
        state=state,
        reason=reason,
        summary=result.summary,
        is_final=True,
        slot=result.slot,
        started_at=result.started_at,
        ended_at=result.ended_at,
        heard_at=result.ended_at,
    )


def _judge_living(paths: AttemptPaths, claim: Claim) -> Verdict:
    start, heartbeat = Start.read(paths.start), Heartbeat.read(paths.heartbeat)
    if start is None or heartbeat is None:
        return Verdict(State.STARTING, started_at=claim.at)
    has_loss = heartbeat.summary.best is not None
    state, reason = State.RUNNING if has_loss else State.STARTING, ""
    if heartbeat.age_s > start.stale_after_s:
        state = State.UNFINISHED if has_loss else State.CRASHED
        reason = f"{reasons.SILENT} {_minutes(heartbeat.age_s)}, its process lives"
    return Verdict(
        state=state,
        reason=reason,
        summary=heartbeat.summary,
        slot=start.slot,
        started_at=start.at,
        heard_at=heartbeat.at,
    )


def _judge_gone(paths: AttemptPaths, sum_up_metrics: Callable[[], Summary]) -> Verdict:
    start = Start.read(paths.start)
    if start is None:
        return Verdict(State.QUEUED, reason="its runner died before it began", began=False)
    summary = sum_up_metrics()
    heartbeat = Heartbeat.read(paths.heartbeat)
    heard_at = heartbeat.at if heartbeat else start.at
    return Verdict(
        state=State.CRASHED if summary.best is None else State.UNFINISHED,
        reason=reasons.GONE,
        summary=summary,
        slot=start.slot,
        started_at=start.at,
        ended_at=heard_at,
        heard_at=heard_at,
    )


def _minutes(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"
