"""The runs whose shares of crashes are told: those that repeat others are no further draws."""

from dataclasses import dataclass

import numpy as np

from hpq.results.columns import ABSENT, Codes, Columns, Floats, Rows
from hpq.results.picture.axes import Axis
from hpq.results.picture.shares import Shares, shares


@dataclass(frozen=True, slots=True, eq=False)
class Draws:
    """Draws of a picture that crashed, and the others."""

    others: Rows
    crashes: Rows

    @classmethod
    def of(cls, columns: Columns, dots: Rows, crashes: Rows) -> "Draws | None":
        """Return the draws among dots and crashes; None where all crashed or none, which tells nothing."""
        draws = cls(dots[columns.is_draw[dots]], crashes[columns.is_draw[crashes]])
        return draws if len(draws.others) and len(draws.crashes) else None

    @property
    def share(self) -> float:
        return len(self.crashes) / (len(self.crashes) + len(self.others))

    def along(self, axis: Axis, places: Floats, codes: Codes) -> Shares | None:
        """Return the shares along an axis, given the place of each value (V,), and which runs have it."""
        others, crashed = (
            np.bincount(codes[rows] - ABSENT, minlength=len(places) + 1)[1:]
            for rows in (self.others, self.crashes)
        )
        there = others + crashed > 0
        if not there.any():
            return None
        return shares(axis, places[there], (others + crashed)[there], crashed[there], self.share)
