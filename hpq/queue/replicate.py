"""Repeating runs: the same hyperparameters with other seeds, to learn how much of a loss is luck."""

import json
from collections.abc import Iterable, Sequence
from typing import Any

from hpq.errors import HpqError
from hpq.queue.enqueue import next_number, queue_runs
from hpq.queue.ids import span_text
from hpq.queue.paths import RootPaths
from hpq.queue.reader import Reader
from hpq.queue.root import locked
from hpq.queue.runs import Run
from hpq.queue.states import State
from hpq.search.streams import uniform

_OWN = ("first", "enqueued_at", "shared", "replicates")  # of a batch's header, that another one has anew
_STREAM = "other runs"  # no hyperparameter can be called so, and the choice depends on none

Group = tuple[dict[str, Any], list[Run]]


def distinct(runs: Iterable[Run]) -> list[Run]:
    """Return the runs without those that repeat, or are repeated by, an earlier one."""
    found: dict[str, Run] = {}
    for run in runs:
        found.setdefault(run.original, run)
    return list(found.values())


def draw_others(runs: Iterable[Run], chosen: Sequence[Run], count: int, seed: int) -> list[Run]:
    """Return so many further finished runs of each search that was chosen from, at random by a seed.

    Which come first is a function of the seed and their numbers alone: as the search goes on, most stay.
    """
    known = {run.original for run in chosen}
    pool: dict[str, list[Run]] = {run.search: [] for run in chosen}
    for run in runs:
        is_draw = run.state is State.FINISHED and not run.replicates
        if is_draw and run.search in pool and run.id not in known:
            pool[run.search].append(run)
    drawn = (
        sorted(each, key=lambda run: uniform(seed, run.number, _STREAM))[:count] for each in pool.values()
    )
    return [run for some in drawn for run in some]


def replicate(
    paths: RootPaths, reader: Reader, runs: Sequence[Run], copies: int, priority: int = 0
) -> dict[str, str]:
    """Queue so many replicates of each run, and return which run each repeats, by the replicate's id.

    A replicate is a new run of the same search: its number gives it a seed of its own, and all else is as
    in the batch of the run that it repeats. Runs of batches that differ become several batches, and each
    of these is there as a whole or not at all.
    """
    queued: dict[str, str] = {}
    with locked(paths):
        for header, some in _by_header(reader, runs):
            try:
                queued |= _queue(paths, header, some * copies, priority)  # in turns, should time run out
            except (HpqError, OSError) as error:
                if not queued:
                    raise
                done = f"{len(queued)} were queued before that: {span_text(list(queued))}"
                raise HpqError(f"{error}; {done}") from error
    return queued


def _queue(paths: RootPaths, header: dict[str, Any], runs: list[Run], priority: int) -> dict[str, str]:
    """Queue a batch of replicates, one of each run, and return which run each repeats."""
    search, originals = header["search"], [run.original for run in runs]
    told = {**header, "replicates": originals}
    ids = queue_runs(paths, search, next_number(paths, search), [run.params for run in runs], told, priority)
    return dict(zip(ids, originals, strict=True))


def _by_header(reader: Reader, runs: Sequence[Run]) -> list[Group]:
    """Return the runs by what their batches' headers say of where they come from."""
    groups: dict[str, Group] = {}
    for run in runs:
        header = {name: value for name, value in reader.header(run).items() if name not in _OWN}
        header["search"] = run.search
        groups.setdefault(json.dumps(header, sort_keys=True), (header, []))[1].append(run)
    return list(groups.values())
