"""Filters beside a plain version, run by run, of which the columns are a fast one."""

import json
import operator
from collections.abc import Callable
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from hpq.errors import UsageError
from hpq.queue.runs import Run
from hpq.queue.states import State
from hpq.results.columns import Columns
from hpq.results.filter import parse_filter
from hpq.results.plain import number_text, value_text

NASTY = [
    "a",
    "A b",
    "[/bold]",
    "\x1b[31m",
    "é\nÉ",
    "x" * 10_000,
    "1",
    "0.5",
    "true",
    "[0]",
    "\ud800",
    "|",
    '"',
]
JSON = st.one_of(
    st.sampled_from(NASTY),
    st.none(),
    st.booleans(),
    st.integers(-3, 3),
    st.sampled_from([10**400, 2**60, 1e305, 0.5, 0.123456, 1e-9, -0.0]),
    st.floats(allow_nan=False, allow_infinity=False),
    st.lists(st.one_of(st.integers(0, 2), st.sampled_from(NASTY)), max_size=2),
    st.dictionaries(st.sampled_from(NASTY), st.integers(0, 2), max_size=1),
)
PARAMS = st.dictionaries(st.sampled_from(["a", "m.a", "n.a", "b"]), JSON, max_size=4)


def passing(text: str, runs: list[Run]) -> list[int]:
    """Return which runs pass, counted from 1."""
    rows = parse_filter(text).rows(Columns(runs))
    assert rows.shape == (len(runs),)
    assert rows.dtype == bool
    return [row + 1 for row in range(len(runs)) if rows[row]]


@st.composite
def many_runs(draw: st.DrawFn) -> list[Run]:
    loss = st.none() | st.floats(allow_nan=False, allow_infinity=False)
    made = []
    for number, params in enumerate(draw(st.lists(PARAMS, max_size=6)), 1):
        told = {
            "best": draw(loss),
            "slot": draw(st.sampled_from(["", *NASTY])),
            "reason": draw(st.text(max_size=9)),
        }
        made.append(Run(f"x-{number:03d}", "x", number, draw(st.sampled_from(list(State))), params, **told))
    return made


def naive_values(run: Run, name: str, all_names: set[str]) -> list[Any]:
    if name in ("best", "slot", "reason"):
        value = getattr(run, name)
        return [] if value in (None, "") else [value]
    names = [name] if name in all_names else [full for full in all_names if full.endswith("." + name)]
    return [run.params[full] for full in names if full in run.params]


def naive_number(value: Any) -> float | None:
    if isinstance(value, list):
        return float(len(value))
    if isinstance(value, bool) or not isinstance(value, int | float) or abs(value) >= 1e300:
        return None
    return float(value)


def naive_equals(value: Any, text: str) -> bool:
    try:
        wanted: float | None = float(text)
    except ValueError:
        wanted = None
    number = naive_number(value)
    if number is not None and wanted is not None:
        shown = float(number_text(value)) if isinstance(value, float) else number
        if wanted in (number, shown):
            return True
    if isinstance(value, str):
        return value == text
    if isinstance(value, list | dict):
        try:
            return bool(json.loads(text) == value)
        except ValueError:
            return False
    return number is None and value_text(value) == text


SIGNS: dict[str, Callable[[Any, Any], bool]] = {
    ">": operator.gt,
    "<": operator.lt,
    ">=": operator.ge,
    "<=": operator.le,
}


def naive(run: Run, name: str, sign: str, text: str, all_names: set[str]) -> bool:
    values = naive_values(run, name, all_names)
    if sign == ":":
        return any(text.casefold() in value_text(value).casefold() for value in values)
    if sign == "=":
        return any(naive_equals(value, text) for value in values)
    if sign == "!=":
        return bool(values) and not any(naive_equals(value, text) for value in values)
    numbers = [number for value in values if (number := naive_number(value)) is not None]
    return any(SIGNS[sign](number, float(text)) for number in numbers)


@given(
    runs=many_runs(),
    name=st.sampled_from(["a", "m.a", "b", "best", "slot", "reason"]),
    sign=st.sampled_from([":", "=", "!=", *SIGNS]),
    number=st.sampled_from(["0", "1", "0.5", "-2", "1e-9", "0.1235", "1e301"]),
    word=st.sampled_from(["a", "[0]", "[1,2]", "x", "\\x1b", "é", "true", "none", "{}", "1e305"]),
    is_number=st.booleans(),
    is_negated=st.booleans(),
)
def test_columns_agree_with_a_plain_version(
    runs: list[Run], name: str, sign: str, number: str, word: str, is_number: bool, is_negated: bool
) -> None:
    all_names = {full for run in runs for full in run.params}
    text = number if is_number or sign in SIGNS or name == "best" else word
    known = all_names | {full.rpartition(".")[2] for full in all_names} | {"best", "slot", "reason"}
    if name not in known or (name in ("slot", "reason") and sign in SIGNS):
        return
    typed = f"{'-' * is_negated}{name}{sign}{text}"
    expected = [
        index for index, run in enumerate(runs, 1) if naive(run, name, sign, text, all_names) != is_negated
    ]
    assert passing(typed, runs) == expected


@given(runs=many_runs(), word=st.sampled_from([*NASTY, "x-0", "É", "\\n"]))
def test_a_word_alone_is_looked_for_in_all_texts(runs: list[Run], word: str) -> None:
    word = word.replace('"', "").replace("|", "") or "a"
    expected = []
    for index, run in enumerate(runs, 1):
        drawn = [value for value in run.params.values() if isinstance(value, str)]
        texts = [text for text in (run.id, run.search, run.slot, run.reason, *drawn) if text]
        if any(word.casefold() in value_text(text).casefold() for text in texts):
            expected.append(index)
    assert passing(f'"{word}"', runs) == expected


@given(runs=many_runs(), text=st.text() | st.text(alphabet='ab:=<>!-|"[]. 01', max_size=12))
def test_whatever_is_typed_is_a_filter_or_a_usage_error(runs: list[Run], text: str) -> None:
    try:
        rows = parse_filter(text).rows(Columns(runs))
    except UsageError:
        return
    assert rows.shape == (len(runs),)
