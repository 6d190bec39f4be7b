"""What of a search one chose to see, and in which order."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from hpq.errors import HpqError
from hpq.results.columns import ABSENT, Columns, Rows
from hpq.results.picture.look import USUAL, Look
from hpq.results.picture.panels import DRAWN, Picture, picture
from hpq.results.sorting import sorted_rows
from hpq.tui.bunches import Bunched

if TYPE_CHECKING:
    from hpq.results.filter import Filter

SHARES = (100, 50, 25, 10)  # per cent of the runs with a loss, those with the lowest


@dataclass(frozen=True, slots=True)
class View:
    """The choices that table and plots follow."""

    filter_text: str = ""
    filter: "Filter | None" = None  # None lets every run pass
    sorted_by: str = "best"
    is_reverse: bool = False
    hidden: frozenset[str] = frozenset()  # columns of the table
    best_share: int = 100  # one of SHARES
    want_log: bool = True
    look: Look = USUAL

    def rows(self, columns: Columns) -> Rows:
        """Return the rows to show in their order. A name that the runs no longer have shows none of them."""
        try:
            rows = (
                np.arange(len(columns.runs))
                if self.filter is None
                else np.flatnonzero(self.filter.rows(columns))
            )
        except HpqError:
            rows = np.zeros(0, np.intp)
        try:
            return sorted_rows(columns, self.sorted_by, self.is_reverse, rows)
        except HpqError:
            return rows

    def picture(
        self, columns: Columns, rows: Rows, bunched: Bunched, older: Picture | None = None
    ) -> Picture | str:
        """Return the picture of rows, or why there is none. An older one, if any, spares some work."""
        try:
            return picture(
                columns,
                rows=self._best(columns, rows),
                want_log=self.want_log,
                want_shares=self.best_share == 100,
                look=self._look(columns, rows),
                bunched=self.marked(bunched),
                older=older,
            )
        except HpqError as error:
            return str(error)

    def _look(self, columns: Columns, rows: Rows) -> Look:
        """Colour by nothing that no run drawn has: a filter may leave out those that do."""
        drawn = rows[columns.where(DRAWN)[rows]]
        codes = columns.codes.get(self.look.colour_by)
        is_there = codes is not None and (codes[drawn] != ABSENT).any()
        return self.look if is_there else replace(self.look, colour_by="")

    def marked(self, bunched: Bunched) -> frozenset[str]:
        """Return what a test found of the runs that pass, unless it was of others."""
        return bunched.names if bunched.filter_text == self.filter_text else frozenset()

    def _best(self, columns: Columns, rows: Rows) -> Rows:
        """Leave out the dots that are not among the best share; the crashes stay, since they have no rank."""
        if self.best_share == 100:
            return np.sort(rows)
        rows = np.sort(rows)
        losses = columns.numbers["best"][rows]
        there = losses[columns.where(DRAWN)[rows] & ~np.isnan(losses)]
        if not len(there):
            return rows
        count = max(1, round(len(there) * self.best_share / 100))
        limit = np.partition(there, count - 1)[count - 1]
        kept: Rows = rows[np.isnan(losses) | (losses <= limit)]
        return kept

    @property
    def note(self) -> str:
        """What the plots leave out."""
        return f"best {self.best_share} %" if self.best_share < 100 else ""

    @property
    def title(self) -> str:
        """What a picture of it is called."""
        return " · ".join(filter(None, (self.filter_text, self.note)))
