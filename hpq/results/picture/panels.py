"""The picture as data: panels that are drawn alike in the terminal and in a file."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from hpq.errors import HpqError
from hpq.queue.runs import Run
from hpq.queue.states import State
from hpq.results.columns import ABSENT, STATES, Columns, Floats, Rows
from hpq.results.known import check_known
from hpq.results.picture.axes import Axis, loss_axis, place
from hpq.results.picture.draws import Draws
from hpq.results.picture.look import USUAL, Look
from hpq.results.picture.panel import Marks, Panel
from hpq.results.picture.plane import plane
from hpq.results.picture.progress import progress
from hpq.results.picture.shades import Shades, shades_by
from hpq.results.picture.spread import DOTS, LINES, spread

DRAWN = (State.FINISHED, State.UNFINISHED, State.RUNNING, State.CRASHED)


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """All panels, which share the loss axis."""

    panels: tuple[Panel, ...]
    loss: Axis
    loss_label: str
    counts: dict[State, int]  # of the states that are drawn, those that occur
    columns: Columns
    losses: Floats  # of all runs in the columns, NaN where there is none (N,)
    dots: Rows  # the runs with a loss, of which each panel has those with its hyperparameter
    crashes: Rows  # those that never had one
    share: float | None = None  # of the draws that crashed; None where there is nothing to compare
    bunched: frozenset[str] = frozenset()  # hyperparameters along which crashes bunch, as far as was tested
    look: Look = USUAL
    shades: Shades | None = None  # what the dots are coloured by; None for their states

    def up(self, panel: Panel) -> Axis:
        """Return the axis at a panel's left."""
        return panel.up or self.loss

    @property
    def up_axes(self) -> list[Axis]:
        return [self.up(panel) for panel in self.panels]

    def heights(self, panel: Panel) -> Floats:
        """Return where a panel's dots stand on the axis at its left (N,)."""
        return self.losses[panel.dots.rows] if panel.dots.y is None else panel.dots.y

    def states(self, marks: Marks) -> list[State]:
        return [STATES[code] for code in self.columns.states[marks.rows]]

    def ids(self, marks: Marks) -> list[str]:
        return [self.columns.runs[row].id for row in marks.rows]


def picture(
    runs: Columns | Sequence[Run],
    loss: str = "best",
    params: Sequence[str] | None = None,
    *,
    rows: Rows | None = None,
    want_log: bool = True,
    want_shares: bool = True,
    look: Look = USUAL,
    bunched: frozenset[str] = frozenset(),
    older: Picture | None = None,
) -> Picture:
    """Return the picture of runs, or of some rows of columns.

    `loss` is the best or the last one, `params` are all that vary, and the loss axis is a log one where
    it is wanted and can show all losses. The shares of crashes are wanted unless rows were left out for
    their loss, which crashes have none of. The titles of hyperparameters that are `bunched` are marked. An
    `older` picture, asked for alike, lends its panels where runs only got other losses. Raises HpqError
    when there is nothing to draw.
    """
    columns = runs if isinstance(runs, Columns) else Columns(runs)
    rows = np.arange(len(columns.runs)) if rows is None else rows
    drawn = rows[columns.where(DRAWN)[rows]]
    if not len(drawn):
        raise HpqError(_nothing([columns.runs[row] for row in rows]))
    losses = columns.numbers["best" if loss == "best" else "loss"]
    is_crashed = columns.where([State.CRASHED])[drawn]
    crashes, dots = drawn[is_crashed], drawn[~is_crashed & ~np.isnan(losses[drawn])]
    axis, label = _loss_axis(losses[dots], loss, want_log)
    counts = np.bincount(columns.states[drawn], minlength=len(STATES)).tolist()
    draws = Draws.of(columns, dots, crashes) if want_shares and look.has_panels else None
    share = draws.share if draws else None
    is_alike = older is not None and (older.look, older.share) == (look, share) and not look.is_progress
    if older is not None and is_alike and _stand_alike(older, columns, dots, crashes):
        panels = older.panels
    elif look.pairs:
        panels = tuple(plane(columns, pair, dots, crashes) for pair in look.pairs)
    elif look.is_progress:
        panels = (progress(columns, losses, dots, crashes),)
    else:
        names = _names(columns, drawn, params)
        panels = tuple(_panel(columns, name, dots, crashes, draws) for name in names)
    if look.pairs:
        shades: Shades | None = Shades(label, axis, losses)
    else:
        shades = shades_by(columns, look.colour_by, drawn) if look.colour_by else None
    return Picture(
        panels=panels,
        loss=axis,
        loss_label=label,
        counts={state: counts[STATES.index(state)] for state in DRAWN if counts[STATES.index(state)]},
        columns=columns,
        losses=losses,
        dots=dots,
        crashes=crashes,
        share=share,
        bunched=bunched if look.has_panels else frozenset(),
        look=look,
        shades=shades,
    )


def _stand_alike(older: Picture, columns: Columns, dots: Rows, crashes: Rows) -> bool:
    """Tell whether the same runs are drawn, with the same hyperparameters."""
    return (
        older.columns.codes is columns.codes
        and np.array_equal(older.dots, dots)
        and np.array_equal(older.crashes, crashes)
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


def _names(columns: Columns, drawn: Rows, params: Sequence[str] | None) -> list[str]:
    for name in params or ():
        check_known(columns, drawn, name, "--params")
    known, names = columns.known(drawn), list(params) if params else columns.varying(drawn)
    if not names and known:
        return known[:1]  # a single run, or equal ones: any will do to show the loss
    if not names:
        raise HpqError("nothing can be drawn: the runs have no hyperparameters")
    return names


def _loss_axis(losses: Floats, which: str, want_log: bool) -> tuple[Axis, str]:
    axis = loss_axis(losses, want_log)
    if not len(losses):
        return axis, "no run had a loss"
    label = "loss" if which == "best" else "last loss"
    if axis.is_log:
        return axis, label
    return axis, f"{label} (linear: not all are above 0)" if want_log else f"{label} (linear)"


def _panel(columns: Columns, name: str, dots: Rows, crashes: Rows, draws: Draws | None) -> Panel:
    codes, values = columns.codes[name], columns.values[name]
    dots, crashes = dots[codes[dots] != ABSENT], crashes[codes[crashes] != ABSENT]
    drawn = codes[np.concatenate([dots, crashes])]
    places, axis = place(values, drawn)
    along = None
    if draws is not None:
        places_of_values = np.zeros(len(values.distinct))
        places_of_values[drawn] = places
        along = draws.along(axis, places_of_values, codes)
    dot_places, line_places = places[: len(dots)], places[len(dots) :]
    if axis.is_spread:
        dot_places, line_places = spread(dot_places, DOTS), spread(line_places, LINES)
    return Panel(name, axis, Marks(dots, dot_places), Marks(crashes, line_places), along)
