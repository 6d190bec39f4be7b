"""What the runs of a search have to tell a sampler that learns."""

from collections.abc import Iterable

from hpq.queue.causes import Cause, cause_of
from hpq.queue.runs import Run
from hpq.queue.states import LIVE, State
from hpq.search.tpe import Past


def experience(runs: Iterable[Run]) -> list[Past]:
    """Return what is to be told of runs, in the order of their numbers."""
    ordered = sorted(runs, key=lambda run: run.number)
    return [past for run in ordered if (past := _told(run)) is not None]


def _told(run: Run) -> Past | None:
    """Return what a run tells of its values: nothing while it waits, or where they are not to blame.

    Nor does a replicate: its values are known, and what it adds is luck.
    """
    if run.replicates:
        return None
    if run.state in LIVE:
        return Past(run.params, is_live=True)
    if run.state is State.CRASHED:
        return None if cause_of(run) is Cause.MACHINE else Past(run.params)
    if run.state in (State.FINISHED, State.UNFINISHED):
        return Past(run.params, run.best)
    return None
