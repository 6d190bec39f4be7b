"""What the ended runs of a search came to, in one file: to open ten thousand results takes ten times as long.

Any reader that had to open many writes it, and nothing is lost with it. What it says of a run holds for as
long as the claim and the folder are there and no further attempt was asked for, since a result is final.
"""

import contextlib
import json
import sys
import zlib
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from functools import cached_property
from itertools import compress, repeat
from operator import attrgetter
from pathlib import Path
from typing import Any

from hpq.queue.batches import BatchName, is_deep
from hpq.queue.draws import Draws
from hpq.queue.files import read_bytes, write_whole
from hpq.queue.listing import Sign
from hpq.queue.records import LARGEST_WHOLE, LATEST
from hpq.queue.runs import Run
from hpq.queue.states import ENDED

_FORMAT = 1
_STATES = {str(state): state for state in ENDED}
_TEXTS = ("reason", "slot")  # written once each, and named by their place
_NUMBERS = ("number", "attempt", "newest_attempt")
_LOSSES = ("loss", "best")
_TIMES = ("started_at", "ended_at", "heard_at")
_COLUMNS = (*_NUMBERS, "state", *_LOSSES, "step", *_TEXTS, *_TIMES)
_NOTHING = type(None)
_EMPTY: dict[str, Any] = {}

# Which types a column holds, and the least and the most that its values may be.
_KINDS: dict[str, tuple[set[type], Any, Any]] = {
    **dict.fromkeys(_NUMBERS, ({int}, 0, LARGEST_WHOLE)),
    **dict.fromkeys(_LOSSES, ({float, _NOTHING}, -sys.float_info.max, sys.float_info.max)),
    "step": ({int, _NOTHING}, -LARGEST_WHOLE, LARGEST_WHOLE),
    **dict.fromkeys(_TEXTS, ({str}, "", chr(sys.maxunicode))),
    **dict.fromkeys(_TIMES, ({float, _NOTHING}, 0.0, LATEST)),
}

Columns = dict[str, list[Any]]
Headers = Mapping[str, tuple[Sign, dict[str, Any]]]  # of batches that are sound, by file name


class Index:
    """An index as it was read: batches, and runs column by column in the order of their numbers."""

    def __init__(
        self,
        search: str = "",
        headers: Headers = _EMPTY,
        columns: Columns | None = None,
        values: bytes = b"",
    ) -> None:
        self._search = search
        self._values = values  # of late runs, not parsed before they are asked for
        self._headers = headers
        self._columns: Columns = columns or {name: [] for name in _COLUMNS}
        self._columns["id"] = list(map(f"{search}-{{:03d}}".format, self._columns["number"]))

    def __len__(self) -> int:
        return len(self._columns["number"])

    def header(self, name: str, sign: Sign) -> dict[str, Any] | None:
        """Return a batch's header, or None when it is not known, or of another file than there is now."""
        known = self._headers.get(name)
        return known[1] if known is not None and known[0] == sign else None

    def restrict(self, claims: set[str], folders: set[str], newest: Mapping[int, int]) -> None:
        """Forget the runs of which this holds no longer.

        There are these claims and folders by name, and these newest attempts by number where it is not 1.
        """
        column = self._columns
        claimed = list(map("{}.{}".format, column["number"], column["newest_attempt"]))
        if not newest and claims.issuperset(claimed) and folders.issuperset(column["id"]):
            return
        attempts = zip(
            column["id"], column["number"], column["newest_attempt"], column["started_at"], strict=True
        )
        holds = [
            claim in claims and newest.get(number, 1) == asked and (started_at is None or run in folders)
            for claim, (run, number, asked, started_at) in zip(claimed, attempts, strict=True)
        ]
        self._columns = {name: list(compress(values, holds)) for name, values in column.items()}

    def runs(
        self, name: BatchName, drawn: Draws, enqueued_at: float | None, replicates: Mapping[int, str]
    ) -> dict[int, Run]:
        """Return the runs of a batch that ended, by number."""
        numbers = self._columns["number"]
        part = slice(bisect_left(numbers, name.first), bisect_left(numbers, name.first + name.count))
        column = {each: values[part] for each, values in self._columns.items()}
        rows = zip(
            column["id"],
            repeat(self._search),
            column["number"],
            column["state"],
            repeat(self._late(name) if drawn.is_late else drawn),
            column["loss"],
            column["best"],
            column["step"],
            column["attempt"],
            column["newest_attempt"],
            repeat(False),
            column["reason"],
            repeat(name.priority),
            column["slot"],
            repeat(enqueued_at),
            column["started_at"],
            column["ended_at"],
            column["heard_at"],
            map(replicates.get, column["number"], repeat("")),
        )
        return dict(zip(column["number"], map(Run._make, rows), strict=False))

    def _late(self, name: BatchName) -> Draws:
        """Return the values of a batch's late runs."""

        def load() -> list[dict[str, Any]]:
            values = self._parsed
            return [values.get(str(number), {}) for number in name.numbers]

        return Draws(name.first, load, is_late=True)

    @cached_property
    def _parsed(self) -> dict[str, dict[str, Any]]:
        with contextlib.suppress(ValueError, RecursionError):
            values = json.loads(self._values)
            if isinstance(values, dict) and {*map(type, values.values())} == {dict} and not is_deep(values):
                return values
        return {}


