"""The picture as data: a panel for each hyperparameter, drawn alike in the terminal and in a file."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from hpq.errors import HpqError, UsageError
from hpq.queue.runs import Run
from hpq.queue.states import State
from hpq.results.plain import value_text
from hpq.results.table import drawn_loss, varying
from hpq.results.ticks import Tick, linear_ticks, log_ticks

DRAWN = (State.FINISHED, State.UNFINISHED, State.RUNNING, State.CRASHED)
_LOG_FROM = 300.0  # largest over smallest value, from which a hyperparameter may be drawn on a log axis
_FEW = 12  # so many whole numbers are spread sideways, as categories are
_SPREAD = 0.7  # of the distance between categories
_MARGIN = 0.05  # of an axis, on both sides


class Kind(StrEnum):
    NUMBER = "number"
    LENGTH = "length"  # of a list
    BOOLEAN = "boolean"
    CATEGORY = "category"


@dataclass(frozen=True, slots=True)
class Axis:
    """One axis: its range, and where it is labelled."""

    low: float
    high: float
    ticks: tuple[Tick, ...]
    is_log: bool = False
    kind: Kind = Kind.NUMBER


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
    counts = Counter(str(run.state) for run in runs)
    there = ", ".join(f"{count} {state}" for state, count in sorted(counts.items())) or "there are no runs"
    return f"nothing can be drawn yet: {there}; start them with `hpq run`"


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
    if not losses:
        return Axis(0.0, 1.0, ()), "no run had a loss"
    low, high = min(losses), max(losses)
    label = "loss" if which == "best" else "last loss"
    if low <= 0:
        axis = _padded(low, high, is_log=False)
        return axis, f"{label} (linear: not all are above 0)"
    return _padded(low, high, is_log=True), label


def _padded(low: float, high: float, *, is_log: bool, whole: bool = False, kind: Kind = Kind.NUMBER) -> Axis:
    """Return an axis with a margin, so that no dot sits on the frame."""
    if is_log:
        span = math.log(high) - math.log(low) or math.log(2.0)
        low, high = low * math.exp(-_MARGIN * span), min(high * math.exp(_MARGIN * span), 1.7e308)
        low = max(low, 5e-324)
        return Axis(low, high, tuple(log_ticks(low, high)), True, kind)
    span = high - low
    if not (span > 0 and math.isfinite(span)):
        span = abs(high) / 2 or 1.0
    low, high = low - _MARGIN * span, high + _MARGIN * span
    return Axis(low, high, tuple(linear_ticks(low, high, most=6, whole=whole)), False, kind)


def _panel(name: str, runs: list[Run], loss: str) -> Panel:
    having = [run for run in runs if name in run.params]
    positions, axis = _positions(having, [run.params[name] for run in having])
    points, crashes = [], []
    for run, x in zip(having, positions, strict=True):
        y = drawn_loss(run, loss)
        if run.state is State.CRASHED:
            crashes.append(Crash(x, run.id))
        elif y is not None:
            points.append(Point(x, y, run.state, run.id))
    return Panel(name, axis, tuple(points), tuple(crashes))


def _positions(runs: list[Run], values: list[Any]) -> tuple[list[float], Axis]:
    """Return where each run stands on the axis of its values, and the axis."""
    if all(isinstance(value, bool) for value in values):
        return _categories(runs, values, [False, True], Kind.BOOLEAN)
    if all(isinstance(value, list) for value in values):
        return _numbers(runs, [len(value) for value in values], Kind.LENGTH)
    if all(_is_number(value) for value in values):
        return _numbers(runs, values, Kind.NUMBER)
    return _categories(runs, values, None, Kind.CATEGORY)


def _is_number(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return abs(value) < 1e300  # beyond that an axis cannot be drawn


def _numbers(runs: list[Run], values: list[Any], kind: Kind) -> tuple[list[float], Axis]:
    numbers = [float(value) for value in values]
    low, high = min(numbers), max(numbers)
    whole = all(isinstance(value, int) for value in values)
    if whole and high - low < _FEW:
        positions = _spread(runs, numbers)
        axis = Axis(low - 0.5, high + 0.5, tuple(linear_ticks(low, high, whole=True)), kind=kind)
        return positions, axis
    if low > 0 and high / low >= _LOG_FROM and _leans_low(numbers):
        return numbers, _padded(low, high, is_log=True, kind=kind)
    return numbers, _padded(low, high, is_log=False, whole=whole, kind=kind)


def _leans_low(numbers: list[float]) -> bool:
    """Tell whether most values lie in the lowest tenth, as those of a log-uniform draw do."""
    low, high = min(numbers), max(numbers)
    return sum(number <= low + (high - low) / 10 for number in numbers) > len(numbers) / 2


def _categories(
    runs: list[Run], values: list[Any], order: list[Any] | None, kind: Kind
) -> tuple[list[float], Axis]:
    texts = [value_text(value) for value in values]
    names = [value_text(value) for value in order] if order else sorted(set(texts))
    places = {text: float(index) for index, text in enumerate(names)}
    axis = Axis(-0.5, len(names) - 0.5, tuple((places[text], text) for text in names), kind=kind)
    return _spread(runs, [places[text] for text in texts]), axis


def _spread(runs: list[Run], places: list[float]) -> list[float]:
    """Return places moved sideways, evenly at each place: neither dots nor lines hide one another."""
    seen: Counter[float] = Counter()
    moved = dict.fromkeys((run.id for run in runs), 0.0)
    for run, place in sorted(zip(runs, places, strict=True), key=lambda pair: pair[0].id):
        moved[run.id] = place + _SPREAD * (_halving(seen[place]) - 0.5)
        seen[place] += 1
    return [moved[run.id] for run in runs]


def _halving(index: int) -> float:
    """Return 1/2, 1/4, 3/4, 1/8, … : van der Corput's sequence, even after any number of terms."""
    value, part, index = 0.0, 0.5, index + 1
    while index:
        value += part * (index % 2)
        index, part = index // 2, part / 2
    return value
