"""Runs as columns of numbers, so that ten thousand of them are drawn, sorted and filtered at once."""

import json
from collections.abc import Iterable, Sequence
from copy import copy
from enum import IntEnum
from itertools import compress, count
from operator import attrgetter, is_not, not_
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from hpq.queue.runs import Run
from hpq.queue.states import ENDED, State
from hpq.results.natural import natural_key
from hpq.results.overview import Overview

STATES = tuple(State)  # a state's code is its place in here
ABSENT = -1  # the code of a hyperparameter that a run does not have
NUMBERS = ("best", "loss", "step", "attempt", "priority", "enqueued_at", "started_at", "ended_at", "heard_at")
_STATE_CODES = {state: code for code, state in enumerate(STATES)}
_MISSING = object()  # stands for the value of a hyperparameter that a run does not have
_LARGEST = 1e300  # a number beyond is treated as text is: no axis could hold it

Floats = NDArray[np.float64]
Codes = NDArray[np.int32]
Rows = NDArray[np.intp]
Scalar = TypeVar("Scalar", bound=np.generic)


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
        self._described = np.zeros(0, np.uint8), np.zeros(0)
        for value in values:
            self.code(value)

    def copy(self) -> "Values":
        """Return a copy that can get further values while another thread asks this one for codes."""
        further = Values()
        further.distinct = self.distinct[:]
        known = len(further.distinct)
        further._codes = {key: code for key, code in list(self._codes.items()) if code < known}
        further._described = self._described
        return further

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
        return self._describe()[0]

    @property
    def numbers(self) -> Floats:
        """Each value as a number, a list as its length; NaN for what is neither (N,)."""
        return self._describe()[1]

    def _describe(self) -> tuple[NDArray[np.uint8], Floats]:
        types, numbers = self._described
        new = [_describe(value) for value in self.distinct[len(types) :]]
        if new:
            types = np.append(types, np.array([kind for kind, _ in new], np.uint8))
            numbers = np.append(numbers, [number for _, number in new])
            self._described = types, numbers  # at once, for whoever asks in another thread
        return types, numbers


def _text_key(value: Any) -> str:
    """Return a text that tells JSON values apart, but not by the order of an object's names."""
    text = repr(value)  # six times as fast
    return json.dumps(value, sort_keys=True) if "{" in text else text


def _describe(value: Any) -> tuple[Type, float]:
    if isinstance(value, bool):
        return Type.BOOLEAN, float(value)
    if isinstance(value, list):
        return Type.LIST, float(len(value))
    if isinstance(value, int | float) and abs(value) < _LARGEST:
        return (Type.WHOLE if isinstance(value, int) else Type.NUMBER), float(value)
    return Type.OTHER, np.nan


