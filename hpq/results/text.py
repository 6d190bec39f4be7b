"""Tables of runs for a terminal, made of rich's renderables; data is never read as markup."""

import shutil
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from hpq.queue.evidence import Verdict
from hpq.queue.runs import Run
from hpq.queue.states import State
from hpq.results.plain import number_text, plain, value_text
from hpq.units import format_duration, format_pace

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.table import Table
    from rich.text import Text

    from hpq.results.table import Overview  # imports numpy

STYLES = {
    State.QUEUED: "dim",
    State.STARTING: "cyan",
    State.RUNNING: "yellow",
    State.FINISHED: "blue",
    State.UNFINISHED: "yellow",
    State.CRASHED: "red",
    State.CANCELLED: "dim",
}
GLYPHS = {  # told apart without colours
    State.QUEUED: "·",
    State.STARTING: "◌",
    State.RUNNING: "○",
    State.FINISHED: "●",
    State.UNFINISHED: "◐",
    State.CRASHED: "│",
    State.CANCELLED: "×",
}
ATTEMPT_HEADS = ("attempt", "state", "best", "step", "slot", "why")
_VALUE_WIDTH = 24  # characters of a hyperparameter's value in a table
_WHY_WIDTH = 34  # of the reason why a run ended, where there is room
_PIPE_WIDTH = 10_000  # into a pipe a row is one line, however long


def print_tables(*parts: "RenderableType") -> None:
    """Print renderables to stdout: as wide as the terminal, or without folding into a pipe."""
    from rich.console import Console

    width = terminal_width()
    console = Console(highlight=False, width=width or _PIPE_WIDTH)
    for part in parts:
        console.print(part)


