"""Hyperparameters as tests see them: who has them, in which order and in which groups."""

from typing import Any

import numpy as np
import pytest

from hpq.queue.runs import Run
from hpq.queue.states import State
from hpq.results.columns import Columns
from hpq.results.report.scores import Scores
from hpq.results.report.variables import Variable, variables


def seen(values: list[Any]) -> list[Variable]:
    """Return what is seen of one hyperparameter, which runs with `...` do not have."""
    runs = [
        Run(f"x-{index}", "x", index, State.FINISHED, {} if value is ... else {"size": value})
        for index, value in enumerate(values)
    ]
    return variables(Columns(runs), np.arange(len(runs)))


def test_numbers_are_parted_into_quarters_of_the_runs() -> None:
    (variable,) = seen([8, 7, 6, 5, 4, 3, 2, 100])
    assert variable.groups.tolist() == [3, 2, 2, 1, 1, 0, 0, 3]
    assert variable.ranks is not None
    assert variable.ranks.tolist() == [7, 6, 5, 4, 3, 2, 1, 8]


def test_equal_numbers_are_in_one_quarter() -> None:
    (variable,) = seen([1] * 6 + [2, 3])
    assert variable.groups.tolist() == [0] * 6 + [1, 1]
    assert variable.ranks is not None
    assert variable.ranks.tolist() == [3.5] * 6 + [7, 8]


def test_categories_that_fewer_than_five_runs_have_are_one_group() -> None:
    (variable,) = seen(["a"] * 5 + ["b"] * 4 + ["c"] * 3 + ["d"] * 6)
    assert variable.groups.tolist() == [0] * 5 + [2] * 7 + [1] * 6
    assert (variable.ranks, variable.labels) == (None, ("a", "b", "c", "d"))


@pytest.mark.parametrize("there", [0, 7, 8, 12])
def test_eight_runs_that_have_it_are_enough(there: int) -> None:
    found = seen([..., *range(there), ...])
    assert len(found) == (there >= 8)
    if found:
        assert found[0].there.tolist() == list(range(1, there + 1))


@pytest.mark.parametrize("there", [range(9), range(1, 10), range(10)])
def test_scores_are_those_of_the_runs_that_have_it(there: range) -> None:
    (variable,) = seen([index if index in there else ... for index in range(10)])
    scores = Scores(np.arange(20.0).reshape(2, 10))
    assert scores.among(variable).values.tolist() == scores.values[:, list(there)].tolist()


@pytest.mark.parametrize("values", [[3] * 9, [1, 1.0] * 6, [[1], [2]] * 6, list("abcdefghij")])
def test_what_has_one_place_or_rare_values_only_is_none(values: list[Any]) -> None:
    assert seen(values) == []


def test_lists_count_by_their_length() -> None:
    (variable,) = seen([[0] * (index % 3) for index in range(9)])
    assert variable.is_length
    assert variable.places.tolist() == [0, 1, 2] * 3
