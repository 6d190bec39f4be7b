"""Putting runs into the queue: all of a batch or none of it."""

import hashlib
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hpq.queue.batches import Batch, BatchName, list_batches, read_batch, write_batch
from hpq.queue.files import write_whole
from hpq.queue.ids import check_name, run_id
from hpq.queue.paths import RootPaths


@dataclass(frozen=True, slots=True)
class Origin:
    """Where runs come from: what all of a batch shares, besides parameters."""

    seed: int
    sampler: str
    folder: Path  # where hpq was called, and where the runs train
    file: Path | None = None  # the search file, None for the bundled model
    text: bytes = b""  # of the search file
    command: str | None = None
    commit: str | None = None  # of the repository that holds the search file
    dirty: bool | None = None  # whether that tree had changes
    fixed: Mapping[str, Any] = field(default_factory=dict)  # what the user set


def next_number(paths: RootPaths, search: str) -> int:
    """Return the number that the next run of a search gets; numbers count from 1."""
    ends = [name.first + name.count for name in list_batches(paths) if name.search == search]
    return max(ends, default=1)


def newest_seed(paths: RootPaths, search: str) -> int | None:
    """Return the seed that a search was last queued with; replicates have that of the run they repeat."""
    for name in sorted(list_batches(paths), key=lambda name: -name.first):
        if name.search == search and (batch := read_batch(paths, name)) and not batch.replicates:
            seed = batch.header.get("seed")
            return seed if isinstance(seed, int) else None
    return None


def enqueue(
    paths: RootPaths, search: str, first: int, draws: list[dict[str, Any]], origin: Origin, priority: int = 0
) -> list[str]:
    """Queue runs numbered from `first`, and return their ids. The caller holds the root's lock.

    Once this returns, the runs survive a power cut. Raises UsageError for a priority out of range.
    """
    header = {
        "search": check_name(search),
        "seed": origin.seed,
        "sampler": origin.sampler,
        "folder": str(origin.folder),
        "file": str(origin.file) if origin.file else None,
        "source": _keep_source(paths, origin.text) if origin.file else None,
        "command": origin.command,
        "commit": origin.commit,
        "dirty": origin.dirty,
        "fixed": origin.fixed,
    }
    return queue_runs(paths, search, first, draws, header, priority)


def queue_runs(
    paths: RootPaths,
    search: str,
    first: int,
    draws: list[dict[str, Any]],
    header: dict[str, Any],
    priority: int,
) -> list[str]:
    """Queue runs as one batch, as `enqueue` does, given what its header says of where they come from."""
    name = BatchName.make(priority, len(draws), search, first)
    shared = _shared(draws)
    header = {**header, "first": first, "enqueued_at": time.time(), "shared": shared}
    lines = [{name: value for name, value in draw.items() if name not in shared} for draw in draws]
    write_batch(paths, Batch(name, header, lines))
    return [run_id(search, first + index) for index in range(len(draws))]


def _shared(draws: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the parameters that all draws have with the same value: they are stored once."""
    first, *rest = draws
    return {
        name: value
        for name, value in first.items()
        if all(name in draw and _same(draw[name], value) for draw in rest)
    }


def _same(one: object, other: object) -> bool:
    """Tell whether two JSON values are written alike: 1, 1.0 and true are equal in Python only."""
    return one is other or (type(one) is type(other) and json.dumps(one) == json.dumps(other))


def digest_of(text: bytes) -> str:
    """Return what names a search file's copy: its text cannot change unseen."""
    return hashlib.blake2b(text, digest_size=8).hexdigest()


def _keep_source(paths: RootPaths, text: bytes) -> str:
    """Copy a search file into the root, so that editing it changes nothing that is queued."""
    digest = digest_of(text)
    copy = paths.sources / f"{digest}.py"
    if not copy.exists():
        write_whole(copy, text, durable=True)
    return digest