def read_index(path: Path, search: str) -> Index:
    """Return the index of a search, an empty one where there is none or a damaged one."""
    try:
        checksum, _, body = read_bytes(path).partition(b"\n")
        if checksum != _checksum(body):
            return Index()
        body, _, values = body.partition(b"\n")
        value = json.loads(body.decode(), parse_constant=_refuse)
        if value["format"] != _FORMAT:
            return Index()
        headers = {name: (tuple(sign), dict(header)) for name, (sign, header) in value["batches"].items()}
        return Index(search, headers, _decode(value["columns"], value["texts"]), values)
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return Index()


def write_index(path: Path, headers: Headers, runs: Sequence[Run]) -> None:
    """Write the index of a search, given its runs whose verdict is final. Raises OSError.

    The values of random runs are in their batches, those of late ones in a file each.
    """
    ordered = sorted({run.number: run for run in runs}.items())
    columns: Columns = {name: list(map(attrgetter(name), (run for _, run in ordered))) for name in _COLUMNS}
    places: dict[str, int] = {}
    for name in _TEXTS:
        columns[name] = [places.setdefault(text, len(places)) for text in columns[name]]
    value = {"format": _FORMAT, "batches": headers, "texts": list(places), "columns": columns}
    late = {run.number: run.params for run in runs if not isinstance(run.drawn, Draws) or run.drawn.is_late}
    body = b"\n".join(json.dumps(part, ensure_ascii=False).encode() for part in (value, late))
    path.parent.mkdir(exist_ok=True)
    write_whole(path, _checksum(body) + b"\n" + body)


def _checksum(body: bytes) -> bytes:
    return b"%08x" % zlib.crc32(body)


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no number")


def _is_sound(column: list[Any], kinds: set[type], least: Any, most: Any) -> bool:
    found = {*map(type, column)}
    there = [value for value in column if value is not None] if _NOTHING in found else column
    return found <= kinds and (not there or least <= min(there) <= max(there) <= most)


def _decode(written: dict[str, Any], texts: list[str]) -> Columns:
    """Return columns as they were before they were written. Raises ValueError for what no run holds."""
    columns: Columns = {name: written[name] for name in _COLUMNS}
    for name in _TEXTS:
        columns[name] = [texts[place] for place in columns[name]]
    columns["state"] = [_STATES[state] for state in columns["state"]]
    for name, bounds in _KINDS.items():
        if not _is_sound(columns[name], *bounds):
            raise ValueError(f"{name} holds what no run does")
    if len({len(column) for column in columns.values()}) > 1:
        raise ValueError("columns differ in length")
    if columns["number"] != sorted({*columns["number"]}):
        raise ValueError("numbers do not ascend")
    return columns
