"""Tables of runs for a terminal, made of rich's renderables; data is never read as markup."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hpq.queue.evidence import Verdict
from hpq.queue.runs import Run
from hpq.queue.states import State
from hpq.queue.values import is_late
from hpq.results.plain import number_text, plain, value_text
from hpq.units import format_duration

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.table import Table
    from rich.text import Text

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
VALUE_WIDTH = 24  # characters of a hyperparameter's value in a table
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
    if not sys.stdout.isatty():
        return None
    from shutil import get_terminal_size  # imports compressors, which a pipe does not need

    return get_terminal_size().columns


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


def draws_table(draws: Sequence[dict[str, Any]], first: int, search: str) -> "Table":
    """Return the draws of a dry run: a row a hyperparameter, a column a run."""
    from hpq.queue.ids import run_id

    ids = [run_id(search, first + index) for index in range(len(draws))]
    table = _table("", *ids)
    for name in sorted({name for draw in draws for name in draw}):
        values = [value_text(draw[name], VALUE_WIDTH) if name in draw else "" for draw in draws]
        table.add_row(_text(plain(name), "bold"), *map(_text, values))
    return table


SCORE_HEADS = ("squared error", "absolute error", "squared EMD", "cross-entropy")


def scores_table(rows: Sequence[tuple[str, Sequence[float | None]]], mark: str) -> "Table":
    """Return scores by name, a column for each of SCORE_HEADS, with one row marked."""
    table = _table("", *SCORE_HEADS, numbers=SCORE_HEADS)
    for name, scores in rows:
        cells = ["" if score is None else number_text(score) for score in scores]
        table.add_row(*(_text(cell, "bold" if name == mark else "") for cell in (plain(name), *cells)))
    return table


def duration_text(run: Run) -> str:
    """Return how long a run took, or has taken so far."""
    import time

    if run.started_at is None:
        return ""
    return format_duration(max(0.0, (run.ended_at or time.time()) - run.started_at))


def run_parts(
    run: Run,
    header: dict[str, Any],
    attempts: Sequence[tuple[int, Verdict]],
    log_tail: Sequence[str],
    samples: Path | None = None,
    replicates: Sequence[Run] = (),
) -> list["RenderableType"]:
    """Return all that is known of one run, what went wrong first, and how its replicates did."""
    parts: list[RenderableType] = [_heading(run)]
    if log_tail:
        parts += [
            _text(""),
            *(_text(plain(line), "red" if run.state is State.CRASHED else "") for line in log_tail),
        ]
    parts += [_text(""), _params_table(run), _text("")]
    if is_late(header) and not run.has_own_values and run.state is State.QUEUED:
        parts += [_text("what is not fixed is drawn when it starts"), _text("")]
    if attempts:
        parts += [_attempts_table(attempts), _text("")]
    if samples:
        parts += [_text(f"samples  {plain(str(samples))}"), _text("")]
    if replicates:
        parts += [_replicates_table(run, replicates), _text("")]
    parts.append(_text(origin_text(header, run.replicates), "dim"))
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


def _replicates_table(run: Run, replicates: Sequence[Run]) -> "Table":
    """Return how the same hyperparameters did with each seed, the run's own first."""
    table = _table("same values", "state", "best", numbers=("best",))
    for each in (run, *replicates):
        best = "" if each.best is None else number_text(each.best)
        table.add_row(_text(each.id), state_text(each.state), _text(best))
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


def origin_text(header: dict[str, Any], replicates: str = "") -> str:
    """Return in one line what the run was drawn from, and which run it replicates."""
    commit = str(header.get("commit") or "")[:12]
    told = [f"replicates {replicates}"] if replicates else []
    told += [
        f"search {plain(str(header.get('search', '?')))}",
        f"seed {plain(str(header.get('seed', '?')))}",
        f"sampler {plain(str(header.get('sampler', '?')))}",
        plain(str(header.get("file") or "the bundled model")),
    ]
    if commit:
        told.append(f"commit {commit}" + (" with changes" if header.get("dirty") else ""))
    return " · ".join(told)
