"""Hyperparameters as tests of significance see them: ranks of numbers, groups of everything else."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hpq.results.columns import ABSENT, Columns, Floats, Rows
from hpq.results.picture.axes import Kind, place

LEAST = 8  # runs that have a hyperparameter, fewer of which tell nothing
_QUARTERS = 4
_RARE = 5  # runs with a value, fewer of which are put together with other rare ones

Groups = NDArray[np.intp]


@dataclass(frozen=True, slots=True, eq=False)
class Variable:
    """A hyperparameter over the runs of a sample that have it."""

    name: str
    there: Rows  # which runs of the sample have it (M,), as places in the sample
    places: Floats  # their values, a list's length, or the place of a category in its axis (M,)
    ranks: Floats | None  # from 1, ties share their mean; None where values have no order (M,)
    groups: Groups  # the value's group: a category, rare ones together, or a quarter of the runs (M,)
    labels: tuple[str, ...] = ()  # of categories, by place
    is_length: bool = False  # whether places are lengths of lists


def variables(columns: Columns, rows: Rows) -> list[Variable]:
    """Return the hyperparameters that vary among some runs, each over those that have it."""
    return [
        variable for name in columns.varying(rows) if (variable := _variable(columns, rows, name)) is not None
    ]


def ranks(values: Floats) -> Floats:
    """Return the ranks of values (N,), from 1; ties share their mean."""
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    mean: Floats = (last - (counts - 1) / 2)[inverse]
    return mean


def _variable(columns: Columns, rows: Rows, name: str) -> Variable | None:
    codes = columns.codes[name][rows]
    there = np.flatnonzero(codes != ABSENT)
    places, axis = place(columns.values[name], codes[there])
    has_order = axis.kind in (Kind.NUMBER, Kind.LENGTH)
    groups = _quarters(places) if has_order else _common(places)
    if len(there) < LEAST or groups.max() == 0:  # 1 and 1.0 vary, and lie in one place
        return None
    return Variable(
        name=name,
        there=there,
        places=places,
        ranks=ranks(places) if has_order else None,
        groups=groups,
        labels=() if has_order else tuple(label for _, label in axis.ticks),
        is_length=axis.kind is Kind.LENGTH,
    )


def _quarters(places: Floats) -> Groups:
    """Return which quarter of the runs each belongs to, equal values to the same one (N,)."""
    part = (ranks(places) - 0.5) / len(places)
    return _renumbered((part * _QUARTERS).astype(np.intp))


def _common(places: Floats) -> Groups:
    """Return the groups of categories (N,), with those that are rare in one group."""
    counts = np.bincount(places.astype(np.intp))
    groups = np.where(counts < _RARE, len(counts), np.arange(len(counts)))[places.astype(np.intp)]
    return _renumbered(groups)


def _renumbered(groups: Groups) -> Groups:
    """Return groups numbered from 0 without gaps."""
    numbers: Groups = np.unique(groups, return_inverse=True)[1]
    return numbers
