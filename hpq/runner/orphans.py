"""Attempts that go on training although their runner died: their slots stay taken."""

import time

from hpq.queue.claims import read_claim
from hpq.queue.control import newest_attempt
from hpq.queue.life import is_locked
from hpq.queue.paths import RootPaths
from hpq.queue.reader import Reader
from hpq.queue.records import Start
from hpq.queue.runs import Run
from hpq.queue.states import State
from hpq.runner.slots import Slot
from hpq.runner.training import Training


def adopt_orphans(paths: RootPaths, reader: Reader, slots: list[Slot]) -> list[Training]:
    """Return the living attempts of dead runners that train where the slots are, each in one of these."""
    free, adopted = list(slots), []
    for run in reader.read():
        if run.state in (State.STARTING, State.RUNNING, State.UNFINISHED, State.CRASHED):
            training = _adopt(paths, run, free)
            if training:
                free.remove(training.slot)
                adopted.append(training)
    return adopted


def _adopt(paths: RootPaths, run: Run, free: list[Slot]) -> Training | None:
    attempt = newest_attempt(paths, run)
    if run.ended_at is not None or not is_locked(attempt.lock):
        return None
    start = Start.read(attempt.start)
    claim = read_claim(paths.claim(run.search, run.number, run.newest_attempt))
    if start is None or claim is None or not start.is_here or is_locked(paths.runners / start.runner):
        return None
    slot = _slot_for(start, free)
    if slot is None:
        return None
    return Training(
        id=run.id,
        attempt=run.newest_attempt,
        slot=slot,
        paths=attempt,
        pid=start.pid,
        process=None,
        claim=claim,
        time_limit_s=start.time_limit_s,
        began_s=time.monotonic() if start.monotonic_s is None else start.monotonic_s,
    )


def _slot_for(start: Start, free: list[Slot]) -> Slot | None:
    """Return the very slot where it is free, or one at the same place."""
    place = Slot(start.slot, start.device).place
    fitting = [slot for slot in free if slot.place == place]
    return next((slot for slot in fitting if slot.name == start.slot), fitting[0] if fitting else None)
