"""The picture as data: a panel for each hyperparameter, drawn alike in the terminal and in a file."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from hpq.errors import HpqError, UsageError
from hpq.queue.runs import Run
from hpq.queue.states import State
from hpq.results.axes import Axis, loss_axis, place
from hpq.results.spread import spread
from hpq.results.table import drawn_loss, varying

DRAWN = (State.FINISHED, State.UNFINISHED, State.RUNNING, State.CRASHED)


@dataclass(frozen=True, slots=True)
class Point:
    """A run with a loss."""

    x: float
    y: float
    state: State
    run: str


@dataclass(frozen=True, slots=True)
class Crash:
    """A run that never had a loss."""

    x: float
    run: str


@dataclass(frozen=True, slots=True)
class Panel:
    """One hyperparameter against the loss."""

    name: str
    axis: Axis
    points: tuple[Point, ...]
    crashes: tuple[Crash, ...]


@dataclass(frozen=True, slots=True)
class Picture:
    """All panels, which share the loss axis."""

    panels: tuple[Panel, ...]
    loss: Axis
    loss_label: str
    counts: dict[State, int]  # of the states that are drawn, those that occur


def picture(runs: Sequence[Run], loss: str = "best", params: Sequence[str] | None = None) -> Picture:
    """Return the picture of runs: `loss` is the best or the last one, `params` are all that vary.

    Raises HpqError when there is nothing to draw.
    """
    drawn = [run for run in runs if run.state in DRAWN]
    if not drawn:
        raise HpqError(_nothing(runs))
    names = _names(drawn, params)
    losses = [
        value
        for run in drawn
        if run.state is not State.CRASHED and (value := drawn_loss(run, loss)) is not None
    ]
    axis, label = _loss_axis(losses, loss)
    counts = Counter(run.state for run in drawn)
    return Picture(
        panels=tuple(_panel(name, drawn, loss) for name in names),
        loss=axis,
        loss_label=label,
        counts={state: counts[state] for state in DRAWN if counts[state]},
    )


def _nothing(runs: Sequence[Run]) -> str:
    if not runs:
        return "nothing can be drawn: there are no runs; queue some with `hpq enqueue`"
    counts = Counter(run.state for run in runs)
    there = ", ".join(f"{counts[state]} {state}" for state in State if counts[state])
    if counts[State.STARTING]:
        advice = "; the first loss is still to come"
    else:
        advice = "; start them with `hpq run`" if counts[State.QUEUED] else ""
    return f"nothing can be drawn yet: {there}{advice}"


def _names(runs: list[Run], params: Sequence[str] | None) -> list[str]:
    known = sorted({name for run in runs for name in run.params})
    for name in params or ():
        if name not in known:
            raise UsageError(f"--params {name}: no such hyperparameter; there are {', '.join(known)}")
    names = list(params) if params else varying(runs)
    if not names and known:
        return known[:1]  # a single run, or equal ones: any will do to show the loss
    if not names:
        raise HpqError("nothing can be drawn: the runs have no hyperparameters")
    return names


def _loss_axis(losses: list[float], which: str) -> tuple[Axis, str]:
    axis = loss_axis(losses)
    if not losses:
        return axis, "no run had a loss"
    label = "loss" if which == "best" else "last loss"
    return axis, label if axis.is_log else f"{label} (linear: not all are above 0)"


def _panel(name: str, runs: list[Run], loss: str) -> Panel:
    having = [run for run in runs if name in run.params]
    places, axis = place([run.params[name] for run in having])
    places = spread(having, places) if axis.is_spread else places
    points, crashes = [], []
    for run, x in zip(having, places, strict=True):
        y = drawn_loss(run, loss)
        if run.state is State.CRASHED:
            crashes.append(Crash(x, run.id))
        elif y is not None:
            points.append(Point(x, y, run.state, run.id))
    return Panel(name, axis, tuple(points), tuple(crashes))