class Columns:
    """Runs column by column. It never changes: a newer reading has columns of its own, which cost little.

    Attributes:
        runs: the runs; a row below is an index into them.
        states: the code of each run's state (N,).
        is_draw: whether each run was drawn, and repeats no other (N,).
        numbers: the fields in NUMBERS by name, NaN where there is none, each (N,).
        values, codes: each hyperparameter's values, and which of them each run has (N,), or ABSENT.
    """

    def __init__(self, runs: Sequence[Run] = (), older: "Columns | None" = None) -> None:
        self.runs = runs
        states = (_STATE_CODES[run.state] for run in runs)
        self.states = _frozen(np.fromiter(states, np.uint8, len(runs)))
        draws = map(not_, map(attrgetter("replicates"), runs))
        self.is_draw = _frozen(np.fromiter(draws, np.bool_, len(runs)))
        self.numbers = {
            name: _frozen(np.array(list(map(attrgetter(name), runs)), np.float64)) for name in NUMBERS
        }
        self.values: dict[str, Values] = {}
        self.codes: dict[str, Codes] = {}
        self._encode(older)

    def successor(self, runs: Sequence[Run]) -> "Columns":
        """Return the columns of a newer reading, which share with these all that stayed as it was."""
        if runs is self.runs:
            return self
        if len(runs) == len(self.runs):
            rows = list(compress(count(), map(is_not, self.runs, runs)))
            if all(self.runs[row].params is runs[row].params for row in rows):
                return self._replace(runs, rows)
        return Columns(runs, self)

    def _replace(self, runs: Sequence[Run], rows: list[int]) -> "Columns":
        """Return columns with other states and numbers in some rows."""
        newer = copy(self)
        newer.runs = runs
        changed = [runs[row] for row in rows]
        newer.states = _put(self.states, rows, [_STATE_CODES[run.state] for run in changed])
        newer.numbers = {
            name: _put(column, rows, list(map(attrgetter(name), changed)))
            for name, column in self.numbers.items()
        }
        return newer

    def _encode(self, older: "Columns | None") -> None:
        """Code the hyperparameters; runs that older columns had too keep theirs, wherever they stood."""
        old_rows = {id(run.params): row for row, run in enumerate(older.runs)} if older else {}
        places = np.array([old_rows.get(id(run.params), -1) for run in self.runs], np.intp)
        is_new = places < 0
        new = [self.runs[row].params for row in np.flatnonzero(is_new).tolist()]
        for name in sorted(set(older.codes if older else ()).union(*new), key=natural_key):
            values = older.values[name] if older and name in older.values else Values()
            values, new_codes = _code(values, name, new)
            codes = np.full(len(self.runs), ABSENT, np.int32)
            if older and name in older.codes:
                codes[~is_new] = older.codes[name][places[~is_new]]
            codes[is_new] = new_codes
            if not older or (codes != ABSENT).any():
                self.values[name], self.codes[name] = values, _frozen(codes)

    def where(self, states: Iterable[State]) -> NDArray[np.bool_]:
        """Return which runs are in one of the states (N,)."""
        return np.isin(self.states, [_STATE_CODES[state] for state in states])

    def varying(self, rows: Rows | None = None) -> list[str]:
        """Return the hyperparameters that have more than one value among the rows that have them, by name."""
        return [name for name, codes in self.codes.items() if _varies(codes if rows is None else codes[rows])]

    def known(self, rows: Rows) -> list[str]:
        """Return the hyperparameters that any of the rows has, by name."""
        return [name for name, codes in self.codes.items() if (codes[rows] != ABSENT).any()]


def overview(columns: Columns) -> Overview:
    """Return how runs stand, as `overview.overview` does."""
    counts = dict(zip(STATES, np.bincount(columns.states, minlength=len(STATES)).tolist(), strict=True))
    best = columns.numbers["best"]
    first = None if np.isnan(best).all() else columns.runs[int(np.nanargmin(best))]
    return Overview.of(counts, first, _pace_per_s(columns))


def _pace_per_s(columns: Columns) -> float | None:
    starts, ends = columns.numbers["started_at"], columns.numbers["ended_at"]
    rows = np.flatnonzero(columns.where(ENDED) & ~np.isnan(starts) & ~np.isnan(ends))
    if len(rows) < 2:
        return None
    rows = rows[np.argsort(starts[rows])]
    starts, ends = starts[rows], ends[rows]
    until = np.concatenate([[-np.inf], np.maximum.accumulate(ends)[:-1]])  # when those before had all ended
    busy_s = float(np.maximum(0.0, ends - np.maximum(starts, until)).sum())
    return len(rows) / busy_s if busy_s > 0 else None


def _varies(codes: Codes) -> bool:
    there = codes[codes != ABSENT]
    return there.size > 0 and bool((there != there[0]).any())


def _code(values: Values, name: str, params: list[dict[str, Any]]) -> tuple[Values, Codes]:
    """Return the code of a hyperparameter in each of some runs (N,), and its values with the new ones added.

    The runs of a batch share the objects of what they have in common, and words, booleans and small numbers
    are the same objects everywhere: so each object is coded once.
    """
    column = [run.get(name, _MISSING) for run in params]
    objects = dict(zip(map(id, column), column, strict=True))
    added = values.copy()
    codes = {key: ABSENT if value is _MISSING else added.code(value) for key, value in objects.items()}
    if len(added.distinct) > len(values.distinct):
        values = added
    if len(codes) == 1:
        return values, np.repeat(np.array([*codes.values()], np.int32), len(column))
    return values, np.fromiter(map(codes.__getitem__, map(id, column)), np.int32, len(column))


def _put(column: NDArray[Any], rows: list[int], values: list[Any]) -> NDArray[Any]:
    """Return a column with other values in some rows: a copy, or the same one where they are not other."""
    new = np.array(values, column.dtype)
    if np.array_equal(column[rows], new, equal_nan=True):
        return column
    column = column.copy()
    column[rows] = new
    return _frozen(column)


def _frozen(column: NDArray[Scalar]) -> NDArray[Scalar]:
    column.setflags(write=False)  # other threads read it
    return column
