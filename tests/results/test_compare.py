"""A run beside its neighbours."""

import pytest

from hpq.results.compare import ABSENT, Difference, compare


def test_what_differs_from_both_neighbours_comes_first_and_what_never_differs_last() -> None:
    run = {"a": 1, "b": 2, "c": 3, "d": 4}
    before = {"a": 1, "b": 2, "c": 0, "d": 0}
    after = {"a": 1, "b": 2, "c": 3, "d": 0}
    lines = compare(run, [before, after], {"b", "c", "d"})
    assert [line.name for line in lines] == ["d", "c", "b", "a"]
    assert [line.difference for line in lines] == list(Difference)


def test_a_run_without_neighbours_is_compared_with_its_search() -> None:
    lines = compare({"a": 1, "b": 2}, [], {"b"})
    assert [(line.name, line.difference) for line in lines] == [
        ("b", Difference.ELSEWHERE),
        ("a", Difference.NOWHERE),
    ]


def test_a_hyperparameter_that_only_a_neighbour_has_is_absent() -> None:
    (line,) = compare({}, [{"a": None}], ())
    assert (line.value, line.others, line.difference) == (ABSENT, (None,), Difference.FROM_BOTH)


@pytest.mark.parametrize(("one", "other"), [(1, 1.0), (1, True), ("1", 1), ([1, 2], [2, 1]), (None, 0)])
def test_values_that_are_written_differently_differ(one: object, other: object) -> None:
    assert compare({"a": one}, [{"a": other}], ())[0].difference is Difference.FROM_BOTH


def test_lists_of_the_same_values_are_the_same() -> None:
    assert compare({"a": [1, {"b": 2}]}, [{"a": [1, {"b": 2}]}], ())[0].difference is Difference.NOWHERE
