"""A full frame of thirteen panels, from columns to text for a terminal, beside other widgets for plots."""

import asyncio
from statistics import median

from costs import Stopwatch, tell
from rivals import PANELS, Plotext, Rival, TextualPlot
from roots import draws, ended_run
from screens import ansi, running
from textual.app import App, ComposeResult

from hpq.results.columns import Columns
from hpq.results.picture.look import USUAL, Look
from hpq.results.picture.panels import picture
from hpq.tui.widgets.plots import Plots

BUDGETS_MS = {100: 20.0, 1_000: 25.0, 10_000: 50.0}  # by how many runs there are
LOOKS = {
    "coloured by a number": Look(colour_by="convnet.depth"),
    "coloured by a word": Look(colour_by="merger.kind"),
    "a plane": Look(pairs=(("convnet.depth", "convnet.profundity"),)),
    "progress": Look(is_progress=True),
}
ROUNDS = 15
RIVAL_ROUNDS = {100: 7, 1_000: 5, 10_000: 3}  # which take seconds


class Ours(App[None]):
    """The plots of the monitor, alone."""

    def compose(self) -> ComposeResult:
        yield Plots()


async def frames(columns: Columns, rounds: int, look: Look = USUAL) -> list[float]:
    """Return what frames of our own cost, each drawn from nothing."""
    watch = Stopwatch()
    async with running(Ours()) as app:
        plots = app.query_one(Plots)
        for _ in range(rounds + 1):  # the first makes styles and labels, which are kept
            plots.show("", None)
            ansi(app)
            with watch:
                plots.show(picture(columns, look=look), None)
                text = ansi(app)
    assert len(plots.panels) == (PANELS if look.has_panels else 1)
    assert "38;2;" in text
    return watch.times_ms[1:]


async def rival_frames(rival: type[Rival], columns: Columns, rounds: int) -> list[float]:
    """Return what the same costs with other widgets."""
    watch = Stopwatch()
    async with running(rival()) as app:
        for _ in range(rounds + 1):
            with watch:
                app.show(picture(columns))
                text = ansi(app)
    assert "38;2;" in text
    return watch.times_ms[1:]


def measure() -> None:
    runs = [ended_run(number, params) for number, params in enumerate(draws(max(BUDGETS_MS)), 1)]
    for count, budget_ms in BUDGETS_MS.items():
        columns = Columns(runs[:count])
        ours = asyncio.run(frames(columns, ROUNDS))
        tell(f"a full frame of {PANELS} panels, {count:,} runs", ours, budget_ms)
        for name, look in LOOKS.items():
            tell(f"  {name}", asyncio.run(frames(columns, ROUNDS, look)), budget_ms)
        for name, rival in (("textual-plot", TextualPlot), ("textual-plotext", Plotext)):
            theirs = asyncio.run(rival_frames(rival, columns, RIVAL_ROUNDS[count]))
            tell(f"  with {name}", theirs, note=f"{median(theirs) / median(ours):.0f} times as much")
