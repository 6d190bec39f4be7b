"""A batch: an immutable file of runs that wait, all there or not at all.

A file is one JSON object a line, the first a header of what its runs share, and a trailer with
the number of lines and a checksum. Its name carries what sorting needs:
`<rank>-<nanoseconds>-<search>.<first>+<count>.jsonl` for new runs, and
`<rank>-<nanoseconds>-requeue+<count>.jsonl` for further attempts of runs that exist.
"""

import json
import os
import re
import sys
import time
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from hpq.errors import HpqError, UsageError
from hpq.queue.claims import MOST_ATTEMPTS
from hpq.queue.files import raise_of_machine, read_bytes, write_whole
from hpq.queue.ids import parse_run_id
from hpq.queue.paths import RootPaths

MAX_PRIORITY = 999
_DEEPEST = 50  # nested lists and objects in a batch
_OF_ALL = ("first", "shared", "replicates")  # in a header, and not of a single run
_NAME = re.compile(r"([0-9]{4})-([0-9]{19})-(?:([A-Za-z0-9_-]+)\.([0-9]+)|requeue)\+([0-9]+)\.jsonl")


@dataclass(frozen=True, slots=True)
class BatchName:
    """What a batch's file name says. `search` is empty for a batch of further attempts."""

    text: str
    priority: int
    search: str
    first: int
    count: int

    @property
    def numbers(self) -> range:
        """The numbers of its runs within their search."""
        return range(self.first, self.first + self.count)

    @classmethod
    def parse(cls, text: str) -> "BatchName | None":
        match = _NAME.fullmatch(text)
        if match is None:
            return None
        rank, _, search, first, count = match.groups()
        return cls(text, 1 + MAX_PRIORITY - int(rank), search or "", int(first or 0), int(count))

    @classmethod
    def make(cls, priority: int, count: int, search: str = "", first: int = 0) -> "BatchName":
        """Return the name of a batch of now. Raises UsageError for a priority out of range."""
        if abs(priority) > MAX_PRIORITY:
            raise UsageError(f"--priority lies between -{MAX_PRIORITY} and {MAX_PRIORITY}, not at {priority}")
        content = f"{search}.{first}" if search else "requeue"
        text = f"{1 + MAX_PRIORITY - priority:04d}-{time.time_ns():019d}-{content}+{count}.jsonl"
        return cls(text, priority, search, first, count)


@dataclass(frozen=True, slots=True)
class Batch:
    """A batch's header, and its lines. `docs/reference/files.md` lists their fields."""

    name: BatchName
    header: dict[str, Any]
    lines: list[dict[str, Any]]

    def params(self, number: int) -> dict[str, Any]:
        """Return all parameters of a run of this batch: what was drawn and what its runs share."""
        return {**self.header.get("shared", {}), **self.lines[number - self.name.first]}

    def all_params(self) -> list[dict[str, Any]]:
        """Return the parameters of each of its runs."""
        return [self.params(number) for number in self.name.numbers]

    def header_of(self, number: int) -> dict[str, Any]:
        """Return what the header tells of one of its runs, without the other runs' share of it."""
        told = {name: value for name, value in self.header.items() if name not in _OF_ALL}
        original = self.replicates.get(number)
        return {**told, "replicates": original} if original else told

    @property
    def replicates(self) -> dict[int, str]:
        """The id of the run that each of its runs repeats, by number; empty for runs that were drawn."""
        return replicates_in(self.header, self.name)

    def attempts(self) -> Iterator[tuple[str, int, bool]]:
        """Return the further attempts that it asks for: the run's id, the attempt, whether to begin anew."""
        for line in self.lines:
            run, attempt = line.get("id"), line.get("attempt")
            if isinstance(run, str) and type(attempt) is int and 1 <= attempt <= MOST_ATTEMPTS:
                yield run, attempt, bool(line.get("fresh"))


def replicates_in(header: dict[str, Any], name: BatchName) -> dict[int, str]:
    """Return the id of the run that each run of a batch repeats, by number, as far as its header says it."""
    originals = header.get("replicates")
    if not isinstance(originals, list):
        return {}
    told = zip(name.numbers, originals, strict=False)
    return {number: run for number, run in told if isinstance(run, str) and parse_run_id(run)}


def list_batches(paths: RootPaths) -> list[BatchName]:
    """Return the batches in the order in which their runs start."""
    try:
        return sort_batches(os.listdir(paths.batches))
    except (FileNotFoundError, NotADirectoryError):
        return []


def sort_batches(names: Iterable[str]) -> list[BatchName]:
    """Return the batches among the names of files, in the order in which their runs start."""
    return [name for text in sorted(names) if (name := BatchName.parse(text))]


def write_batch(paths: RootPaths, batch: Batch) -> None:
    """Write a batch that survives a power cut once this returns. The caller holds the root's lock."""
    target = paths.batches / batch.name.text
    if target.exists():
        raise HpqError(f"{str(target)!r} exists already; is the clock standing still? try again")
    objects = (batch.header, *batch.lines)
    body = b"".join(json.dumps(line, ensure_ascii=False).encode() + b"\n" for line in objects)
    trailer = b"#%d %08x\n" % (len(objects), zlib.crc32(body))
    try:
        write_whole(target, body + trailer, durable=True)
    except OSError as error:
        if not target.exists():
            raise
        raise HpqError(  # a runner may have claimed of it, so it cannot be taken back
            f"the disk fails ({error.strerror}): what was asked for is queued and may not survive a power cut"
        ) from error


def read_batch(paths: RootPaths, name: BatchName) -> Batch | None:
    """Return a batch, or None when its file is damaged: a torn one was never acknowledged.

    Raises OSError for a fault of the machine.
    """
    try:
        data = read_bytes(paths.batches / name.text)
    except OSError as error:
        raise_of_machine(error)
        return None
    body, mark, trailer = data.rpartition(b"\n#")
    body += b"\n"
    if not mark or trailer != b"%d %08x\n" % (body.count(b"\n"), zlib.crc32(body)):
        return None
    try:
        header, *lines = values = _parse(body)
    except (ValueError, RecursionError):
        return None
    if len(lines) != name.count or not _are_sound(body, values):
        return None
    if not isinstance(header.get("shared", {}), dict):
        return None
    return Batch(name, header, [_share_text(line) for line in lines])


def _parse(body: bytes) -> list[Any]:
    """Return the values of the lines. Parsed as one array, all lines share the text of their names."""
    values: list[Any] = json.loads(b"[" + body.rstrip(b"\n").replace(b"\n", b",") + b"]")
    return values


def _are_sound(body: bytes, lines: list[Any]) -> bool:
    """Tell whether all lines are objects, and none is nested too deep: most have too few brackets to be."""
    if {*map(type, lines)} != {dict}:
        return False
    brackets = max(text.count(b"[") + text.count(b"{") for text in body.splitlines())
    return brackets <= _DEEPEST or not any(map(is_deep, lines))


def is_deep(value: object, most: int = 1 + _DEEPEST) -> bool:
    """Tell whether a value is nested so deep that it could not be written as text again."""
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return most <= 0 or any(is_deep(each, most - 1) for each in inner if type(each) in (dict, list))


def _share_text(line: dict[str, Any]) -> dict[str, Any]:
    """Return a line in which words that ten thousand runs have in common are in memory once."""
    return {name: sys.intern(value) if type(value) is str else value for name, value in line.items()}
