"""How a runner reports on a terminal: the search's progress, and a line a slot."""

import contextlib
import time
from collections import Counter
from types import TracebackType

from rich.console import Console, Group
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from hpq.queue.evidence import Verdict
from hpq.queue.reader import Reader
from hpq.queue.records import Heartbeat
from hpq.queue.states import State
from hpq.runner.lines import describe_end
from hpq.runner.slots import Slot
from hpq.runner.training import Training
from hpq.units import format_duration

COLOURS = {State.FINISHED: "blue", State.UNFINISHED: "yellow", State.CRASHED: "red"}
_DRAW_EVERY_S = 0.5
_COUNT_EVERY_S = 2.0
_BAR_WIDTH = 30


class LiveReporter:
    """Keeps a few lines at the bottom of the terminal; what ended scrolls by above them."""

    def __init__(self, console: Console, slots: list[Slot], reader: Reader) -> None:
        self._slots = slots
        self._reader = reader
        self._live = Live(console=console, auto_refresh=False, redirect_stdout=False, redirect_stderr=False)
        self._began_s = time.monotonic()
        self._ended: Counter[State] = Counter()
        self._waiting = 0
        self._counted_s = self._drawn_s = float("-inf")

    def __enter__(self) -> "LiveReporter":
        self._live.start()
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._waiting = self._count_waiting()
        with contextlib.suppress(OSError):  # the terminal may be gone
            self._live.update(self._progress(training=0), refresh=True)
            self._live.stop()

    def started(self, _training: Training) -> None:
        self._waiting = max(0, self._waiting - 1)
        self._drawn_s = float("-inf")

    def ended(self, training: Training, verdict: Verdict) -> None:
        self._ended[verdict.state] += 1
        colour = COLOURS.get(verdict.state, "default")
        self._live.console.print(Text.assemble((f"{training.id} ", "bold"), (describe_end(verdict), colour)))
        self._drawn_s = float("-inf")

    def note(self, text: str) -> None:
        self._live.console.print(Text(text))

    def tick(self, trainings: list[Training]) -> None:
        now = time.monotonic()
        if now - self._counted_s > _COUNT_EVERY_S:
            self._counted_s = now
            self._waiting = self._count_waiting()
        if now - self._drawn_s > _DRAW_EVERY_S:
            self._drawn_s = now
            self._live.update(
                Group(self._progress(len(trainings)), self._slot_lines(trainings)), refresh=True
            )

    def _count_waiting(self) -> int:
        return sum(run.state is State.QUEUED for run in self._reader.read())

    def _progress(self, training: int) -> Table:
        ended = sum(self._ended.values())
        total = ended + training + self._waiting
        row = Table.grid(padding=(0, 1))
        counts = Text(", ").join(
            Text(f"{count} {state}", style=COLOURS.get(state, ""))
            for state, count in sorted(self._ended.items())
        )
        bar = ProgressBar(total=max(1, total), completed=ended, width=_BAR_WIDTH)
        row.add_row(bar, Text(f"{ended}/{total}"), Text(self._time_left(training)), counts)
        return row

    def _time_left(self, training: int) -> str:
        """Return an estimate from the runs that ended so far, each slot busy until the queue is empty."""
        ended = sum(self._ended.values())
        if not ended or not training:
            return ""
        each_s = (time.monotonic() - self._began_s) / ended
        return f"about {format_duration(each_s * (self._waiting + training / 2))} left"

    def _slot_lines(self, trainings: list[Training]) -> Table:
        by_slot = {training.slot.name: training for training in trainings}
        table = Table.grid(padding=(0, 2))
        for slot in self._slots:
            training = by_slot.get(slot.name)
            table.add_row(Text(slot.name, style="dim"), *(_describe(training) if training else ["idle"]))
        return table


def _describe(training: Training) -> list[Text]:
    heartbeat = Heartbeat.read(training.paths.heartbeat)
    summary = heartbeat.summary if heartbeat else None
    step = "starting" if summary is None or summary.step is None else f"step {summary.step:,}"
    loss = "" if summary is None or summary.loss is None else f"loss {summary.loss:.4g}"
    for_s = time.monotonic() - training.began_s
    stopping = " stopping" if training.stop_asked_s is not None else ""
    return [Text(training.id, style="bold"), Text(step), Text(loss), Text(format_duration(for_s) + stopping)]
