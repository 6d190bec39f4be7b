"""From a search and a count to the parameters of its runs, checked before anything is queued."""

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hpq.errors import UsageError
from hpq.search import post
from hpq.search.check import DRY_DRAWS, check
from hpq.search.domains import Kind
from hpq.search.draw import Draw
from hpq.search.grid import COUNT_LIMIT, Extent, grid, measure_grid
from hpq.search.names import Names
from hpq.search.samplers import Sample, draw_run
from hpq.search.tpe import check_optuna
from hpq.search.usercode import user_code

ASK_ABOVE = 1000  # a grid of more runs is queued only when the user says yes
DEFAULT_COUNT = 50
DEFAULT_POINTS = 3
MAX_COUNT = 1_000_000  # of one batch, which is drawn in memory: about 2 GB
SAMPLERS = ("random", "grid", "tpe")


@dataclass(frozen=True, slots=True)
class Plan:
    """What runs to draw from a space."""

    sample: Sample
    path: Path | None  # the search file; None for the bundled space
    seed: int
    fixed: Mapping[str, Any]
    sampler: str = "random"
    count: int | None = None  # None means all of a grid, and DEFAULT_COUNT random draws
    points: int = DEFAULT_POINTS  # of a range without steps in a grid
    command: str | None = None
    is_bundled: bool = False  # whether the bundled model trains, so that only its options may be drawn

    def check(self) -> None:
        """Try the space with dry draws. Raises HpqError when it, or what was asked for, makes no sense."""
        if self.count is not None and not 1 <= self.count <= MAX_COUNT:
            raise UsageError(f"-n lies between 1 and {MAX_COUNT:,}, not at {self.count:,}")
        if self.is_late:
            check_optuna()
        if not 1 <= self.points <= COUNT_LIMIT:
            raise UsageError(f"--points lies between 1 and {COUNT_LIMIT:,}, not at {self.points:,}")
        if self.sample is post.sample and not self.fixed:
            return  # the bundled space makes sense, as tests show
        report = check(self.sample, self.path, self.seed, self.fixed, self.command)
        if self.is_bundled:
            post.check_names(report.domains, self.path)

    @property
    def is_late(self) -> bool:
        """Whether runs are drawn when they start, and only queued before."""
        return self.sampler == "tpe"

    def grid_extent(self) -> Extent:
        """Return how large the grid is, and what it spends its runs on."""
        with user_code(self.path, is_quiet=True):
            return measure_grid(self.sample, self.points, self.fixed)

    def draw(self, first: int) -> list[dict[str, Any]]:
        """Return the parameters of the runs numbered from `first`; of late runs those that are fixed."""
        if self.is_late:
            return [self._constant()] * (self.count or DEFAULT_COUNT)
        return self.preview(first)

    def preview(self, first: int) -> list[dict[str, Any]]:
        """Return the parameters of the runs numbered from `first`; late ones as if none had ended before."""
        with user_code(self.path):
            if self.sampler == "grid":
                combinations = grid(self.sample, self.points, self.fixed)
                return [draw.values for draw in itertools.islice(combinations, self.count or COUNT_LIMIT)]
            return [draw.values for draw in self._random(first, self.count or DEFAULT_COUNT)]

    def _random(self, first: int, count: int) -> Iterator[Draw]:
        names = Names()
        for number in range(first, first + count):
            yield draw_run(self.sample, self.seed, number, self.fixed, names)

    def _constant(self) -> dict[str, Any]:
        """Return the values that no draw decides: those of `fix` and `--set` that every run has."""
        with user_code(self.path, is_quiet=True):
            draws = list(self._random(1, DRY_DRAWS))
        return {
            name: value
            for name, value in draws[0].values.items()
            if (name in self.fixed or draws[0].domains[name].kind is Kind.FIX)
            and all(name in draw.values and draw.values[name] == value for draw in draws)
        }
