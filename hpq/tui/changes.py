"""What stopping or requeueing some runs means: the question before it, and what is told after it."""

from collections import Counter
from collections.abc import Sequence

from hpq.queue.control import cancel, requeue
from hpq.queue.paths import RootPaths
from hpq.queue.runs import Run
from hpq.queue.states import ENDED, State
from hpq.tui.messages import Change


def question(change: Change, runs: Sequence[Run], hidden: int = 0) -> str:
    """Return what to ask before runs are changed, or an empty text where there is nothing to do.

    So many of the runs are not shown.
    """
    counts = Counter(run.state for run in runs)
    if change is Change.STOP:
        train, wait = (
            sum(not _is_ended(run) and run.state is not State.QUEUED for run in runs),
            counts[State.QUEUED],
        )
        parts = [f"stop {_runs(train)} that train{'s' * (train == 1)}"] if train else []
        parts += [f"cancel {_runs(wait)} that wait{'s' * (wait == 1)}"] if wait else []
        text = " and ".join(parts)
    else:
        again = sum(_is_ended(run) and run.state is not State.FINISHED for run in runs)
        text = f"queue {_runs(again)} again" if again else ""
    left = len(runs) - len(changed(change, runs))
    aside = f"; {left:,} of {len(runs):,} left alone" if left else ""
    aside += f"; {hidden:,} of {len(runs):,} not shown" if hidden else ""
    named = f" ({runs[0].id})" if len(runs) == 1 else ""
    return f"{text[0].upper()}{text[1:]}{named}{aside}?" if text else ""


def changed(change: Change, runs: Sequence[Run]) -> list[Run]:
    """Return the runs that can be changed: what has ended cannot be stopped, nor what waits be requeued."""
    if change is Change.STOP:
        return [run for run in runs if not _is_ended(run)]
    return [run for run in runs if _is_ended(run) and run.state is not State.FINISHED]


def nothing(change: Change, runs: Sequence[Run]) -> str:
    """Return why there is nothing to do."""
    if not runs:
        return "no run is selected"
    which = f"{runs[0].id} is {runs[0].state}" if len(runs) == 1 else f"none of {len(runs):,} runs can be"
    if change is Change.STOP:
        return f"{which}: nothing to stop" if len(runs) == 1 else f"{which} stopped: they have ended"
    reason = "only what crashed, did not finish or was cancelled is queued again"
    return f"{which}: {reason}" if len(runs) == 1 else f"{which} queued again: {reason}"


def apply(paths: RootPaths, change: Change, runs: Sequence[Run]) -> str:
    """Change runs, and return what was done. Raises HpqError when the root cannot be locked."""
    wanted = changed(change, runs)
    if change is Change.STOP:
        taken, asked = cancel(paths, wanted)
        parts = [f"{_runs(len(taken))} cancelled"] if taken else []
        parts += [f"{_runs(len(asked))} asked to stop"] if asked else []
        return ", ".join(parts) or "they had ended meanwhile"
    queued = requeue(paths, wanted)
    return (
        f"{_runs(len(queued))} queued again"
        if queued
        else "none was queued again: they wait or train already"
    )


def _is_ended(run: Run) -> bool:
    """Tell whether no process of a run can live: a silent one has a state that may still change."""
    return run.state in ENDED and (run.ended_at is not None or run.state is State.CANCELLED)


def _runs(count: int) -> str:
    return f"{count:,} run" + ("s" if count != 1 else "")