def terminal_width() -> int | None:
    """Return the width of the terminal on stdout, or None where there is none."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


def _table(*columns: str, numbers: Sequence[str] = (), folded: Sequence[str] = ()) -> "Table":
    """Return a table without frames; where it is too wide, cells of `folded` take more lines first."""
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False)
    for column in columns:
        table.add_column(
            Text(plain(column)),
            justify="right" if column in numbers else "left",
            no_wrap=column not in folded,
            overflow="fold" if column in folded else "ellipsis",
        )
    return table


def _text(text: str, style: str = "") -> "Text":
    from rich.text import Text

    return Text(text, style=style)


def state_text(state: State) -> "Text":
    """Return a state with its glyph and colour."""
    return _text(f"{GLYPHS[state]} {state}", STYLES[state])


def _number(value: float | None) -> "Text":
    return _text("" if value is None else number_text(value))


def draws_table(draws: Sequence[dict[str, Any]], first: int, search: str) -> "Table":
    """Return the draws of a dry run: a row a hyperparameter, a column a run."""
    from hpq.queue.ids import run_id

    ids = [run_id(search, first + index) for index in range(len(draws))]
    table = _table("", *ids)
    for name in sorted({name for draw in draws for name in draw}):
        values = [value_text(draw[name], _VALUE_WIDTH) if name in draw else "" for draw in draws]
        table.add_row(_text(plain(name), "bold"), *map(_text, values))
    return table


def runs_table(runs: Sequence[Run], width: int | None = None) -> list["RenderableType"]:
    """Return a row a run, with the hyperparameters that vary: all of them, or those that fit in a width."""
    from hpq.results.columns import Columns  # imports numpy

    columns, why_width = _fixed_columns(runs), None
    names = Columns(runs).varying()
    cells = {name: [_cell(run, name) for run in runs] for name in names}
    shown = names
    if width is not None:
        columns = {name: texts for name, texts in columns.items() if any(texts)}  # all empty: not shown
        room = width - sum(_width(name, texts) for name, texts in columns.items() if name != "why")
        why_width = max(10, min(_WHY_WIDTH, room)) if "why" in columns else 0
        shown = _fitting(cells, room - why_width)
    table = _table(*columns, *shown, numbers=("best", "loss", "step", "took", "attempt"))
    for index in range(len(runs)):
        fixed = [_cut(texts[index], why_width if name == "why" else None) for name, texts in columns.items()]
        table.add_row(*fixed, *(_text(cells[name][index]) for name in shown))
    hidden = len(names) - len(shown)
    note = f"{hidden} more hyperparameters vary: see them in a wider terminal, with --json or in `hpq show`"
    return [table, _text(note, "dim")] if hidden else [table]


def _fixed_columns(runs: Sequence[Run]) -> dict[str, list["Text"]]:
    """Return what is told of every run, by column."""
    return {
        "run": [_text(run.id, "bold") for run in runs],
        "state": [state_text(run.state) for run in runs],
        "best": [_number(run.best) for run in runs],
        "loss": [_number(run.loss) for run in runs],
        "step": [_number(run.step) for run in runs],
        "took": [_text(duration_text(run)) for run in runs],
        "attempt": [_text(str(run.attempt) if run.attempt > 1 else "") for run in runs],
        "why": [_text(plain(run.reason), "dim") for run in runs],
    }


def _width(name: str, cells: Sequence["Text | str"]) -> int:
    """Return the characters that a column takes, and the blanks after it."""
    return 2 + max([len(plain(name)), *map(len, cells)])


def _cut(text: "Text", width: int | None) -> "Text":
    if width is not None:
        text.truncate(width, overflow="ellipsis")
    return text


def _cell(run: Run, name: str) -> str:
    return value_text(run.params[name], _VALUE_WIDTH) if name in run.params else ""


def _fitting(cells: dict[str, list[str]], width: int) -> list[str]:
    """Return the first names whose columns fit in a width."""
    shown = []
    for name, values in cells.items():
        width -= _width(name, values)
        if width < 0:
            break
        shown.append(name)
    return shown


def duration_text(run: Run) -> str:
    """Return how long a run took, or has taken so far."""
    import time

    if run.started_at is None:
        return ""
    return format_duration(max(0.0, (run.ended_at or time.time()) - run.started_at))


def overview_table(views: Sequence[tuple[str, "Overview"]]) -> "Table":
    """Return how searches stand: a row a search."""
    states = [state for state in State if any(view.counts.get(str(state)) for _, view in views)]
    numbers = (*map(str, states), "best")
    table = _table("search", *numbers, "run", "pace", "left", numbers=numbers, folded=("search", "run"))
    for name, view in views:
        counts = [_text(str(view.counts.get(str(state), "")), STYLES[state]) for state in states]
        pace = format_pace(view.pace_per_hour) if view.pace_per_hour else ""
        left = f"about {format_duration(view.time_left_s)}" if view.time_left_s else ""
        table.add_row(
            _text(name, "bold"), *counts, _number(view.best), *map(_text, (view.best_run or "", pace, left))
        )
    return table


def run_parts(
    run: Run, header: dict[str, Any], attempts: Sequence[tuple[int, Verdict]], log_tail: Sequence[str]
) -> list["RenderableType"]:
    """Return all that is known of one run, what went wrong first."""
    parts: list[RenderableType] = [_heading(run)]
    if log_tail:
        parts += [
            _text(""),
            *(_text(plain(line), "red" if run.state is State.CRASHED else "") for line in log_tail),
        ]
    parts += [_text(""), _params_table(run), _text("")]
    if attempts:
        parts += [_attempts_table(attempts), _text("")]
    parts.append(_text(origin_text(header), "dim"))
    return parts


def standing(run: Run) -> list[str]:
    """Return how far a run came, a part for each thing that is known of it."""
    told = [f"best {number_text(run.best)}"] if run.best is not None else []
    told += [f"last {number_text(run.loss)}"] if run.loss is not None else []
    told += [f"step {run.step:,}"] if run.step is not None else []
    return told + ([duration_text(run)] if run.started_at is not None else [])


def _heading(run: Run) -> "Text":
    from rich.text import Text

    told = standing(run) + ([plain(run.reason)] if run.reason else [])
    return Text.assemble((run.id, "bold"), "  ", state_text(run.state), "  ", " · ".join(told))


def _params_table(run: Run) -> "Table":
    table = _table("hyperparameter", "value", folded=("value",))
    for name, value in sorted(run.params.items()):
        table.add_row(_text(plain(name)), _text(value_text(value)))
    return table


def _attempts_table(attempts: Sequence[tuple[int, Verdict]]) -> "Table":
    table = _table(*ATTEMPT_HEADS, numbers=("best", "step"), folded=("why",))
    for attempt, verdict in attempts:
        number, _, *others = attempt_texts(attempt, verdict)
        table.add_row(_text(number), state_text(verdict.state), *map(_text, others))
    return table


def attempt_texts(attempt: int, verdict: Verdict) -> tuple[str, ...]:
    """Return what is told of an attempt, a text for each of ATTEMPT_HEADS."""
    best, step = verdict.summary.best, verdict.summary.step
    return (
        str(attempt),
        f"{GLYPHS[verdict.state]} {verdict.state}",
        "" if best is None else number_text(best),
        "" if step is None else f"{step:,}",
        plain(verdict.slot),
        plain(verdict.reason),
    )


def origin_text(header: dict[str, Any]) -> str:
    """Return in one line what the run was drawn from."""
    commit = str(header.get("commit") or "")[:12]
    told = [
        f"search {plain(str(header.get('search', '?')))}",
        f"seed {plain(str(header.get('seed', '?')))}",
        f"sampler {plain(str(header.get('sampler', '?')))}",
        plain(str(header.get("file") or "the bundled model")),
    ]
    if commit:
        told.append(f"commit {commit}" + (" with changes" if header.get("dirty") else ""))
    return " · ".join(told)
