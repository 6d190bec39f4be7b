"""Tables of runs and of searches for a terminal or a pipe, without rich: there may be ten thousand rows."""

from collections.abc import Iterator, Sequence
from itertools import repeat
from typing import Any

from hpq.queue.runs import Run
from hpq.queue.states import State
from hpq.results.lines import Column, aligned, can_show_colours, styled
from hpq.results.natural import natural_key
from hpq.results.overview import Overview
from hpq.results.plain import number_text, plain, value_text
from hpq.results.text import GLYPHS, STYLES, VALUE_WIDTH, duration_text
from hpq.units import format_duration, format_pace

_LACKING = object()  # stands for the value of a hyperparameter that a run does not have
_WHY_WIDTH = 34  # of the reason why a run ended, where there is room
_LEAST_WHY_WIDTH = 10
_GAP = 2


def run_lines(runs: Sequence[Run], width: int | None = None) -> Iterator[str]:
    """Yield a line a run, with the hyperparameters that vary: all of them, or those that fit in a width."""
    columns, params = _fixed_columns(runs), [run.params for run in runs]
    names = _varying(params)
    if width is None:
        yield from aligned([*columns, *(_param_column(params, name) for name in names)])
        return
    columns = [column for column in columns if any(column.texts)]
    room = width - sum(column.width + _GAP for column in columns if column.head != "why")
    columns, room = _cut_why(columns, room)
    shown = []
    for name in names:
        column = _param_column(params, name)
        room -= column.width + _GAP
        if room < 0:
            break
        shown.append(column)
    has_colours = can_show_colours()
    yield from aligned([*columns, *shown], has_colours=has_colours)
    if hidden := len(names) - len(shown):
        where = "in a wider terminal, with --json or in `hpq show`"
        yield styled(f"{hidden} more hyperparameters vary: see them {where}", "dim" if has_colours else "")


def overview_lines(views: Sequence[tuple[str, Overview]]) -> Iterator[str]:
    """Yield how searches stand: a line a search."""
    states = [state for state in State if any(view.counts.get(str(state)) for _, view in views)]
    told = [view for _, view in views]
    columns = [
        Column("search", [plain(name) for name, _ in views], styles=["bold"] * len(views)),
        *(
            Column(
                str(state),
                [str(view.counts.get(str(state), "")) for view in told],
                is_number=True,
                styles=[STYLES[state]] * len(told),
            )
            for state in states
        ),
        Column("best", ["" if v.best is None else number_text(v.best) for v in told], is_number=True),
        Column("run", [view.best_run or "" for view in told]),
        Column("pace", [format_pace(v.pace_per_hour) if v.pace_per_hour else "" for v in told]),
        Column("left", [f"about {format_duration(v.time_left_s)}" if v.time_left_s else "" for v in told]),
    ]
    yield from aligned(columns, has_colours=can_show_colours())


def _fixed_columns(runs: Sequence[Run]) -> list[Column]:
    """Return what is told of every run."""
    states = {state: f"{GLYPHS[state]} {state}" for state in State}
    reasons = {reason: plain(reason) for reason in {run.reason for run in runs}}
    return [
        Column("run", [run.id for run in runs], styles=["bold"] * len(runs)),
        Column("state", [states[run.state] for run in runs], styles=[STYLES[run.state] for run in runs]),
        Column("best", [_number(run.best) for run in runs], is_number=True),
        Column("loss", [_number(run.loss) for run in runs], is_number=True),
        Column("step", [_number(run.step) for run in runs], is_number=True),
        Column("took", [duration_text(run) for run in runs], is_number=True),
        Column("attempt", [str(run.attempt) if run.attempt > 1 else "" for run in runs], is_number=True),
        *_replicates_column(runs),
        Column("why", [reasons[run.reason] for run in runs], styles=["dim"] * len(runs)),
    ]


def _replicates_column(runs: Sequence[Run]) -> list[Column]:
    """Return which runs repeat which, where any does."""
    texts = [run.replicates for run in runs]
    return [Column("replicates", texts)] if any(texts) else []


def _number(value: float | None) -> str:
    return "" if value is None else number_text(value)


def _cut_why(columns: list[Column], room: int) -> tuple[list[Column], int]:
    """Return columns in which the reasons leave room for others, and how much room is left."""
    if not columns or columns[-1].head != "why":
        return columns, room
    *others, why = columns
    most = max(_LEAST_WHY_WIDTH, min(_WHY_WIDTH, room - _GAP))
    cut = [text if len(text) <= most else f"{text[: most - 1]}…" for text in why.texts]
    why = Column(why.head, cut, styles=why.styles)
    return [*others, why], room - why.width - _GAP


def _varying(params: Sequence[dict[str, Any]]) -> list[str]:
    """Return the hyperparameters that have more than one value among the runs that have them, by name."""
    names = sorted(set[str]().union(*params), key=natural_key)
    return [name for name in names if _varies(_objects(_values(params, name)))]


def _values(params: Sequence[dict[str, Any]], name: str) -> list[Any]:
    return list(map(dict.get, params, repeat(name), repeat(_LACKING)))


def _objects(values: list[Any]) -> dict[int, Any]:
    """Return values by their id: words and small numbers are the same objects everywhere."""
    return dict(zip(map(id, values), values, strict=True))


def _varies(objects: dict[int, Any]) -> bool:
    """Tell whether there are two different values among objects by their id; 1, 1.0 and true are."""
    first, *others = (value for value in objects.values() if value is not _LACKING)
    return any(type(value) is not type(first) or value != first for value in others)


def _param_column(params: Sequence[dict[str, Any]], name: str) -> Column:
    values = _values(params, name)
    texts = {key: _cell(value) for key, value in _objects(values).items()}
    return Column(plain(name), list(map(texts.__getitem__, map(id, values))))


def _cell(value: Any) -> str:
    return "" if value is _LACKING else value_text(value, VALUE_WIDTH)
