"""Scores of runs, shuffle by shuffle, with the sums that every test of them needs."""

from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from hpq.results.columns import Floats
from hpq.results.report.variables import Variable


class Scores:
    """Rows of scores (B, N), each row a shuffle: 1 and 0 for runs that crashed or not, or ranks of losses."""

    def __init__(self, values: Floats) -> None:
        self.values = values

    def __len__(self) -> int:
        return len(self.values)

    def among(self, variable: Variable) -> "Scores":
        """Return the scores in the places of the runs that have a hyperparameter."""
        has_all = len(variable.there) == self.values.shape[1]
        return self if has_all else Scores(self.values[:, variable.there])

    @cached_property
    def labels(self) -> NDArray[np.bool_]:
        """Which scores are not 0 (B, N): an eighth of the memory to reorder."""
        labels: NDArray[np.bool_] = self.values != 0
        return labels

    @cached_property
    def total(self) -> Floats:
        """The sum of each row (B,)."""
        total: Floats = self.values.sum(axis=1)
        return total

    @cached_property
    def spread(self) -> Floats:
        """The sum of squares about the mean of each row (B,)."""
        squares: Floats = np.einsum("bn,bn->b", self.values, self.values)
        spread: Floats = squares - self.total**2 / self.values.shape[1]
        return spread
