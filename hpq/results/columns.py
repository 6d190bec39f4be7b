"""Runs as columns of numbers, so that ten thousand of them are drawn, sorted and filtered at once."""

import json
from collections.abc import Iterable, Sequence
from enum import IntEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hpq.queue.runs import Run
from hpq.queue.states import State

STATES = tuple(State)  # a state's code is its place in here
ABSENT = -1  # the code of a hyperparameter that a run does not have
NUMBERS = ("best", "loss", "step", "attempt", "priority", "enqueued_at", "started_at", "ended_at", "heard_at")
_STATE_CODES = {state: code for code, state in enumerate(STATES)}
_LARGEST = 1e300  # a number beyond is treated as text is: no axis could hold it

Floats = NDArray[np.float64]
Codes = NDArray[np.int32]
Rows = NDArray[np.intp]


class Type(IntEnum):
    """What a value is, as far as axes and sorting care."""

    OTHER = 0
    BOOLEAN = 1
    LIST = 2
    WHOLE = 3
    NUMBER = 4


class Values:
    """The different values of one hyperparameter; each has a code, counted in order of appearance."""

    def __init__(self, values: Iterable[Any] = ()) -> None:
        self.distinct: list[Any] = []
        self._codes: dict[Any, int] = {}
        self._types = np.zeros(0, np.uint8)
        self._numbers = np.zeros(0)
        for value in values:
            self.code(value)

    def code(self, value: Any) -> int:
        """Return a value's code. 1, 1.0 and true are different values."""
        key = (type(value), value) if isinstance(value, str | int | float) else _text_key(value)
        code = self._codes.get(key)
        if code is None:
            code = self._codes[key] = len(self.distinct)
            self.distinct.append(value)
        return code

    @property
    def types(self) -> NDArray[np.uint8]:
        """The Type of each value (N,)."""
        self._describe()
        return self._types

    @property
    def numbers(self) -> Floats:
        """Each value as a number, a list as its length; NaN for what is neither (N,)."""
        self._describe()
        return self._numbers

    def _describe(self) -> None:
        known, count = len(self._types), len(self.distinct)
        if known < count:
            new = [_describe(value) for value in self.distinct[known:]]
            self._types = np.append(self._types, np.array([kind for kind, _ in new], np.uint8))
            self._numbers = np.append(self._numbers, [number for _, number in new])


def _text_key(value: Any) -> Any:
    return json.dumps(value, sort_keys=True)


def _describe(value: Any) -> tuple[Type, float]:
    if isinstance(value, bool):
        return Type.BOOLEAN, float(value)
    if isinstance(value, list):
        return Type.LIST, float(len(value))
    if isinstance(value, int | float) and abs(value) < _LARGEST:
        return (Type.WHOLE if isinstance(value, int) else Type.NUMBER), float(value)
    return Type.OTHER, np.nan


class Columns:
    """Runs column by column; an update with runs of which few changed costs little.

    Attributes:
        runs: the runs; a row below is an index into them.
        states: the code of each run's state (N,).
        numbers: the fields in NUMBERS by name, NaN where there is none, each (N,).
        values, codes: each hyperparameter's values, and which of them each run has (N,), or ABSENT.
    """

    def __init__(self, runs: Sequence[Run] = ()) -> None:
        self.runs: Sequence[Run] = ()
        self.states = np.zeros(0, np.uint8)
        self.numbers: dict[str, Floats] = {}
        self.values: dict[str, Values] = {}
        self.codes: dict[str, Codes] = {}
        self.update(runs)

    def update(self, runs: Sequence[Run]) -> None:
        """Take over a newer reading of the same root."""
        changed = _changed(self.runs, runs)
        self.runs = runs
        if changed is None:
            self._fill()
            return
        for row in changed:
            run = runs[row]
            self.states[row] = _STATE_CODES[run.state]
            for name, column in self.numbers.items():
                value = getattr(run, name)
                column[row] = np.nan if value is None else value

    def _fill(self) -> None:
        count = len(self.runs)
        self.states = np.fromiter((_STATE_CODES[run.state] for run in self.runs), np.uint8, count)
        self.numbers = {
            name: np.array([getattr(run, name) for run in self.runs], dtype=np.float64) for name in NUMBERS
        }
        names = sorted({name for run in self.runs for name in run.params})
        self.values = {name: Values() for name in names}
        self.codes = {name: self._code(name, values) for name, values in self.values.items()}

    def _code(self, name: str, values: Values) -> Codes:
        codes = (values.code(run.params[name]) if name in run.params else ABSENT for run in self.runs)
        return np.fromiter(codes, np.int32, len(self.runs))

    def where(self, states: Iterable[State]) -> NDArray[np.bool_]:
        """Return which runs are in one of the states (N,)."""
        return np.isin(self.states, [_STATE_CODES[state] for state in states])

    def varying(self, rows: Rows | None = None) -> list[str]:
        """Return the hyperparameters that have more than one value among the rows that have them, by name."""
        return [name for name, codes in self.codes.items() if _varies(codes if rows is None else codes[rows])]

    def known(self, rows: Rows) -> list[str]:
        """Return the hyperparameters that any of the rows has, by name."""
        return [name for name, codes in self.codes.items() if (codes[rows] != ABSENT).any()]


def _varies(codes: Codes) -> bool:
    there = codes[codes != ABSENT]
    return there.size > 0 and bool((there != there[0]).any())


def _changed(old: Sequence[Run], new: Sequence[Run]) -> list[int] | None:
    """Return the rows that differ, or None where they are not the same runs in the same order."""
    if len(old) != len(new):
        return None
    rows = [row for row, (was, now) in enumerate(zip(old, new, strict=True)) if was is not now]
    if any(old[row].id != new[row].id or old[row].params != new[row].params for row in rows):
        return None
    return rows
