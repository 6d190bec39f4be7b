"""What an attempt leaves on disk: its start, its heartbeat, its metrics and its result."""

import json
import math
import time
from dataclasses import dataclass, fields, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

from hpq.queue.files import raise_of_machine, read_bytes, read_json, write_json
from hpq.queue.life import boot_id, host_name

LOSS = "loss"  # the metric that is drawn
LATEST = 2.5e11  # a time in seconds that a calendar can still tell: the year 9892
LARGEST_WHOLE = 2**63 - 1  # whole numbers beyond are nobody's, and fit no column


class Outcome(StrEnum):
    """How an attempt ended, as its own process or its runner saw it."""

    RETURNED = "returned"
    FAILED = "failed"  # an exception, an exit code, a loss that is NaN
    STOPPED = "stopped"  # somebody asked it to stop
    LIMIT = "limit"  # its time was up
    KILLED = "killed"  # by a signal that hpq did not send


_LARGEST_PID = 2**31 - 1  # that a system call takes

_OUTCOMES: dict[str, Outcome] = {str(outcome): outcome for outcome in Outcome}


@dataclass(frozen=True, slots=True)
class Summary:
    """What metrics add up to."""

    step: int | None = None
    loss: float | None = None  # the last finite one
    best: float | None = None  # the lowest finite one
    best_step: int | None = None

    def add(self, line: dict[str, Any]) -> "Summary":
        """Return the summary with one more line of metrics in it; what makes no sense is left out."""
        step = whole(line.get("step"))
        seen = self if step is None else replace(self, step=step)
        loss = finite(line.get(LOSS))
        if loss is None:
            return seen
        if self.best is None or loss < self.best:
            return replace(seen, loss=loss, best=loss, best_step=seen.step)
        return replace(seen, loss=loss)

    @classmethod
    def from_json(cls, value: object) -> "Summary":
        """Return the summary in a heartbeat or a result, without what makes no sense in it."""
        if not isinstance(value, dict):
            return cls()
        return cls(
            step=whole(value.get("step")),
            loss=finite(value.get("loss")),
            best=finite(value.get("best")),
            best_step=whole(value.get("best_step")),
        )


def finite(value: object) -> float | None:
    """Return a finite number as a float, and None for everything else, booleans too."""
    if type(value) is int:
        try:
            return float(value)
        except OverflowError:
            return None
    return value if type(value) is float and math.isfinite(value) else None


def whole(value: object) -> int | None:
    """Return a whole number of at most 63 bits, and None for everything else, booleans too."""
    return value if type(value) is int and abs(value) <= LARGEST_WHOLE else None


def moment(value: object) -> float | None:
    """Return a time in seconds since an epoch, and None for what no clock shows."""
    time_s = finite(value)
    return time_s if time_s is not None and 0 <= time_s <= LATEST else None


def _text(value: object) -> str:
    """Return a text, and an empty one for everything else."""
    return value if isinstance(value, str) else ""


def _told(record: Any) -> dict[str, Any]:
    """Return a record as JSON has it, as `asdict` does in six times the time: it copies what is in there."""
    told = {name: getattr(record, name) for name in record.__slots__}
    if "summary" in told:
        told["summary"] = _told(told["summary"])
    return told


def read_metrics(path: Path) -> list[dict[str, Any]]:
    """Return the lines of a metrics file; a torn tail and lines that are no objects are left out.

    Raises OSError for a fault of the machine.
    """
    try:
        data = read_bytes(path)
    except OSError as error:
        raise_of_machine(error)
        return []
    return [line for text in data.splitlines() if (line := _parse_line(text)) is not None]


def _parse_line(text: bytes) -> dict[str, Any] | None:
    try:
        line = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return line if isinstance(line, dict) else None


