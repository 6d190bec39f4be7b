"""The order of runs: by any column of the table, or any hyperparameter."""

import difflib
import json
import time
from operator import attrgetter
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np

from hpq.errors import UsageError
from hpq.results.columns import Columns, Floats, Rows, Type, Values
from hpq.results.picture.axes import natural_order
from hpq.results.plain import plain

# The columns of the table: `took` is how long training took, `age` the time since its last sign of life.
_NUMBERS = ("best", "loss", "step", "attempt", "priority")
_TEXTS = {"search": "search", "slot": "slot", "replicates": "replicates", "why": "reason"}
_FIXED = ("run", "search", "state", *_NUMBERS, "took", "age", "slot", "replicates", "why")
_ALIASES = {"id": "run", "reason": "why"}
_number_of = attrgetter("number")


def sort_names(columns: Columns) -> list[str]:
    """Return what runs can be sorted by: the columns of the table, then the hyperparameters.

    A hyperparameter that is called as a column has a dot before its name.
    """
    taken = (*_FIXED, *_ALIASES)
    return [*_FIXED, *(f".{name}" if name in taken else name for name in columns.codes)]


def sorted_rows(
    columns: Columns,
    name: str,
    reverse: bool = False,
    rows: Rows | None = None,
    now: float | None = None,
) -> Rows:
    """Return rows, all or those given, in the order of a column; equal ones keep the order that they have.

    Numbers come first, then text, then lists by their length; runs without a value are last either way.
    `now`, in seconds since the epoch, is for runs that still train. Raises UsageError for a name that is
    none of `sort_names`.
    """
    keys = _keys(columns, _ALIASES.get(name, name), time.time() if now is None else now)
    rows = np.arange(len(columns.runs)) if rows is None else rows
    keys = -keys[rows] if reverse else keys[rows]
    return rows[np.argsort(keys, kind="stable")]  # NaN goes last


def _keys(columns: Columns, name: str, now: float) -> Floats:
    """Return a number by which each run sorts, NaN for one without a value (N,)."""
    numbers = columns.numbers
    if name == "run":
        return _run_keys(columns)
    if name == "state":
        return columns.states.astype(np.float64)
    if name in _NUMBERS:
        return numbers[name]
    if name in _TEXTS:
        return _text_keys(columns, _TEXTS[name])
    if name == "took":
        return _first(numbers["ended_at"], np.full(len(columns.runs), now)) - numbers["started_at"]
    if name == "age":
        signs = ("heard_at", "ended_at", "started_at", "enqueued_at")
        return -_first(*(numbers[sign] for sign in signs))
    name = name.removeprefix(".") if name not in columns.codes else name
    if name in columns.codes:
        return np.append(_ranks(columns.values[name]), np.nan)[columns.codes[name]]  # ABSENT takes the last
    raise UsageError(_unknown(columns, name))


def _unknown(columns: Columns, name: str) -> str:
    known = sort_names(columns)
    close = difflib.get_close_matches(name, known, 1)
    hint = f"did you mean {close[0]}? " if close else ""
    return f"{plain(name)}: no such column; {hint}there are {plain(', '.join(known))}"


def _first(*columns: Floats) -> Floats:
    """Return of each run the first value that it has (N,)."""
    found = columns[0]
    for column in columns[1:]:
        found = np.where(np.isnan(found), column, found)
    return found


def _run_keys(columns: Columns) -> Floats:
    """Return keys by search, and by number within it (N,)."""
    searches = _text_keys(columns, "search")
    numbers = np.fromiter(map(_number_of, columns.runs), np.float64, len(columns.runs))
    keys = np.empty(len(columns.runs))
    keys[np.lexsort((numbers, searches))] = np.arange(len(columns.runs))
    return keys


def _text_keys(columns: Columns, attribute: str) -> Floats:
    texts: list[str] = list(map(attrgetter(attribute), columns.runs))
    rank_of: dict[str, float] = {
        text: rank for rank, text in enumerate(natural_order(list(dict.fromkeys(texts))))
    }
    if "" in rank_of:
        rank_of[""] = np.nan
    return np.fromiter(map(rank_of.__getitem__, texts), np.float64, len(texts))


_RANKS: WeakKeyDictionary[Values, Floats] = WeakKeyDictionary()  # a monitor asks again and again


def _ranks(values: Values) -> Floats:
    """Return where each value stands among the others: numbers, text, lists (K,)."""
    ranks = _RANKS.get(values)
    if ranks is None or len(ranks) < len(values.distinct):
        ranks = _RANKS[values] = _rank(values)
    return ranks


def _rank(values: Values) -> Floats:
    types, numbers = values.types, values.numbers
    is_number = (types != Type.OTHER) & (types != Type.LIST)
    ranks = np.empty(len(types))
    sizes, ranks[is_number] = np.unique(numbers[is_number], return_inverse=True)
    others = [values.distinct[code] for code in np.flatnonzero(types == Type.OTHER)]
    lists = [values.distinct[code] for code in np.flatnonzero(types == Type.LIST)]
    order = [*natural_order(others), *sorted(lists, key=_list_key)]
    rank_of = {id(value): rank for rank, value in enumerate(order, len(sizes))}
    ranks[~is_number] = [rank_of[id(values.distinct[code])] for code in np.flatnonzero(~is_number)]
    return ranks


def _list_key(value: list[Any]) -> tuple[int, list[tuple[int, Any]]]:
    """Return what sorts lists by their length, then item by item: numbers by size, and then the rest."""
    items = [(0, item) if isinstance(item, int | float) else (1, _item_text(item)) for item in value]
    return len(value), items


def _item_text(item: Any) -> str:
    return item if isinstance(item, str) else json.dumps(item, sort_keys=True)
