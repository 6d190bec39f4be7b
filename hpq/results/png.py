"""The picture as a file, drawn with matplotlib: PNG, SVG or PDF."""

import os
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hpq.errors import HpqError, UsageError
from hpq.queue.states import State
from hpq.results.axes import Axis, Kind
from hpq.results.crowds import crowds, opacities
from hpq.results.labels import turned_labels, wrapped
from hpq.results.layout import GAP, RIGHT, has_turned_labels, layout
from hpq.results.panels import Panel, Picture
from hpq.results.plain import plain

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.text import Text

ENDINGS = (".png", ".svg", ".pdf")
# Told apart by hue and lightness under the common kinds of colour blindness, and by form without any colour.
COLOURS = {
    State.FINISHED: "#1f5fbf",
    State.UNFINISHED: "#f39200",
    State.RUNNING: "#f39200",
    State.CRASHED: "#d1001f",
}
_TITLE_INCHES = 0.2  # by which a title may be wider than its panel
_TURNED_INCHES = 1.05  # the length of a label that is turned
_LINE_POINTS = 1.1  # the width of a red line
_DOT_AREA = 16.0  # in square points
_MANY = 400  # dots, from which they are drawn smaller
_RASTER_FROM = 3000  # dots, from which a vector file holds them as an image
STYLE: dict[Any, Any] = {
    "font.family": "DejaVu Sans",
    "font.size": 8,
    "axes.titlesize": 9,
    "axes.edgecolor": "#8a8a8a",
    "axes.linewidth": 0.7,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "xtick.color": "#444444",
    "ytick.color": "#444444",
    "xtick.labelsize": 7.5,
    "ytick.labelsize": 7.5,
    "xtick.major.size": 2.5,
    "ytick.major.size": 2.5,
    "text.parse_math": False,  # a `$` in a name is a `$`
    "svg.hashsalt": "hpq",  # the same runs give the same bytes
    "pdf.fonttype": 42,
}
_NO_TIME: dict[str, Any] = {
    ".png": {"Software": None},
    ".svg": {"Date": None},
    ".pdf": {"CreationDate": None},
}


def check_path(path: Path) -> None:
    """Raise HpqError when no picture can be written to a path, before work is spent on it."""
    if path.suffix.lower() not in ENDINGS:
        raise UsageError(f"a picture's name ends in {', '.join(ENDINGS)}, and {str(path)!r} does not")
    if not path.parent.is_dir():
        raise HpqError(f"there is no folder {str(path.parent)!r} to put the picture in")


def draw(picture: Picture, path: Path, *, title: str = "", dpi: int = 150) -> None:
    """Write the picture to a file, whole or not at all. Raises HpqError where it cannot be written."""
    check_path(path)
    import matplotlib as mpl  # 300 ms
    from matplotlib.figure import Figure

    ending = path.suffix.lower()
    aside = path.with_name(f".{path.name}.{os.getpid()}{ending}")
    with mpl.rc_context(STYLE), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=r"Glyph .* missing from")  # shown as a box
        figure = Figure()
        compose(figure, picture, title)
        try:
            figure.savefig(aside, dpi=dpi, metadata=_NO_TIME[ending], facecolor="white")
            os.replace(aside, path)
        except OSError as error:
            raise HpqError(f"the picture cannot be written to {str(path)!r}: {error.strerror}") from error
        finally:
            aside.unlink(missing_ok=True)


def compose(figure: "Figure", picture: Picture, title: str) -> None:
    """Lay out title and legend above a grid of panels."""
    place = layout(picture, bool(title))
    figure.set_size_inches(place.width, place.height)
    grid = figure.add_gridspec(
        place.rows,
        place.columns,
        left=place.left / place.width,
        right=1 - RIGHT / place.width,
        top=1 - place.head / place.height,
        bottom=place.bottom / place.height,
        wspace=GAP,
        hspace=place.below / place.panel_height,
    )
    for index, panel in enumerate(picture.panels):
        axes = figure.add_subplot(grid[divmod(index, place.columns)])
        _draw_panel(axes, panel, picture, place.room, has_loss_labels=index % place.columns == 0)
    figure.text(0.08 / place.width, 0.5, picture.loss_label, rotation=90, va="center", color="#444444")
    left = place.left / place.width
    if title:
        text = figure.text(left, 1 - place.title / place.height, plain(title), fontsize=11, va="center")
        _shorten(text, (place.width - place.left - 2 * RIGHT) * figure.dpi)
    _legend(figure, picture, left, 1 - place.legend / place.height)


def _draw_panel(axes: "Axes", panel: Panel, picture: Picture, room: int, has_loss_labels: bool) -> None:
    """Draw a panel on axes that have their place; `room` is how many characters fit below it."""
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
    labels = [label if has_loss_labels else "" for _, label in picture.loss.ticks]
    axes.set_yticks([value for value, _ in picture.loss.ticks], labels)
    axes.grid(axis="y", color="#ececec", linewidth=0.6)
    axes.set_axisbelow(True)
    _draw_crashes(axes, panel, picture.counts.get(State.CRASHED, 0))
    _draw_dots(axes, panel, picture)
    title = axes.set_title(plain(panel.name), pad=4)
    _shorten(title, axes.get_window_extent().width + _TITLE_INCHES * _dpi(axes))


def _dpi(axes: "Axes") -> float:
    return axes.figure.dpi


def _shorten(text: "Text", pixels: float) -> None:
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
            _shorten(text, _TURNED_INCHES * _dpi(axes))
        labels = [text.get_text() for text in texts]
        axes.set_xticks(places, labels, rotation=40, horizontalalignment="right", rotation_mode="anchor")
        return
    width = room // max(1, len(ticks)) if axis.kind is Kind.CATEGORY else room
    axes.set_xticks([value for value, _ in ticks], [wrapped(label, width) for _, label in ticks])


def _draw_crashes(axes: "Axes", panel: Panel, total: int) -> None:
    """Draw a line for each place that can be told apart."""
    from matplotlib.collections import LineCollection
    from matplotlib.colors import to_rgb

    points = axes.get_window_extent().width / _dpi(axes) * 72
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


def _legend(figure: "Figure", picture: Picture, left: float, middle: float) -> None:
    from matplotlib.lines import Line2D

    handles = []
    for state, count in picture.counts.items():
        colour = COLOURS[state]
        is_line, is_ring = state is State.CRASHED, state is State.RUNNING
        handles.append(
            Line2D(
                [],
                [],
                linestyle="none",
                marker="|" if is_line else "o",
                markersize=10 if is_line else 5,
                markerfacecolor="none" if is_ring else colour,
                markeredgecolor=colour,
                markeredgewidth=1.5 if is_line or is_ring else 0.5,
                label=f"{state} {count:,}",
            )
        )
    figure.legend(
        handles=handles,
        loc="center left",
        bbox_to_anchor=(left, middle),
        ncols=len(handles),
        frameon=False,
        fontsize=9,
        borderpad=0.0,
        borderaxespad=0.0,
        columnspacing=1.2,
        handlelength=1.0,
        handletextpad=0.4,
    )
