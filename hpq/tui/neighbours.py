"""Where one run stands among all: which of the table it is, what lies beside it, what varies."""

from collections.abc import Mapping

import numpy as np

from hpq.queue.runs import Run
from hpq.results.columns import Columns, Rows
from hpq.tui.source import Snapshot

_BESIDE = (("before", -1), ("after", 1))


class Neighbours:
    """Looks once at each snapshot, since there may be ten thousand runs."""

    def __init__(self) -> None:
        self.run: Run | None = None  # as the snapshot has it; None where it is not in the queue
        self.place = ""  # in words
        self.beside: Mapping[str, Run] = {}  # the runs before and after it in the table
        self.varying: frozenset[str] = frozenset()  # hyperparameters that vary in its search
        self._columns = Columns()
        self._order: Rows = np.zeros(0, np.intp)
        self._row = 0
        self._position: int | None = None
        self._varying_of: object = None

    def look(self, snapshot: Snapshot, order: Rows, run: Run) -> None:
        """Find a run in a snapshot. `order` are the rows of the table in their order."""
        self._columns, self._order = snapshot.columns, order
        self.run = self._find(run)
        found = np.flatnonzero(order == self._row).tolist() if self.run else []
        self._position = found[0] if found else None
        self.place = self._told()
        near = {name: self.at(step) for name, step in _BESIDE}
        self.beside = {name: run for name, run in near.items() if run is not None}
        self._vary(run.search)

    def at(self, step: int) -> Run | None:
        """Return the run so many places further in the table."""
        if self._position is None or not 0 <= self._position + step < len(self._order):
            return None
        return self._columns.runs[int(self._order[self._position + step])]

    def _find(self, run: Run) -> Run | None:
        runs = self._columns.runs
        if self._row < len(runs) and runs[self._row].id == run.id:  # rows seldom move
            return runs[self._row]
        self._row = next((row for row, each in enumerate(runs) if each.id == run.id), 0)
        return runs[self._row] if runs and runs[self._row].id == run.id else None

    def _told(self) -> str:
        if self._position is not None:
            return f"{self._position + 1:,} of {len(self._order):,}"
        return "no longer in the queue" if self._columns.runs and self.run is None else ""

    def _vary(self, search: str) -> None:
        """Find what varies in a search, anew when runs came or went."""
        runs = self._columns.runs
        if (search, len(runs)) != self._varying_of:
            rows = np.array([row for row, run in enumerate(runs) if run.search == search], np.intp)
            self._varying_of = search, len(runs)
            self.varying = frozenset(self._columns.varying(rows)) if len(rows) else frozenset()
