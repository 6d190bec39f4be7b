"""Where along a hyperparameter runs differ most: one end of it, a band within, or some of its categories."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from hpq.results.columns import Floats
from hpq.results.plain import value_text
from hpq.results.report.variables import Variable

_PARTS = 20  # of the runs, at whose borders a region may begin or end
_LEAST_PART = 0.1  # of the runs, in a region and outside
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
    best = max(_candidates(variable, labels), key=lambda pair: pair[1], default=None)
    if best is None:
        return Region("everywhere", np.ones(len(labels), bool))
    return best[0]


def _candidates(variable: Variable, labels: Mask) -> Iterator[tuple[Region, float]]:
    """Yield regions in which more are labelled than outside, and how likely each is."""
    regions = _ranges(variable) if variable.ranks is not None else _categories(variable, labels)
    for region, handicap in regions:
        inside, outside = labels[region.inside], labels[~region.inside]
        if min(len(inside), len(outside)) >= _LEAST_PART * len(labels) and inside.mean() > outside.mean():
            yield region, _log_likelihood(inside) + _log_likelihood(outside) - handicap


def _log_likelihood(labels: Mask) -> float:
    share = labels.mean()
    return float(len(labels) * (special.xlogy(share, share) + special.xlogy(1 - share, 1 - share)))


def _ranges(variable: Variable) -> Iterator[tuple[Region, float]]:
    """Yield the ranges between borders that part the runs about evenly."""
    places = variable.places
    lows = np.unique(np.quantile(places, np.linspace(0, 1, _PARTS, endpoint=False), method="nearest"))
    for index, low in enumerate(lows):
        for end in (*lows[index + 1 :], np.inf):
            inside = (places >= low) & (places < end)
            if not inside.all():
                is_band = index > 0 and end < np.inf
                yield Region(_range_text(variable, inside), inside), _BAND if is_band else 0.0


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


def _categories(variable: Variable, labels: Mask) -> Iterator[tuple[Region, float]]:
    """Yield the categories of the highest share, those of the two highest, and so on."""
    places = variable.places.astype(np.intp)
    counts = np.bincount(places, minlength=len(variable.labels))
    shares = np.bincount(places, labels, len(variable.labels)) / np.maximum(counts, 1)
    order = np.argsort(-shares, kind="stable")
    for number in range(1, len(order)):
        chosen = np.sort(order[:number])
        inside = np.isin(places, chosen)
        yield Region(" or ".join(variable.labels[place] for place in chosen), inside), 0.0


def lowest(variable: Variable, losses: Floats) -> Region:
    """Return the group of values, a quarter of the runs or a category, whose median loss is lowest."""
    medians = [np.median(losses[variable.groups == group]) for group in range(variable.groups.max() + 1)]
    inside = variable.groups == int(np.argmin(medians))
    if variable.ranks is not None:
        return Region(_range_text(variable, inside), inside)
    chosen = np.unique(variable.places[inside].astype(np.intp))
    return Region(" or ".join(variable.labels[place] for place in chosen), inside)
