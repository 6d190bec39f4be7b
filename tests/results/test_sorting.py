"""Runs are sorted as a reader would sort them, by whatever their columns hold."""

import random
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from hpq.errors import UsageError
from hpq.queue.runs import Run
from hpq.queue.states import State
from hpq.results.columns import Columns
from hpq.results.picture.axes import natural_order
from hpq.results.sorting import sort_names, sorted_rows

LACKING = object()


def runs_with(values: list[Any]) -> list[Run]:
    return [
        Run(f"x-{row:03d}", "x", row, State.FINISHED, {} if value is LACKING else {"a": value})
        for row, value in enumerate(values)
    ]


def in_order(values: list[Any], reverse: bool = False) -> list[Any]:
    rows = sorted_rows(Columns(runs_with(values)), "a", reverse)
    return [values[row] for row in rows]


@pytest.mark.parametrize(
    "values",
    [
        [-2, 0.5, 3, 10],
        [False, True],
        ["layer1", "layer2", "layer10"],
        [1, 2.5, "0.5", "7", "a", "b"],
        [3, "a", [], [9], [1, 2], [1, 10], [2, 0], ["a", 0]],
        [[0.25], [0.5], ["a"], ["b"]],
        ["a", [], LACKING],
        [1, "a", None, LACKING],
        [5, 10**400, {"b": 1}],
    ],
)
def test_values_stand_in_this_order(values: list[Any]) -> None:
    shuffled = values[:]
    for seed in range(5):
        random.Random(seed).shuffle(shuffled)
        assert in_order(shuffled) == values
        there = [value for value in values if value is not LACKING]
        assert in_order(shuffled, reverse=True) == there[::-1] + [LACKING] * (len(values) - len(there))


@pytest.mark.parametrize("reverse", [False, True])
def test_equal_values_keep_the_order_that_they_have(reverse: bool) -> None:
    columns = Columns(runs_with([1, 1.0, LACKING, True, LACKING, 1]))
    assert sorted_rows(columns, "a", reverse).tolist() == [0, 1, 3, 5, 2, 4]
    rows = np.array([5, 4, 3, 1])
    assert sorted_rows(columns, "a", reverse, rows).tolist() == [5, 3, 1, 4]


RUNS = [
    Run(
        "b10-2",
        "b10",
        2,
        State.CRASHED,
        slot="gpu10",
        reason="b",
        enqueued_at=1.0,
        started_at=5.0,
        ended_at=6.0,
    ),
    Run("b2-1000", "b2", 1000, State.QUEUED, priority=3, enqueued_at=2.0),
    Run(
        "b2-999",
        "b2",
        999,
        State.RUNNING,
        best=0.2,
        loss=0.9,
        step=5,
        attempt=2,
        started_at=4.0,
        heard_at=9.0,
        replicates="b2-9",
    ),
    Run(
        "b10-1",
        "b10",
        1,
        State.FINISHED,
        best=0.1,
        loss=1.0,
        step=50,
        slot="gpu2",
        reason="a",
        ended_at=7.0,
        replicates="b10-2",
    ),
]


@pytest.mark.parametrize(
    ("name", "order", "reverse_order"),
    [
        ("run", [2, 1, 3, 0], [0, 3, 1, 2]),
        ("id", [2, 1, 3, 0], [0, 3, 1, 2]),
        ("search", [1, 2, 0, 3], [0, 3, 1, 2]),
        ("state", [1, 2, 3, 0], [0, 3, 2, 1]),
        ("best", [3, 2, 0, 1], [2, 3, 0, 1]),
        ("loss", [2, 3, 0, 1], [3, 2, 0, 1]),
        ("step", [2, 3, 0, 1], [3, 2, 0, 1]),
        ("attempt", [0, 1, 3, 2], [2, 0, 1, 3]),
        ("slot", [3, 0, 1, 2], [0, 3, 1, 2]),
        ("priority", [0, 2, 3, 1], [1, 0, 2, 3]),
        ("why", [3, 0, 1, 2], [0, 3, 1, 2]),
        ("reason", [3, 0, 1, 2], [0, 3, 1, 2]),
        ("replicates", [2, 3, 0, 1], [3, 2, 0, 1]),
        ("took", [0, 2, 1, 3], [2, 0, 1, 3]),
        ("age", [2, 3, 0, 1], [1, 0, 3, 2]),
    ],
)
def test_each_column_sorts(name: str, order: list[int], reverse_order: list[int]) -> None:
    columns = Columns(RUNS)
    assert sorted_rows(columns, name, now=10.0).tolist() == order
    assert sorted_rows(columns, name, reverse=True, now=10.0).tolist() == reverse_order


