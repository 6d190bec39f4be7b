"""Pairs of hyperparameters that tell crashes together, as depth times profundity does for memory."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from hpq.results.columns import Floats, Rows
from hpq.results.report.parts import Part
from hpq.results.report.permutation import adjusted, shuffles
from hpq.results.report.ranktests import trend_p
from hpq.results.report.regions import Mask
from hpq.results.report.scores import Scores
from hpq.results.report.variables import LEAST, Variable, ranks

_BETTER = 0.03  # of the area under the curve, by which a pair tells more than the better one of the two
_MOST = 6  # hyperparameters, of which there are fifteen pairs
_LEVEL = 0.05


@dataclass(frozen=True, slots=True)
class Pair:
    """Two hyperparameters whose product tells which runs crash, better than either does."""

    name: str  # such as depth × profundity, or depth / size
    p: float  # adjusted for all pairs that were tested
    n: int  # runs that have both
    area: float  # under the curve: how often the product is larger, or smaller, of a run that crashed
    alone: float  # the same of the better one of the two
    highest: Part  # the third of the runs where the product is largest, or as near as equal ones let it be
    lowest: Part

    @property
    def effect(self) -> float:
        """By how much the share of crashes is higher in the highest third than in the lowest."""
        return self.highest.share - self.lowest.share


@dataclass(frozen=True, slots=True, eq=False)
class _Product:
    name: str
    there: Rows  # runs that have both (M,)
    crashed: Mask  # which of them did (M,)
    ranks: Floats  # of the product (M,)
    alone: float


def find_pairs(flagged: Sequence[Variable], crashed: Mask) -> tuple[Pair, ...]:
    """Return the pairs among numbers along which crashes bunch that tell more than either, by p."""
    numbers = [variable for variable in flagged if variable.ranks is not None][:_MOST]
    products = [
        product
        for one, other in itertools.combinations(numbers, 2)
        if (product := _product(one, other, crashed)) is not None
    ]
    if not products:
        return ()
    smallest = [
        [trend_p(Scores(labels[:, each.there]), each.ranks) for each in products]
        for order in shuffles(len(crashed))
        for labels in [crashed[order].astype(np.float64)]
    ]
    all_p = adjusted(np.concatenate(smallest, axis=1).T)
    pairs = [_pair(product, p) for product, p in zip(products, all_p, strict=True) if p <= _LEVEL]
    return tuple(
        sorted((pair for pair in pairs if pair.area > pair.alone + _BETTER), key=lambda pair: pair.p)
    )


def _product(one: Variable, other: Variable, crashed: Mask) -> _Product | None:
    """Return two hyperparameters' product, in ranks; their quotient where crashes fall with one of them."""
    there = np.intersect1d(one.there, other.there, assume_unique=True)
    labels = crashed[there]
    if len(there) < LEAST or labels.all() or not labels.any():
        return None
    parts = [ranks(each.places[np.searchsorted(each.there, there)]) for each in (one, other)]
    areas = [_area(part, labels) for part in parts]
    names, sign, factors = [one.name, other.name], "×", parts
    rises = [area >= 0.5 for area in areas]
    if rises == [True, False]:
        sign, factors = "/", [parts[0], -parts[1]]
    elif rises == [False, True]:
        names, sign, factors = names[::-1], "/", [parts[1], -parts[0]]
    return _Product(
        name=f"{names[0]} {sign} {names[1]}",
        there=there,
        crashed=labels,
        ranks=ranks(factors[0] + factors[1]),
        alone=max(map(_either_way, areas)),
    )


def _area(places: Floats, labels: Mask) -> float:
    """Return how often a labelled run ranks above another, ties counted half."""
    chosen = int(labels.sum())
    above = ranks(places)[labels].sum() - chosen * (chosen + 1) / 2
    return float(above / (chosen * (len(labels) - chosen)))


def _either_way(area: float) -> float:
    """Return the area for labelled runs that rank above others, or below them where that is clearer."""
    return max(area, 1 - area)


def _pair(product: _Product, p: float) -> Pair:
    part = (product.ranks - 0.5) / len(product.ranks)
    return Pair(
        name=product.name,
        p=float(p),
        n=len(product.there),
        area=_either_way(_area(product.ranks, product.crashed)),
        alone=product.alone,
        highest=Part.of(product.crashed[part >= min(2 / 3, part.max())]),
        lowest=Part.of(product.crashed[part <= max(1 / 3, part.min())]),
    )
