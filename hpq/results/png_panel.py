"""One panel of the picture, drawn with matplotlib: dots over red lines, below the strip of shares."""

from typing import TYPE_CHECKING

from hpq.queue.states import State
from hpq.results.axes import Axis, Kind
from hpq.results.crowds import crowds, opacities
from hpq.results.labels import turned_labels, wrapped
from hpq.results.layout import STRIP, STRIP_GAP, has_turned_labels
from hpq.results.panel import Panel
from hpq.results.panels import Picture
from hpq.results.plain import plain
from hpq.results.png_colours import COLOURS
from hpq.results.png_shares import draw_shares

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.text import Text

_POINTS = 72  # an inch
_TITLE_PAD = 4.0  # points
_TITLE_INCHES = 0.2  # by which a title may be wider than its panel
_TURNED_INCHES = 1.05  # the length of a label that is turned
_LINE_POINTS = 1.1  # the width of a red line
_DOT_AREA = 16.0  # in square points
_MANY = 400  # dots, from which they are drawn smaller
_RASTER_FROM = 3000  # dots, from which a vector file holds them as an image


def draw_panel(axes: "Axes", panel: Panel, picture: Picture, room: int, is_first: bool) -> None:
    """Draw a panel on axes that have their place.

    `room` is how many characters fit below it, and the first in a row has the labels of what all share.
    """
    from matplotlib.ticker import NullLocator

    if panel.axis.is_log:
        axes.set_xscale("log")
    if picture.loss.is_log:
        axes.set_yscale("log")
    axes.set_xlim(panel.axis.low, panel.axis.high)
    axes.set_ylim(picture.loss.low, picture.loss.high)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_minor_locator(NullLocator())
    _label_x(axes, panel.axis, room)
    labels = [label if is_first else "" for _, label in picture.loss.ticks]
    axes.set_yticks([value for value, _ in picture.loss.ticks], labels)
    axes.grid(axis="y", color="#ececec", linewidth=0.6)
    axes.set_axisbelow(True)
    _draw_crashes(axes, panel, picture.counts.get(State.CRASHED, 0))
    _draw_dots(axes, panel, picture)
    pad = _TITLE_PAD
    if panel.shares is not None and picture.share is not None:
        draw_shares(axes, panel.shares, picture.share, has_label=is_first)
        pad += (STRIP + STRIP_GAP) * _POINTS
    title = axes.set_title(plain(panel.name), pad=pad)
    shorten(title, axes.get_window_extent().width + _TITLE_INCHES * _dpi(axes))


def _dpi(axes: "Axes") -> float:
    return axes.figure.dpi


def shorten(text: "Text", pixels: float) -> None:
    """Leave out the middle of a text until it is no wider than so many pixels."""
    full = text.get_text()
    width = len(full)
    while width > 3 and (wide := text.get_window_extent().width) > pixels:
        width = min(width - 1, max(3, int(width * pixels / wide)))
        text.set_text(plain(full, width))


def _label_x(axes: "Axes", axis: Axis, room: int) -> None:
    ticks = axis.ticks
    if has_turned_labels(axis, room):
        ticks = turned_labels(ticks)
        places = [value for value, _ in ticks]
        axes.set_xticks(places, [label for _, label in ticks])
        texts = axes.get_xticklabels()
        for text in texts:
            shorten(text, _TURNED_INCHES * _dpi(axes))
        labels = [text.get_text() for text in texts]
        axes.set_xticks(places, labels, rotation=40, horizontalalignment="right", rotation_mode="anchor")
        return
    width = room // max(1, len(ticks)) if axis.kind is Kind.CATEGORY else room
    axes.set_xticks([value for value, _ in ticks], [wrapped(label, width) for _, label in ticks])


def _draw_crashes(axes: "Axes", panel: Panel, total: int) -> None:
    """Draw a line for each place that can be told apart."""
    from matplotlib.collections import LineCollection
    from matplotlib.colors import to_rgb

    points = axes.get_window_extent().width / _dpi(axes) * _POINTS
    crowded = crowds(panel.axis.fractions(panel.crashes.x).tolist(), _LINE_POINTS / points)
    shades = opacities([crowd.count for crowd in crowded], total)
    axes.add_collection(
        LineCollection(
            [((crowd.place, 0.0), (crowd.place, 1.0)) for crowd in crowded],
            colors=[(*to_rgb(COLOURS[State.CRASHED]), shade) for shade in shades],
            linewidths=_LINE_POINTS,
            capstyle="butt",
            snap=False,  # lines moved to whole pixels would overlap in some places
            zorder=1,
            transform=axes.transAxes,
        ),
        autolim=False,
    )


def _draw_dots(axes: "Axes", panel: Panel, picture: Picture) -> None:
    total = len(panel.dots)
    is_crowded = total > _MANY
    size = max(2.5, _DOT_AREA * (_MANY / total) ** 0.7) if is_crowded else _DOT_AREA
    losses = picture.losses[panel.dots.rows].clip(picture.loss.low, picture.loss.high)
    for state in (State.FINISHED, State.UNFINISHED, State.RUNNING):
        chosen = picture.columns.where([state])[panel.dots.rows]
        is_ring = state is State.RUNNING
        axes.scatter(
            panel.dots.x[chosen],
            losses[chosen],
            s=size,
            facecolors="none" if is_ring else COLOURS[state],
            edgecolors=COLOURS[state] if is_ring else "none" if is_crowded else "white",
            linewidths=1.2 if is_ring else 0.35,
            alpha=0.5 if is_crowded and state is State.FINISHED else 0.95,
            zorder=3 if state is State.FINISHED else 4,  # the few above the many
            rasterized=total > _RASTER_FROM,
        )
