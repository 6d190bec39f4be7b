"""One panel of the picture, drawn with matplotlib: dots over red lines, below the strip of shares."""

from typing import TYPE_CHECKING

from hpq.queue.states import State
from hpq.results.picture.axes import Axis, Kind
from hpq.results.picture.crowds import crowds, opacities
from hpq.results.picture.labels import beside, some_labels, wrapped
from hpq.results.picture.layout import STRIP, STRIP_GAP, UP_LABEL, has_turned_labels
from hpq.results.picture.panel import Panel
from hpq.results.picture.panels import Picture
from hpq.results.plain import plain
from hpq.results.png.colours import COLOURS, NEUTRAL
from hpq.results.png.dots import draw_crosses, draw_dots
from hpq.results.png.shares import draw_shares

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.text import Text

_POINTS = 72  # an inch
_TITLE_PAD = 4.0  # points
_TITLE_INCHES = 0.2  # by which a title may be wider than its panel
_TURNED_INCHES = 1.05  # the length of a label that is turned
_LINE_POINTS = 1.1  # the width of a red line


def draw_panel(axes: "Axes", panel: Panel, picture: Picture, room: int, is_first: bool) -> None:
    """Draw a panel on axes that have their place.

    `room` is how many characters fit below it, and the first in a row has the labels of what all share.
    """
    from matplotlib.ticker import NullLocator

    if panel.axis.is_log:
        axes.set_xscale("log")
    up = picture.up(panel)
    if up.is_log:
        axes.set_yscale("log")
    axes.set_xlim(panel.axis.low, panel.axis.high)
    axes.set_ylim(up.low, up.high)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_minor_locator(NullLocator())
    _label_x(axes, panel.axis, room)
    _label_y(axes, up, is_plane=panel.up is not None, is_first=is_first)
    axes.grid(axis="y", color="#ececec", linewidth=0.6)
    axes.set_axisbelow(True)
    if panel.crashes.y is None:
        _draw_crashes(axes, panel, picture.counts.get(State.CRASHED, 0))
    else:
        draw_crosses(axes, panel)
    if panel.best is not None:
        axes.plot(panel.best.x, panel.best.y, color=NEUTRAL, linewidth=1.2, drawstyle="steps-post", zorder=2)
    draw_dots(axes, panel, picture)
    pad = _TITLE_PAD
    if panel.shares is not None and picture.share is not None:
        draw_shares(axes, panel.shares, picture.share, has_label=is_first)
        pad += (STRIP + STRIP_GAP) * _POINTS
    _name(axes, panel, pad, is_title=picture.look.has_panels, is_marked=panel.name in picture.bunched)


def _name(axes: "Axes", panel: Panel, pad: float, *, is_title: bool, is_marked: bool) -> None:
    """Name what is across: above the panel, or at its axis where both axes have names."""
    place = axes.get_window_extent()
    if is_title:
        title = axes.set_title(plain(panel.name), pad=pad)
        if is_marked:
            title.set(text=f"{title.get_text()} *", color=COLOURS[State.CRASHED])
        shorten(title, place.width + _TITLE_INCHES * _dpi(axes))
        return
    shorten(axes.set_xlabel(plain(panel.name), color=NEUTRAL), place.width)
    shorten(axes.set_ylabel(plain(panel.up_name), color=NEUTRAL), place.height, is_upright=True)
    axes.set_title(panel.note, fontsize=8, color=NEUTRAL, loc="right", pad=pad)


def _dpi(axes: "Axes") -> float:
    return axes.figure.dpi


def shorten(text: "Text", pixels: float, *, is_upright: bool = False) -> None:
    """Leave out the middle of a text until it is no longer than so many pixels."""
    full = text.get_text()
    width = len(full)
    while width > 3 and (wide := _length(text, is_upright)) > pixels:
        width = min(width - 1, max(3, int(width * pixels / wide)))
        text.set_text(plain(full, width))


def _length(text: "Text", is_upright: bool) -> float:
    box = text.get_window_extent()
    return box.height if is_upright else box.width


def _label_x(axes: "Axes", axis: Axis, room: int) -> None:
    ticks = axis.ticks
    if has_turned_labels(axis, room):
        ticks = some_labels(ticks)
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


def _label_y(axes: "Axes", axis: Axis, *, is_plane: bool, is_first: bool) -> None:
    ticks = some_labels(axis.ticks) if is_plane else axis.ticks
    labels = [beside(label, UP_LABEL) if is_plane or is_first else "" for _, label in ticks]
    axes.set_yticks([value for value, _ in ticks], labels)


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
