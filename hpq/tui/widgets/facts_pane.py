"""The values of a run beside those of its neighbours, what it uses, its metrics, its attempts."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from textual.containers import Vertical, VerticalScroll

from hpq.queue.records import LOSS
from hpq.queue.runs import Run
from hpq.results.compare import compare
from hpq.runner.gpus import GpuUse
from hpq.tui import facts
from hpq.tui.details import Details
from hpq.tui.palette import Palette
from hpq.tui.widgets.said import Said

_MARGINS = 3  # columns: the padding and the scrollbar


@dataclass(frozen=True, slots=True, eq=False)
class Facts:
    """What there is to tell."""

    run: Run
    palette: Palette
    details: Details = field(default_factory=Details)
    beside: Mapping[str, Run] = field(default_factory=dict)  # by what they are called
    varying: frozenset[str] = frozenset()
    gpu: GpuUse | None = None  # that it trains on
    trouble: str = ""  # why the details are old
    is_deleted: bool = False


class FactsPane(Vertical):
    """Tells it in as many columns as it has."""

    def __init__(self) -> None:
        self.heading = Said("facts-title", classes="title")
        self._trouble, self._params = Said("trouble"), Said("params")
        self._use, self._metrics, self._past = Said("use"), Said("metrics"), Said("past")
        self.scroll = VerticalScroll(
            self._trouble, self._params, self._use, self._metrics, self._past, id="facts-scroll"
        )
        self._facts: Facts | None = None
        super().__init__(self.heading, self.scroll, id="facts-pane")

    def on_resize(self) -> None:
        if self._facts is not None:
            self.tell(self._facts)

    def tell(self, told: Facts) -> None:
        self._facts, width = told, self.size.width - _MARGINS
        if width <= 0:  # before the first layout, or hidden
            return
        run, details, palette = told.run, told.details, told.palette
        self._tell_trouble(told)
        near, names = list(told.beside.values()), list(told.beside)
        key = (palette.name, width, run.id, [each.id for each in near], names, told.varying)
        others = [each.params for each in near]
        self._params.say(
            lambda: facts.params(compare(run.params, others, told.varying), names, width, palette), key, key
        )
        use = facts.use(details, told.gpu, palette)
        self._use.say(use, (palette.name, use.plain), use.plain.count("\n"))
        self._use.display = bool(use.plain)
        sums = {name: (len(each), each.lowest, each.highest) for name, each in details.metrics.items()}
        self._metrics.display = any(name != LOSS for name in sums)
        self._metrics.say(
            lambda: facts.metrics(details, width, palette), (key, sums), (width, run.id, list(sums))
        )
        self._tell_past(told, width)

    def _tell_trouble(self, told: Facts) -> None:
        self._trouble.say(
            lambda: facts.trouble(told.trouble, told.palette), (told.trouble, told.palette.name), told.trouble
        )
        self._trouble.display = bool(told.trouble)

    def _tell_past(self, told: Facts, width: int) -> None:
        run, details, palette = told.run, told.details, told.palette
        ends = [(attempt, end.state, end.slot, end.reason) for attempt, end in details.attempts]
        sums = [(end.summary.best, end.summary.step) for _, end in details.attempts]
        shape = (palette.name, width, run.id, ends, details.samples, details.origin, told.is_deleted)
        self._past.say(
            lambda: facts.past(run, details, told.is_deleted, width, palette), (shape, sums), shape
        )
