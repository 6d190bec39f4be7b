"""The metrics of an attempt as arrays, read as their file grows."""

import json
import math
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from hpq.results.columns import Floats

_CHUNK_BYTES = 1 << 18  # parsed at once, in some 5 ms: other threads wait meanwhile
_MOST_LINE_BYTES = 1 << 24  # a longer line is no metrics
_FIRST_ROOM = 256


@dataclass(frozen=True, slots=True, eq=False)
class Series:
    """One metric up to a moment: steps (N,) and values (N,), NaN and inf too, in the order of the file."""

    steps: Floats
    values: Floats
    lowest: tuple[float, float] | None  # finite, and its first step; None where none is finite
    highest: tuple[float, float] | None
    unfit: int  # values that are not finite

    def __len__(self) -> int:
        return len(self.steps)

    @property
    def last_finite(self) -> float | None:
        """The last value that is a finite number, or None where none is."""
        if len(self) and math.isfinite(self.values[-1]):
            return float(self.values[-1])
        fit = self.values[np.isfinite(self.values)]
        return float(fit[-1]) if len(fit) else None


class History:
    """Reads a file of metrics again and again, and pays for what was appended.

    It holds up to 16 bytes for each number in the file, twice that while it grows.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: tuple[int, int] | None = None  # device and inode
        self._offset = 0
        self._rest = b""  # a line whose end is still to come
        self._step = 0.0
        self._growing: dict[str, _Growing] = {}

    def read(self) -> bool:
        """Read a chunk of what was appended, and return whether there may be more.

        A file that shrank or was replaced is read anew. One that cannot be read says nothing.
        """
        try:
            with open(self._path, "rb") as file:
                told = os.fstat(file.fileno())
                if (told.st_dev, told.st_ino) != self._file or told.st_size < self._offset:
                    self._forget((told.st_dev, told.st_ino))
                file.seek(self._offset)
                data = file.read(_CHUNK_BYTES)
        except OSError:
            return False
        self._offset += len(data)
        self._take(data)
        return len(data) == _CHUNK_BYTES

    def series(self) -> dict[str, Series]:
        """Return all metrics by name as they are now; later reading changes nothing in them."""
        return {name: growing.series() for name, growing in self._growing.items()}

    def _forget(self, file: tuple[int, int]) -> None:
        self._file, self._offset, self._rest, self._step, self._growing = file, 0, b"", 0.0, {}

    def _take(self, data: bytes) -> None:
        whole, newline, rest = (self._rest + data).rpartition(b"\n")
        if (
            rest.endswith(b"}") and _parse_line(rest) is not None
        ):  # whole, though its newline is still to come
            whole, newline, rest = whole + newline + rest, b"\n", b""
        self._rest = rest if len(rest) <= _MOST_LINE_BYTES else b""
        if newline:
            self._add(_parse(whole))

    def _add(self, lines: list[dict[str, Any]]) -> None:
        steps = np.empty(len(lines))
        for index, line in enumerate(lines):  # a line without a step has that of the line before
            step = line.pop("step", None)
            line.pop("at", None)  # when it was logged, by the handle: no metric
            if isinstance(step, int | float) and not isinstance(step, bool) and abs(step) < 2**53:
                self._step = float(step)
            steps[index] = self._step
        for name in dict.fromkeys(name for line in lines for name in line):
            found = [line.get(name) for line in lines]
            values, is_number = _numbers(found)
            if is_number.any():
                growing = self._growing.setdefault(name, _Growing())
                growing.add(steps[is_number], values[is_number])


class _Growing:
    """Arrays with room at their end, and their extremes so far."""

    def __init__(self) -> None:
        self._steps, self._values = np.empty(_FIRST_ROOM), np.empty(_FIRST_ROOM)
        self._count = self._unfit = 0
        self._lowest: tuple[float, float] | None = None
        self._highest: tuple[float, float] | None = None

    def add(self, steps: Floats, values: Floats) -> None:
        end = self._count + len(steps)
        if end > len(self._steps):  # new arrays: what was handed out keeps the old ones
            room = np.empty(max(end, 2 * len(self._steps)) - self._count)
            self._steps = np.concatenate((self._steps[: self._count], room))
            self._values = np.concatenate((self._values[: self._count], room))
        self._steps[self._count : end], self._values[self._count : end] = steps, values
        self._count = end
        self._note(steps, values)

    def _note(self, steps: Floats, values: Floats) -> None:
        is_fit = np.isfinite(values)
        fit = values[is_fit]
        self._unfit += len(values) - len(fit)
        if not len(fit):
            return
        low, high = int(fit.argmin()), int(fit.argmax())
        if self._lowest is None or fit[low] < self._lowest[0]:
            self._lowest = float(fit[low]), float(steps[is_fit][low])
        if self._highest is None or fit[high] > self._highest[0]:
            self._highest = float(fit[high]), float(steps[is_fit][high])

    def series(self) -> Series:
        steps, values = self._steps[: self._count], self._values[: self._count]
        return Series(steps, values, self._lowest, self._highest, self._unfit)


def _parse(whole: bytes) -> list[dict[str, Any]]:
    """Return the lines that are objects. All at once is three times as fast as line by line."""
    texts = whole.split(b"\n")
    try:
        lines: list[Any] = json.loads(b"[" + b",".join(texts) + b"]")
    except (ValueError, RecursionError):
        return [line for text in texts if (line := _parse_line(text)) is not None]
    return [line for line in lines if isinstance(line, dict)]


def _parse_line(text: bytes) -> dict[str, Any] | None:
    try:
        line = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return line if isinstance(line, dict) else None


def _numbers(found: list[Any]) -> tuple[Floats, Any]:
    """Return values as numbers (N,), and which of them were numbers (N,)."""
    kinds = set(map(type, found))
    if kinds <= {float} or (kinds <= {float, int} and max(map(abs, found)) < 2**63):
        return np.array(found, np.float64), np.ones(len(found), bool)
    values = np.array([_number(value) for value in found], np.float64)
    return values, np.array([_is_number(value) for value in found], bool)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _number(value: Any) -> float:
    if not _is_number(value):
        return math.nan
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf
