"""What stands at its place in a panel: dots, and the crosses of a plane."""

from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from hpq.queue.states import State
from hpq.results.columns import Floats
from hpq.results.picture.panel import Panel
from hpq.results.picture.panels import Picture
from hpq.results.png.colours import COLOURS, colours_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

HALF: Literal["left"] = "left"  # of the disc that an unfinished run is where its colour tells something else
_STATES = (State.FINISHED, State.UNFINISHED, State.RUNNING)
_DOT_AREA = 16.0  # in square points
_CROSS_AREA = 15.0
_MANY = 400  # marks, from which they are drawn smaller
_RASTER_FROM = 3000  # marks, from which a vector file holds them as an image


def draw_dots(axes: "Axes", panel: Panel, picture: Picture) -> None:
    """Draw the runs with a loss, in the colours of their states or of what the picture is coloured by."""
    draw = _draw_in_states if picture.shades is None else _draw_in_shades
    up = picture.up(panel)
    draw(axes, panel, picture, picture.heights(panel).clip(up.low, up.high))


def draw_crosses(axes: "Axes", panel: Panel) -> None:
    """Draw the crashed runs of a plane, over the dots that they leave free to be seen."""
    assert panel.crashes.y is not None
    total = len(panel.crashes)
    axes.scatter(
        panel.crashes.x,
        panel.crashes.y,
        marker="x",
        s=_area(total, _CROSS_AREA),
        c=COLOURS[State.CRASHED],
        linewidths=1.0,
        alpha=0.6 if total > _MANY else 0.9,
        zorder=5,
        rasterized=total > _RASTER_FROM,
    )


def _draw_in_states(axes: "Axes", panel: Panel, picture: Picture, y: Floats) -> None:
    total = len(panel.dots)
    is_crowded = total > _MANY
    for state in _STATES:
        chosen = picture.columns.where([state])[panel.dots.rows]
        is_ring = state is State.RUNNING
        axes.scatter(
            panel.dots.x[chosen],
            y[chosen],
            s=_area(total, _DOT_AREA),
            facecolors="none" if is_ring else COLOURS[state],
            edgecolors=COLOURS[state] if is_ring else "none" if is_crowded else "white",
            linewidths=1.2 if is_ring else 0.35,
            alpha=0.5 if is_crowded and state is State.FINISHED else 0.95,
            zorder=3 if state is State.FINISHED else 4,  # the few above the many
            rasterized=total > _RASTER_FROM,
        )


def _draw_in_shades(axes: "Axes", panel: Panel, picture: Picture, y: Floats) -> None:
    """Draw finished runs as discs, unfinished ones as half discs and running ones as rings."""
    from matplotlib.markers import MarkerStyle

    assert picture.shades is not None
    total = len(panel.dots)
    shades = colours_of(picture.shades, panel.dots.rows)
    is_absent = np.isnan(picture.shades.places[panel.dots.rows])
    for state in _STATES:
        chosen = np.flatnonzero(picture.columns.where([state])[panel.dots.rows])
        chosen = chosen[np.argsort(~is_absent[chosen], kind="stable")]  # grey below colours
        places = panel.dots.x[chosen], y[chosen]
        colours: Any = shades[chosen]  # matplotlib's types know no array here
        style: dict[str, Any] = {
            "s": _area(total, _DOT_AREA),
            "alpha": 0.8 if total > _MANY else 0.95,
            "zorder": 3 if state is State.FINISHED else 4,
            "rasterized": total > _RASTER_FROM,
        }
        if state is State.FINISHED:
            edges = "none" if total > _MANY else "white"
            axes.scatter(*places, facecolors=colours, edgecolors=edges, linewidths=0.35, **style)
            continue
        face = "none" if state is State.RUNNING else "white"
        axes.scatter(*places, facecolors=face, edgecolors=colours, linewidths=0.9, **style)
        if state is State.UNFINISHED:
            half = MarkerStyle("o", fillstyle=HALF)
            axes.scatter(*places, marker=half, facecolors=colours, edgecolors="none", **style)


def _area(total: int, area: float) -> float:
    return max(2.5, area * (_MANY / total) ** 0.7) if total > _MANY else area
