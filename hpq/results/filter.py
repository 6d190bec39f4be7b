"""A small language that says which runs one wants to see, such as `state:crashed lr>0.1 -kind:conv`."""

import difflib
import json
import math
import operator
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from operator import attrgetter
from typing import Any, Protocol
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from hpq.errors import UsageError
from hpq.queue.states import State
from hpq.results.columns import ABSENT, Columns, Floats, Rows, Type, Values
from hpq.results.plain import number_text, plain, value_text

_TEXTS = {
    "search": "search",
    "slot": "slot",
    "reason": "reason",
    "why": "reason",
    "replicates": "replicates",
}
_NUMBERS = {"best": True, "loss": True, "step": False, "attempt": False, "priority": False}  # is it rounded?
_ANYWHERE = ("id", "search", "slot", "reason")  # a word without a name is looked for here, and in text values
_WORD = re.compile(r'(?:[^\s"]|"[^"]*")+')
_TERM = re.compile(r'([^\s":<>=!]*)(>=|<=|!=|==|[:<>=])(.*)', re.DOTALL)
_CHOICE = re.compile(r'(?:[^|"]|"[^"]*")+')
_COMPARE: dict[str, Callable[[Floats, float], "Mask"]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_ROUNDING = 1e-3  # a number differs by less from the four digits that are shown of it
_NO_JSON = object()

Mask = NDArray[np.bool_]


class Filter(Protocol):
    """Tells which runs pass."""

    def rows(self, columns: Columns) -> Mask:
        """Return which runs pass (N,). Raises UsageError for a name that no run has."""
        ...


def parse_filter(text: str) -> Filter:
    """Return the filter that a text means; an empty one lets every run pass. Raises UsageError."""
    if text.count('"') % 2:
        raise UsageError(f'a quote is not closed in {text!r}; write reason:"out of memory"')
    return _All(tuple(map(_parse_word, _WORD.findall(text))))


def _parse_word(word: str) -> Filter:
    if word[0] not in "-!":
        return _parse_term(word)
    if len(word) == 1:
        raise UsageError(f"{word} stands right before what shall not hold, such as {word}state:queued")
    return _Not(_parse_term(word[1:]))


def _parse_term(term: str) -> Filter:
    match = _TERM.fullmatch(term)
    if match is None:
        return _Anywhere(_texts(term))
    name, sign, value = match.groups()
    if not name or not (value or sign == ":"):
        raise UsageError(f"{sign} stands between a name and a value without blanks, as in loss{sign}0.5")
    if value[:1] in ("<", "=", ">"):
        raise UsageError(f"{sign}{value[0]} compares nothing; there are : = != < <= > >=, and text in quotes")
    if sign == "!=":
        return _All((_named(name, ":", ""), _Not(_named(name, "=", value))))
    return _named(name, sign, value)


def _named(name: str, sign: str, value: str) -> Filter:
    if name == "state" and sign not in _COMPARE:
        return _InState(_states(_texts(value), is_whole=sign != ":"))
    if sign == ":":
        return _Contains(name, _texts(value))
    if sign not in _COMPARE:
        return _Equals(name, _choices(value))
    limit = _number(value)
    if name == "state" or name in _TEXTS:
        raise UsageError(f"{name} is text, which {sign} does not compare; write {name}:{value}")
    if limit is None:
        raise UsageError(f"{sign} compares with a number, as in {name}{sign}0.5, not with {value!r}")
    return _Compares(name, sign, limit)


def _states(texts: Iterable[str], is_whole: bool) -> frozenset[State]:
    found: set[State] = set()
    for text in texts:
        named = [state for state in State if (state == text if is_whole else state.startswith(text))]
        if not named:
            raise UsageError(f"there is no state {text!r}; the states are {', '.join(State)}")
        found.update(named)
    return frozenset(found)


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return None if math.isnan(number) else number


@dataclass(frozen=True, slots=True)
class _Choice:
    """One of the values between which | stands, as it was typed."""

    typed: str

    @property
    def text(self) -> str:
        return self.typed.replace('"', "")

    @property
    def number(self) -> float | None:
        return _number(self.typed)  # "3" in quotes is text

    @property
    def json(self) -> Any:
        """The list or object that it is: quotes within ["a", "b"] are its own, those around it are not."""
        for text in (self.typed, self.typed[1:-1]):
            try:
                value = json.loads(text)
            except (ValueError, RecursionError):
                continue
            if isinstance(value, list | dict):
                return value
        return _NO_JSON


def _choices(value: str) -> tuple[_Choice, ...]:
    return tuple(map(_Choice, _CHOICE.findall(value))) or (_Choice(""),)


def _texts(value: str) -> tuple[str, ...]:
    """Return the texts to look for, case folded."""
    return tuple(choice.text.casefold() for choice in _choices(value))


@dataclass(frozen=True, slots=True)
class _All:
    filters: tuple[Filter, ...]

    def rows(self, columns: Columns) -> Mask:
        passing = np.ones(len(columns.runs), bool)
        for each in self.filters:
            passing &= each.rows(columns)
        return passing


@dataclass(frozen=True, slots=True)
class _Not:
    filter: Filter

    def rows(self, columns: Columns) -> Mask:
        return ~self.filter.rows(columns)


@dataclass(frozen=True, slots=True)
class _InState:
    states: frozenset[State]

    def rows(self, columns: Columns) -> Mask:
        return columns.where(self.states)


@dataclass(frozen=True, slots=True)
class _Compares:
    name: str
    sign: str
    limit: float

    def rows(self, columns: Columns) -> Mask:
        holds, named = _COMPARE[self.sign], _named_cells(columns, self.name)
        return _any(cells.spread(holds(cells.numbers, self.limit)) for cells in named)


@dataclass(frozen=True, slots=True)
class _Contains:
    name: str
    texts: tuple[str, ...]

    def rows(self, columns: Columns) -> Mask:
        return _any(cells.spread(_contain(cells, self.texts)) for cells in _named_cells(columns, self.name))


@dataclass(frozen=True, slots=True)
class _Equals:
    name: str
    choices: tuple[_Choice, ...]

    def rows(self, columns: Columns) -> Mask:
        return _any(
            cells.spread(_equal(cells, choice))
            for cells in _named_cells(columns, self.name)
            for choice in self.choices
        )


@dataclass(frozen=True, slots=True)
class _Anywhere:
    texts: tuple[str, ...]

    def rows(self, columns: Columns) -> Mask:
        told = [_text_cells(columns, attribute) for attribute in _ANYWHERE]
        drawn = [_value_cells(columns, name) for name in columns.codes if _has_text(columns.values[name])]
        masks = [cells.spread(_contain(cells, self.texts)) for cells in told]
        masks += [cells.spread(_contain(cells, self.texts) & cells.is_text) for cells in drawn]
        return _any(masks)


@dataclass(frozen=True, slots=True, eq=False)
class _Cells:
    """What stands in a column: its different values (K,), and which of them each run has."""

    values: Sequence[Any] | Floats  # (K,)
    numbers: Floats  # a list's is its length; NaN for what has none (K,)
    is_rounded: Mask  # where it is shown (K,)
    other_places: Rows  # in the values, of those that are not just numbers
    codes: NDArray[Any]  # ABSENT where a run has no value (N,)
    shown: Callable[[], list[str]]  # the values as hpq shows them, case folded (K,)

    @property
    def is_text(self) -> Mask:
        """Which values are text (K,)."""
        mask = np.zeros(len(self.values), bool)
        mask[self.other_places] = [isinstance(value, str) for value in self.others]
        return mask

    @property
    def others(self) -> list[Any]:
        return [self.values[place] for place in self.other_places.tolist()]

    def spread(self, mask: Mask) -> Mask:
        """Return which runs have a value that is in a mask (K,), as (N,)."""
        spread: Mask = np.append(mask, False)[self.codes]  # ABSENT, -1, takes the last
        return spread


def _any(masks: Iterable[Mask]) -> Mask:
    mask: Mask = np.logical_or.reduce(list(masks))
    return mask


def _contain(cells: _Cells, texts: Sequence[str]) -> Mask:
    """Return which values contain one of the texts (K,)."""
    if "" in texts:  # it asks for those that have a value
        return np.ones(len(cells.values), bool)
    shown = cells.shown()
    return _any(np.array([text in each for each in shown], bool) for text in texts)


def _equal(cells: _Cells, choice: _Choice) -> Mask:
    """Return which values are the one that was typed, or look like it (K,)."""
    mask = np.zeros(len(cells.values), bool)
    number, text, parsed = choice.number, choice.text, choice.json
    if number is not None:
        mask = cells.numbers == number
        with np.errstate(all="ignore"):
            is_near = cells.is_rounded & (np.abs(cells.numbers - number) < _ROUNDING * abs(number))
        for place in np.flatnonzero(is_near & ~mask):
            mask[place] = float(number_text(float(cells.numbers[place]))) == number
    mask[cells.other_places] |= np.array([_is(value, text, parsed) for value in cells.others], bool)
    return mask


def _is(value: Any, text: str, parsed: Any) -> bool:
    """Tell whether a value that is not just a number is the one that was typed."""
    if isinstance(value, str):
        return value == text
    if isinstance(value, list | dict):
        return bool(value == parsed)
    return value_text(value) == text.lower()  # true, false, none, and numbers beyond any axis


def _named_cells(columns: Columns, name: str) -> list[_Cells]:
    """Return the columns that a name means. Raises UsageError where there is none."""
    if name in ("run", "id"):
        numbers = np.array([run.number for run in columns.runs], np.float64)
        return [replace(_text_cells(columns, "id"), numbers=numbers)]
    if name in _TEXTS:
        return [_text_cells(columns, _TEXTS[name])]
    if name in _NUMBERS:
        return [_number_cells(columns, name)]
    name = name.removeprefix(".")  # .loss is a hyperparameter, though there is a column of that name
    names = [name] if name in columns.codes else [full for full in columns.codes if full.endswith(f".{name}")]
    if not names:
        raise UsageError(_unknown(columns, name))
    return [_value_cells(columns, full) for full in names]


def _unknown(columns: Columns, name: str) -> str:
    known = ["run", "state", *_TEXTS, *_NUMBERS, *columns.codes]
    close = difflib.get_close_matches(name, [*known, *(full.rpartition(".")[2] for full in known)], 1)
    hint = f"did you mean {close[0]!r}? " if close else ""
    return f"no run has {name!r}; {hint}there are {plain(', '.join(known))}"


def _text_cells(columns: Columns, attribute: str) -> _Cells:
    texts: list[str] = list(map(attrgetter(attribute), columns.runs))
    codes = np.arange(len(texts))
    if attribute != "id":  # of which each is another
        code_of = {text: code for code, text in enumerate(dict.fromkeys(texts))}
        codes = np.fromiter(map(code_of.__getitem__, texts), np.intp, len(texts))
        codes[codes == code_of.get("")] = ABSENT
        texts = list(code_of)
    numbers, is_rounded = np.full(len(texts), np.nan), np.zeros(len(texts), bool)
    return _Cells(texts, numbers, is_rounded, np.arange(len(texts)), codes, lambda: _folded(texts))


def _number_cells(columns: Columns, name: str) -> _Cells:
    numbers, is_rounded = columns.numbers[name], _NUMBERS[name]
    codes = np.where(np.isnan(numbers), ABSENT, np.arange(len(numbers)))

    def shown() -> list[str]:
        there = np.nan_to_num(numbers).tolist()
        return [number_text(number) if is_rounded else str(int(number)) for number in there]

    return _Cells(numbers, numbers, np.full(len(numbers), is_rounded), np.zeros(0, np.intp), codes, shown)


def _has_text(values: Values) -> bool:
    return bool((values.types == Type.OTHER).any())


def _value_cells(columns: Columns, name: str) -> _Cells:
    values = columns.values[name]
    types = values.types
    is_boolean, is_rounded = types == Type.BOOLEAN, types == Type.NUMBER
    others = np.flatnonzero(~is_rounded & (types != Type.WHOLE))
    numbers = np.where(is_boolean, np.nan, values.numbers)
    return _Cells(
        values.distinct, numbers, is_rounded, others, columns.codes[name], lambda: _shown_values(values)
    )


_SHOWN: WeakKeyDictionary[Values, list[str]] = WeakKeyDictionary()  # a monitor asks again and again


def _shown_values(values: Values) -> list[str]:
    shown = _SHOWN.get(values, [])
    if len(shown) < len(values.distinct):
        new = values.distinct[len(shown) :]
        shown = shown + _folded([value if isinstance(value, str) else value_text(value) for value in new])
        _SHOWN[values] = shown
    return shown


def _folded(texts: list[str]) -> list[str]:
    """Return texts as hpq shows them, case folded: all at once, which is many times as fast."""
    if not "".join(texts).isprintable():
        texts = [text if text.isprintable() else plain(text) for text in texts]
    return "\n".join(texts).casefold().split("\n") if texts else []  # no text has a line break any more
