"""From a search and a count to the parameters of its runs, checked before anything is queued."""

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hpq.errors import UsageError
from hpq.search import post
from hpq.search.check import check
from hpq.search.grid import COUNT_LIMIT, count_grid, grid
from hpq.search.names import Names
from hpq.search.samplers import Sample, draw_run
from hpq.search.usercode import user_code

ASK_ABOVE = 1000  # a grid of more runs is queued only when the user says yes
DEFAULT_COUNT = 50
DEFAULT_POINTS = 3
MAX_COUNT = 1_000_000  # of one batch, which is drawn in memory: about 2 GB
SAMPLERS = ("random", "grid")


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
        if not 1 <= self.points <= COUNT_LIMIT:
            raise UsageError(f"--points lies between 1 and {COUNT_LIMIT:,}, not at {self.points:,}")
        if self.sample is post.sample and not self.fixed:
            return  # the bundled space makes sense, as tests show
        report = check(self.sample, self.path, self.seed, self.fixed, self.command)
        if self.is_bundled:
            post.check_names(report.domains, self.path)

    def grid_size(self) -> int:
        """Return the number of combinations; more than COUNT_LIMIT means that there are more."""
        with user_code(self.path, is_quiet=True):
            return count_grid(self.sample, self.points, self.fixed)

    def draw(self, first: int) -> list[dict[str, Any]]:
        """Return the parameters of the runs numbered from `first`."""
        with user_code(self.path):
            if self.sampler == "grid":
                combinations = grid(self.sample, self.points, self.fixed)
                return [draw.values for draw in itertools.islice(combinations, self.count or COUNT_LIMIT)]
            numbers = range(first, first + (self.count or DEFAULT_COUNT))
            names = Names()
            draws = (draw_run(self.sample, self.seed, number, self.fixed, names) for number in numbers)
            return [draw.values for draw in draws]
