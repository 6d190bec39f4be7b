"""The report of a search: what its picture says to three questions."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from hpq.queue.runs import Run
from hpq.queue.states import State
from hpq.results.columns import Columns
from hpq.results.report.crashes import Crashes, bunched_without_finishing, find_crashes
from hpq.results.report.direction import Directions, find_directions
from hpq.results.report.leaders import Luck, find_leaders


@dataclass(frozen=True, slots=True)
class Report:
    """Whether crashes bunch, whether there is a direction, and whether the leaders are luck."""

    searches: tuple[str, ...]
    counts: Mapping[State, int]  # of draws by state, those that occur
    replicates: int  # besides the draws
    best: Run | None  # the draw with the lowest loss
    samplers: Mapping[str, int]  # draws by what drew them
    crashes: Crashes
    directions: Directions
    luck: Luck


def make_report(runs: Sequence[Run], samplers: Sequence[str] = ()) -> Report:
    """Return the report of some runs; `samplers` says of each what drew it."""
    columns = Columns(runs)
    rows = np.arange(len(runs))
    draws = [run for run in runs if not run.replicates]
    counts = Counter(run.state for run in draws)
    with_loss = [run for run in draws if run.best is not None]
    crashes = find_crashes(columns, rows)
    return Report(
        searches=tuple(sorted({run.search for run in runs})),
        counts={state: counts[state] for state in State if counts[state]},
        replicates=len(runs) - len(draws),
        best=min(with_loss, key=lambda run: run.best or 0.0, default=None),
        samplers=Counter(samplers),
        crashes=crashes,
        directions=find_directions(columns, rows, bunched_without_finishing(columns, rows, crashes)),
        luck=find_leaders(columns, rows),
    )
