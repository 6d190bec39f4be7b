"""Columns tell of runs what the runs tell of themselves, and never change."""

import random
from typing import Any

import numpy as np
import pytest

from hpq.queue.states import State
from hpq.results.columns import ABSENT, NUMBERS, STATES, Columns, Type, Values


def told(columns: Columns) -> list[dict[str, Any]]:
    """Return what columns say of each run, in words that do not depend on codes."""
    rows = []
    for row in range(len(columns.runs)):
        params = {
            name: repr(columns.values[name].distinct[codes[row]])
            for name, codes in columns.codes.items()
            if codes[row] != ABSENT
        }
        numbers = {name: str(column[row]) for name, column in columns.numbers.items()}
        is_draw = bool(columns.is_draw[row])
        rows.append({"state": STATES[columns.states[row]], "is_draw": is_draw, **numbers, **params})
    return rows


def arrays(columns: Columns) -> list[Any]:
    return [columns.states, columns.is_draw, *columns.numbers.values(), *columns.codes.values()]


def test_each_run_has_its_state_numbers_and_values(runs) -> None:
    made = runs([{"a": 1, "b": [1, 2]}, {"a": "x"}], [State.FINISHED, State.CRASHED])
    columns = Columns(made)
    assert columns.states.tolist() == [STATES.index(State.FINISHED), STATES.index(State.CRASHED)]
    assert np.array_equal(columns.numbers["best"], [1.0, np.nan], equal_nan=True)
    assert set(columns.numbers) == set(NUMBERS)
    assert columns.codes["b"].tolist() == [0, ABSENT]
    assert [columns.values["a"].distinct[code] for code in columns.codes["a"]] == [1, "x"]


def test_replicates_are_no_draws(runs) -> None:
    made = runs([{"a": 1}, {"a": 2}, {"a": 1}])
    made[2] = made[2]._replace(replicates=made[0].id)
    assert Columns(made).is_draw.tolist() == [True, True, False]


def test_values_are_told_apart_as_json_tells_them_apart() -> None:
    different = [1, 1.0, True, "1", None, [1], [1.0], ["1"], [[1]], {"a": 1}, {"a": True}, [{"a": 1}], "[1]"]
    values = Values(different)
    assert values.distinct == different
    assert [values.code(value) for value in different] == list(range(len(different)))
    assert values.code({"b": [1], "a": 2}) == values.code({"a": 2, "b": [1]})
    assert values.code([{"b": 1, "a": 2}]) == values.code([{"a": 2, "b": 1}])


def test_values_that_are_added_are_described_too() -> None:
    values = Values([2, True])
    assert values.types.tolist() == [Type.WHOLE, Type.BOOLEAN]
    values.code([7, 8, 9])
    assert values.types.tolist() == [Type.WHOLE, Type.BOOLEAN, Type.LIST]
    assert values.numbers.tolist() == [2, 1, 3]


def test_a_copy_of_values_keeps_what_is_added_to_it_to_itself() -> None:
    values = Values(["a"])
    further = values.copy()
    assert (values.code("b"), further.code("c"), further.code("a")) == (1, 1, 0)
    assert (values.distinct, further.distinct) == (["a", "b"], ["a", "c"])


def test_the_same_runs_have_the_same_columns(search) -> None:
    columns = Columns(search(5))
    assert columns.successor(columns.runs) is columns


def test_columns_that_did_not_change_are_shared_with_the_successor(search) -> None:
    made = search(50)
    columns = Columns(made)
    newer = columns.successor([made[0]._replace(step=77), *made[1:]])
    assert newer.numbers["step"][0] == 77
    assert np.isnan(columns.numbers["step"][0])
    assert newer.numbers["step"] is not columns.numbers["step"]
    assert newer.states is columns.states
    assert newer.is_draw is columns.is_draw
    assert newer.numbers["best"] is columns.numbers["best"]
    assert newer.codes is columns.codes
    assert newer.values is columns.values


def test_no_column_can_be_written_to(search) -> None:
    columns = Columns(search(20))
    newer = columns.successor([columns.runs[0]._replace(best=0.25), *columns.runs[1:]])
    grown = newer.successor([*newer.runs, *search(3)])
    for each in (columns, newer, grown):
        assert not any(array.flags.writeable for array in arrays(each))
    with pytest.raises(ValueError, match="read-only"):
        columns.states[0] = 0


def test_runs_that_are_added_leave_codes_and_known_values_as_they_were(runs) -> None:
    made = runs([{"kind": "a", "n": i} for i in range(4)])
    columns = Columns(made)
    further = runs([{"kind": "a", "n": 9, "new": True}])
    newer = columns.successor([*further, *made])
    assert newer.codes["n"].tolist() == [4, 0, 1, 2, 3]
    assert newer.values["kind"] is columns.values["kind"]
    assert newer.codes["new"].tolist() == [0, ABSENT, ABSENT, ABSENT, ABSENT]
    assert columns.values["n"].distinct == [0, 1, 2, 3]
    assert "new" not in columns.codes


def test_hyperparameters_of_runs_that_are_gone_are_gone(runs) -> None:
    made = runs([{"a": 1}, {"b": 2}])
    newer = Columns(made).successor(made[1:])
    assert list(newer.codes) == ["b"]
    assert newer.successor([]).codes == {}


@pytest.mark.parametrize("seed", range(5))
def test_successors_tell_what_new_columns_would_and_leave_the_older_as_they_were(seed, search) -> None:
    chance = random.Random(seed)
    pool = search(40)
    current = Columns(pool[:20])
    for _ in range(30):
        before = told(current)
        made = list(current.runs)
        for _ in range(chance.randint(0, 3)):
            row = chance.randrange(len(made))
            match chance.randrange(4):
                case 0:
                    made[row] = made[row]._replace(state=chance.choice(STATES), best=chance.random())
                case 1:
                    made[row] = made[row]._replace(drawn={**made[row].params, "x": chance.randrange(9)})
                case 2:
                    made.insert(row, chance.choice(pool))
                case _ if len(made) > 1:
                    del made[row]
        newer = current.successor(made)
        assert told(newer) == told(Columns(made))
        assert newer.varying() == Columns(made).varying()
        assert told(current) == before
        current = newer


def test_hyperparameters_stand_in_the_order_in_which_a_reader_counts(runs) -> None:
    names = ["p1", "p2", "p02", "p10", "q.k2.x", "q.k11.x"]
    columns = Columns(runs([dict.fromkeys(names[::-1], 1), {"p3": 2}]))
    order = ["p1", "p02", "p2", "p3", "p10", "q.k2.x", "q.k11.x"]
    assert list(columns.codes) == list(columns.values) == order
    newer = columns.successor([*columns.runs, *runs([{"p9": 1}])])
    assert list(newer.codes) == ["p1", "p02", "p2", "p3", "p9", "p10", "q.k2.x", "q.k11.x"]
