"""Where along a hyperparameter runs differ most: one end of it, a band within, or some of its categories."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from hpq.results.columns import Floats
from hpq.results.plain import plain, value_text
from hpq.results.report.variables import Groups, Variable

_BORDERS = 300  # between which regions are sought: between all values, or so many parts of the runs
_LEAST_PART = 0.1  # of the runs, in a region and outside
_SMALL = 1e9  # by which a smaller one comes behind all others
_NAMED = 6  # categories, of which others are counted
_WIDEST = 40  # characters of a category
_BAND = 3.0  # by which the logarithm of the likelihood must be better for a region of two borders

Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Region:
    """Some of a hyperparameter's values."""

    where: str  # in words, after its name
    inside: Mask  # which of the runs that have the hyperparameter lie in it (M,)


def crowded(variable: Variable, labels: Mask) -> Region:
    """Return where the share of labelled runs (M,) is higher: the region of the greatest likelihood.

    The likelihood is that of one share inside and another outside, as in Kulldorff's scan statistic
    (Communications in Statistics 26, 1997). It describes what a test has found, and tests nothing.
    """
    if variable.ranks is None:
        inside = _crowded_categories(variable, labels)
        return Region(_categories_text(variable, inside), inside)
    inside = _crowded_range(variable.places, labels)
    return Region(_range_text(variable, inside), inside)


def _crowded_range(places: Floats, labels: Mask) -> Mask:
    """Return which runs lie at the crowded end of a hyperparameter, or in a band where that is clearer."""
    values, value = np.unique(places, return_inverse=True)
    below = np.concatenate([[0], np.cumsum(np.bincount(value))])  # runs below each value, and all
    labelled_below = np.concatenate([[0], np.cumsum(np.bincount(value, labels))])
    borders = np.arange(len(below))
    if len(borders) > _BORDERS:
        borders = np.unique(np.searchsorted(below, np.linspace(0, below[-1], _BORDERS)))
    first, end = (borders[side] for side in np.triu_indices(len(borders), 1))
    gains = _gains(
        below[end] - below[first], labelled_below[end] - labelled_below[first], below[-1], labelled_below[-1]
    )
    best = int(np.argmax(gains - _BAND * ((first > 0) & (end < len(values)))))
    inside: Mask = (value >= first[best]) & (value < end[best])
    return inside


def _crowded_categories(variable: Variable, labels: Mask) -> Mask:
    """Return which runs have one of the categories of the highest shares."""
    places = variable.places.astype(np.intp)
    runs = np.bincount(places, minlength=len(variable.labels))
    labelled = np.bincount(places, labels, len(variable.labels))
    order = np.argsort(-labelled / np.maximum(runs, 1), kind="stable")
    gains = _gains(np.cumsum(runs[order]), np.cumsum(labelled[order]), len(labels), labels.sum())
    inside: Mask = np.isin(places, order[: int(np.argmax(gains)) + 1])
    return inside


def _gains(runs: Groups, labelled: Floats, all_runs: int, all_labelled: float) -> Floats:
    """Return how likely regions of so many runs are (R,): small ones only where there is no other."""
    others, other_labelled = all_runs - runs, all_labelled - labelled
    inside, outside = labelled / np.maximum(runs, 1), other_labelled / np.maximum(others, 1)
    likelihood = _log_likelihood(runs, inside) + _log_likelihood(others, outside)
    is_small = np.minimum(runs, others) < _LEAST_PART * all_runs
    return np.where(inside > outside, likelihood - _SMALL * is_small, -np.inf)


def _log_likelihood(runs: Groups, share: Floats) -> Floats:
    likelihood: Floats = runs * (special.xlogy(share, share) + special.xlogy(1 - share, 1 - share))
    return likelihood


def _range_text(variable: Variable, inside: Mask) -> str:
    places = variable.places
    low, high = places[inside].min(), places[inside].max()
    text = _place_text(low) if low == high else f"{_place_text(low)} to {_place_text(high)}"
    if low == places.min():
        text = f"up to {_place_text(high)}"
    elif high == places.max():
        text = f"{_place_text(low)} and more"
    return f"{text} values" if variable.is_length else text


def _place_text(place: float) -> str:
    return value_text(int(place) if place == int(place) and abs(place) < 2**53 else float(place))


def _categories_text(variable: Variable, inside: Mask) -> str:
    chosen = np.unique(variable.places[inside].astype(np.intp))
    labels = [plain(variable.labels[place], _WIDEST) for place in chosen]
    if len(labels) > _NAMED:
        labels[_NAMED - 1 :] = [f"{len(labels) - _NAMED + 1} others"]
    return " or ".join(labels)


def lowest(variable: Variable, losses: Floats) -> Region:
    """Return the group of values, a quarter of the runs or a category, whose median loss is lowest."""
    medians = [np.median(losses[variable.groups == group]) for group in range(variable.groups.max() + 1)]
    inside = variable.groups == int(np.argmin(medians))
    text = _categories_text if variable.ranks is None else _range_text
    return Region(text(variable, inside), inside)