def test_every_name_sorts_and_no_other_does() -> None:
    columns = Columns([RUNS[0]._replace(drawn={"loss": "l1", "m.kind": "conv", "id": 3}), *RUNS[1:]])
    names = sort_names(columns)
    assert names[:3] == ["run", "search", "state"]
    assert names.count("loss") == 1
    assert names[-1] == "m.kind"
    for name in names:
        assert sorted(sorted_rows(columns, name).tolist()) == [0, 1, 2, 3]
    with pytest.raises(UsageError, match=r"^kind: no such column; .*there are run, .*m\.kind$"):
        sorted_rows(columns, "kind")
    with pytest.raises(UsageError, match=r"did you mean best\?"):
        sorted_rows(columns, "bets")


def test_no_runs_are_in_order() -> None:
    columns = Columns()
    for name in sort_names(columns):
        assert sorted_rows(columns, name).tolist() == []


def test_values_that_come_later_are_ranked_among_those_before() -> None:
    older = Columns(runs_with(["b", 2]))
    assert sorted_rows(older, "a").tolist() == [1, 0]
    newer = older.successor([*older.runs, *runs_with(["a", 1])])
    assert sorted_rows(newer, "a").tolist() == [3, 1, 2, 0]


NASTY = st.sampled_from(["", "[/bold]", "\x1b[31m", "é\n", "x" * 10_000, "10", "2", "1e-3", "²", "\ud800"])
SCALARS = st.one_of(
    NASTY,
    st.none(),
    st.booleans(),
    st.integers(),
    st.sampled_from([10**400, 1e305, float("inf"), float("nan")]),
)
VALUES = st.one_of(
    SCALARS,
    st.floats(allow_nan=False, allow_infinity=False),
    st.lists(st.one_of(SCALARS, st.lists(SCALARS, max_size=2)), max_size=3),
    st.dictionaries(NASTY, SCALARS, max_size=2),
    st.just(LACKING),
)


@given(values=st.lists(VALUES, max_size=8), reverse=st.booleans())
def test_nothing_that_runs_hold_stops_a_sort(values: list[Any], reverse: bool) -> None:
    assume(any(value is not LACKING for value in values))  # else nobody knows the name
    rows = sorted_rows(Columns(runs_with(values)), "a", reverse).tolist()
    assert sorted(rows) == list(range(len(values)))
    lacks = [values[row] is LACKING for row in rows]
    assert lacks == sorted(lacks)


SOUND = st.one_of(
    st.integers(-9, 9),
    st.floats(-9, 9),
    st.booleans(),
    st.sampled_from(["layer1", "layer2", "layer10", "é", "-3", "0.5"]),
    st.lists(st.integers(-3, 12), max_size=3),
    st.just(LACKING),
)


def naive_key(value: Any) -> tuple[int, Any]:
    if isinstance(value, str):
        return 1, natural_order(["layer1", "layer2", "layer10", "é", "-3", "0.5"]).index(value)
    if isinstance(value, list):
        return 2, (len(value), value)
    return 0, value


@given(values=st.lists(SOUND, max_size=12), reverse=st.booleans())
def test_columns_agree_with_a_plain_version(values: list[Any], reverse: bool) -> None:
    there = [row for row, value in enumerate(values) if value is not LACKING]
    assume(there)
    lacking = [row for row, value in enumerate(values) if value is LACKING]
    expected = sorted(there, key=lambda row: naive_key(values[row]), reverse=reverse) + lacking
    assert sorted_rows(Columns(runs_with(values)), "a", reverse).tolist() == expected


def test_a_hyperparameter_called_as_a_column_is_sorted_by_with_a_dot(runs) -> None:
    columns = Columns(runs([{"loss": "l2"}, {"loss": "l1"}]))
    assert ".loss" in sort_names(columns)
    assert sorted_rows(columns, ".loss").tolist() == [1, 0]
    assert sorted_rows(columns, "loss").tolist() == [0, 1]
