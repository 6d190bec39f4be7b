"""Where along a hyperparameter crashes lie and losses are low, beside a search of every region."""

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from hpq.queue.runs import Run
from hpq.queue.states import State
from hpq.results.columns import Columns
from hpq.results.report.regions import crowded, lowest
from hpq.results.report.variables import Variable, variables

RUNS = 60


def variable(values: list[object]) -> Variable:
    runs = [Run(f"x-{index}", "x", index, State.FINISHED, {"v": value}) for index, value in enumerate(values)]
    (only,) = variables(Columns(runs), np.arange(len(runs)))
    return only


def log_likelihood(inside: NDArray[np.bool_], labels: NDArray[np.bool_]) -> float:
    """Return that of labels which have one share inside and another outside."""
    parts = (labels[inside], labels[~inside])
    return float(sum(stats.bernoulli.logpmf(part, part.mean()).sum() for part in parts))


@pytest.mark.parametrize("seed", range(8))
def test_the_crowded_region_is_the_likeliest_and_a_band_only_where_it_is_clearer(seed: int) -> None:
    rng = np.random.default_rng(seed)
    values = rng.integers(0, 25, RUNS)
    low, high = sorted(rng.choice(25, 2, replace=False))
    labels = rng.random(RUNS) < np.where((values >= low) & (values <= high), 0.8, 0.2)
    chances = {}
    for first in range(25):
        for last in range(first, 25):
            inside = (values >= first) & (values <= last)
            if RUNS / 10 <= inside.sum() <= RUNS * 0.9 and labels[inside].mean() > labels[~inside].mean():
                is_band = first > values.min() and last < values.max()
                chances[tuple(inside)] = log_likelihood(inside, labels) - 3 * is_band
    region = crowded(variable(values.tolist()), labels)
    assert chances[tuple(region.inside)] == pytest.approx(max(chances.values()))


def test_a_region_is_told_by_the_values_in_it() -> None:
    values = np.arange(100)
    where = {
        "up to 29": values < 30,
        "70 and more": values >= 70,
        "40 to 59": (values >= 40) & (values < 60),
    }
    for text, labels in where.items():
        assert crowded(variable(values.tolist()), labels).where == text


def test_more_values_than_borders_are_told_nearly_as_well() -> None:
    values = np.random.default_rng(1).random(5000)
    region = crowded(variable(values.tolist()), values > 0.8)
    assert (region.inside == (values > 0.8)).mean() > 0.99


def test_categories_are_those_of_the_highest_shares() -> None:
    values = np.array(list("abcd") * 20)
    labels = np.isin(values, ["b", "d"])
    labels[:4] = True  # one of a and one of c too
    region = crowded(variable(values.tolist()), labels)
    assert region.where == "b or d"
    assert region.inside.tolist() == np.isin(values, ["b", "d"]).tolist()


def test_losses_are_lowest_in_the_quarter_or_category_of_the_lowest_median() -> None:
    losses = np.abs(np.arange(40) - 25.0)
    assert lowest(variable(list(range(40))), losses).where == "20 to 29"
    assert lowest(variable(["left"] * 20 + ["right"] * 20), losses).where == "right"


def test_a_handful_of_runs_is_no_region_where_a_tenth_of_all_can_be_one() -> None:
    values = np.arange(100)
    region = crowded(variable(values.tolist()), (values >= 96) | (values % 20 == 0))
    assert region.where == "90 and more"
