"""The columns of the table of runs: what each says of a run, and how wide it is."""

from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import partial

from rich.cells import cell_len, set_cell_size

from hpq.queue.runs import Run
from hpq.queue.states import LIVE
from hpq.results.columns import Columns
from hpq.results.plain import number_within, plain, value_text
from hpq.results.text import GLYPHS

_SAMPLE = 60  # different values, from which a column's width is told
_ID_WIDTH = 40
_MOST_WIDTH = 18  # of a hyperparameter's column
_WHY_WIDTH = 24
_SLOT_WIDTH = 6
_LOSS_WIDTH, _STEP_WIDTH = 9, 11
_UNITS = (("d", 86400), ("h", 3600), ("m", 60))
STATE_WIDTH = 12
_STEPS = "steps"  # the hyperparameter that says how many there will be, if there is one


@dataclass(frozen=True, slots=True)
class TableColumn:
    """One column. `text` is given a run and the time now, in seconds since the epoch."""

    name: str  # by which it is sorted and filtered
    head: str
    width: int
    is_number: bool
    text: Callable[[Run, float], str]

    def cell(self, run: Run, now: float) -> str:
        """Return what the column says of a run, exactly as wide as the column."""
        return self.fitted(self.text(run, now))

    def fitted(self, text: str) -> str:
        if cell_len(text) > self.width:
            text = set_cell_size(text, self.width - 1).rstrip() + "…"
        blanks = " " * (self.width - cell_len(text))
        return blanks + text if self.is_number else text + blanks


def table_columns(columns: Columns) -> list[TableColumn]:
    """Return all columns that say anything about runs: the fixed ones, then the hyperparameters that vary."""
    runs = columns.runs
    longest = max((len(run.id) for run in runs), default=3)
    fixed = [
        TableColumn("run", "run", min(longest, _ID_WIDTH), False, lambda run, _: run.id),
        TableColumn("state", "state", STATE_WIDTH, False, lambda run, _: f"{GLYPHS[run.state]} {run.state}"),
        TableColumn("best", "best", _LOSS_WIDTH, True, lambda run, _: _loss(run.best)),
        TableColumn("loss", "loss", _LOSS_WIDTH, True, lambda run, _: _loss(run.loss)),
        TableColumn("step", "step", _STEP_WIDTH, True, _step),
        TableColumn("took", "took", 6, True, _took),
        TableColumn("age", "age", 6, True, _age),
        TableColumn("slot", "slot", _SLOT_WIDTH, False, lambda run, _: plain(run.slot)),
    ]
    if has_attempts(columns):
        fixed.append(TableColumn("attempt", "try", 3, True, lambda run, _: str(run.attempt or "")))
    if not columns.is_draw.all():
        width = min(max(len("replicates"), longest), _ID_WIDTH)
        fixed.append(TableColumn("replicates", "replicates", width, False, lambda run, _: run.replicates))
    reasons = max((len(run.reason) for run in runs), default=0)
    if reasons:
        width = min(max(3, reasons), _WHY_WIDTH)
        fixed.append(TableColumn("why", "why", width, False, lambda run, _: plain(run.reason)))
    return [*fixed, *_param_columns(columns, {column.name for column in fixed})]


def has_attempts(columns: Columns) -> bool:
    """Tell whether any run was tried more than once, which is told in a column of its own."""
    return bool((columns.numbers["attempt"] > 1).any())


def _param_columns(columns: Columns, taken: Collection[str]) -> list[TableColumn]:
    """Return a column for each hyperparameter that varies; one that is called as a column gets a dot."""
    names = columns.varying()
    short = Counter(name.rpartition(".")[2] for name in names)
    made = []
    for name in names:
        last = name.rpartition(".")[2]
        head = plain(last if short[last] == 1 else name, _MOST_WIDTH)
        sample = [value_text(value, _MOST_WIDTH) for value in columns.values[name].distinct[:_SAMPLE]]
        width = max(len(head), max(map(cell_len, sample), default=0))
        is_number = all(isinstance(value, int | float) for value in columns.values[name].distinct[:_SAMPLE])
        width = min(width, _MOST_WIDTH)
        key = f".{name}" if name in taken else name
        made.append(TableColumn(key, head, width, is_number, partial(_param, name, width)))
    return made


def _param(name: str, width: int, run: Run, _now: float) -> str:
    value = run.params.get(name, "")
    text = value_text(value, _MOST_WIDTH)
    is_long_number = len(text) > width and isinstance(value, int | float)
    return number_within(value, width) if is_long_number else text


def _loss(value: float | None) -> str:
    return "" if value is None else number_within(value, _LOSS_WIDTH)


def _step(run: Run, _now: float) -> str:
    if run.step is None:
        return ""
    steps, share = run.params.get(_STEPS), ""
    if run.state in LIVE and isinstance(steps, int) and 0 < run.step <= steps:
        share = f" {100 * run.step // steps:d}%"
    text = f"{run.step:,}"
    room = _STEP_WIDTH - len(share)
    return (text if len(text) <= room else number_within(run.step, room)) + share


def _took(run: Run, now: float) -> str:
    if run.started_at is None:
        return ""
    return short_duration((run.ended_at or now) - run.started_at)


def _age(run: Run, now: float) -> str:
    """Return how long ago the last sign of life was."""
    at = run.heard_at or run.ended_at or run.started_at or run.enqueued_at
    return "" if at is None else short_duration(now - at)


def short_duration(seconds: float) -> str:
    """Return a duration in its largest unit, such as `3 h`: a table has no room for more."""
    for unit, length in _UNITS:
        if seconds >= length:
            return f"{int(seconds // length)} {unit}"
    return f"{max(0, int(seconds))} s"