@dataclass(frozen=True, slots=True)
class Start:
    """That an attempt began, written by its process before anything of the user's runs."""

    pid: int
    ticks: int  # when the process started, see life.start_ticks
    host: str
    boot: str
    runner: str
    slot: str
    device: str
    at: float
    stale_after_s: float
    time_limit_s: float | None = None
    memory_bytes: int | None = None
    monotonic_s: float | None = None  # when it began too, on a clock that nobody moves
    fresh: bool = False  # begun anew although an earlier attempt had left a checkpoint

    @property
    def is_here(self) -> bool:
        """Whether the process, if it lives, lives on this machine since its last boot."""
        return self.host == host_name() and self.boot == boot_id()

    def write(self, path: Path) -> None:
        write_json(path, _told(self))

    @classmethod
    def read(cls, path: Path) -> "Start | None":
        """Return the start of an attempt, or None when it did not begin or what it left is damaged."""
        value = read_json(path)
        if value is None:
            return None
        told: dict[str, Any] = {field.name: value.get(field.name) for field in fields(cls)}
        start = cls(**{**told, "fresh": told["fresh"] is True})
        return start if start._is_sound() else None

    def _is_sound(self) -> bool:
        words = self.host, self.boot, self.runner, self.slot, self.device
        limit, memory = self.time_limit_s, self.memory_bytes
        return (
            0 < (whole(self.pid) or 0) <= _LARGEST_PID  # to kill 0 or -1 would hit others
            and whole(self.ticks) is not None
            and all(isinstance(word, str) for word in words)
            and moment(self.at) is not None
            and finite(self.stale_after_s) is not None
            and (limit is None or finite(limit) is not None)
            and (memory is None or whole(memory) is not None)
            and (self.monotonic_s is None or finite(self.monotonic_s) is not None)
        )


@dataclass(frozen=True, slots=True)
class Stop:
    """That an attempt shall stop, and why. The first request that is made stays."""

    outcome: Outcome  # STOPPED or LIMIT
    reason: str

    def write(self, path: Path) -> None:
        if not path.exists():
            write_json(path, _told(self))

    @classmethod
    def read(cls, path: Path) -> "Stop | None":
        value = read_json(path)
        if value is None:
            return None
        outcome = Outcome.LIMIT if value.get("outcome") == Outcome.LIMIT else Outcome.STOPPED
        return cls(outcome, _text(value.get("reason")))


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """That an attempt trained on, at a time, with its metrics so far."""

    at: float
    monotonic_s: float  # unmoved by changes of the clock; means something within one boot
    boot: str
    summary: Summary

    @classmethod
    def now(cls, summary: Summary) -> "Heartbeat":
        return cls(time.time(), time.monotonic(), boot_id(), summary)

    @property
    def age_s(self) -> float:
        """How long ago it was written, in seconds."""
        if self.boot == boot_id():
            return time.monotonic() - self.monotonic_s
        return time.time() - self.at

    def write(self, path: Path) -> None:
        write_json(path, _told(self))

    @classmethod
    def read(cls, path: Path) -> "Heartbeat | None":
        value = read_json(path)
        if value is None:
            return None
        at, monotonic_s = moment(value.get("at")), moment(value.get("monotonic_s"))
        if at is None or monotonic_s is None:
            return None
        return cls(at, monotonic_s, _text(value.get("boot")), Summary.from_json(value.get("summary")))


@dataclass(frozen=True, slots=True)
class Result:
    """How an attempt ended."""

    outcome: Outcome
    reason: str  # one line; empty when training returned with a finite loss
    summary: Summary
    started_at: float
    ended_at: float
    slot: str

    def write(self, path: Path) -> None:
        """Write the result so that it survives a power cut once this returns."""
        write_json(path, _told(self), durable=True)

    @classmethod
    def read(cls, path: Path | str) -> "Result | None":
        value = read_json(path)
        outcome = None if value is None else _OUTCOMES.get(_text(value.get("outcome")))
        if value is None or outcome is None:
            return None
        return cls(
            outcome=outcome,
            reason=_text(value.get("reason")),
            summary=Summary.from_json(value.get("summary")),
            started_at=moment(value.get("started_at")) or 0.0,
            ended_at=moment(value.get("ended_at")) or 0.0,
            slot=_text(value.get("slot")),
        )
