"""A tick of the monitor: one run in a hundred of a large search ended since the last one."""

import asyncio
import math
from collections.abc import Iterator
from pathlib import Path

from costs import Stopwatch, tell
from roots import build, end
from screens import painted, running

from hpq.tui.app import Monitor

RUNS, EACH, ENDED = 10_000, 100, 6_000
ROUNDS = 15
BUDGET_MS = 30.0
_NEVER_S, _PATIENCE_S = 3600.0, 30.0


async def first_snapshot(app: Monitor) -> None:
    """Wait until the monitor has shown something."""
    async with asyncio.timeout(_PATIENCE_S):
        while not app.snapshot.read_at_s:
            await asyncio.sleep(0.01)
    await painted(app)


async def ticks(app: Monitor, ends: Iterator[None], *, with_plots: bool) -> list[float]:
    """Return what ticks cost: the reading, what it changes on the screen, and its text for a terminal."""
    watch = Stopwatch()
    for _ in range(ROUNDS):
        next(ends)
        # Else it depends on when they were drawn last.
        app.main._plots_drawn_s = -math.inf if with_plots else math.inf
        with watch:
            app.main.show(app.source.read())
            await painted(app)
    return watch.times_ms


async def measure_in(folder: Path) -> None:
    paths = build(folder, RUNS, ENDED)

    def some_end() -> Iterator[None]:
        for first in range(ENDED + 1, RUNS, EACH):
            end(paths, range(first, first + EACH))
            yield

    ends = some_end()
    async with running(Monitor(folder, every_s=_NEVER_S)) as app:
        await first_snapshot(app)
        for with_plots, note in ((False, "plots held back"), (True, "plots drawn")):
            times = await ticks(app, ends, with_plots=with_plots)
            tell(f"a tick, {EACH} of {RUNS:,} runs ended, {note}", times, BUDGET_MS)


def measure(folder: Path) -> None:
    asyncio.run(measure_in(folder / "tick"))
