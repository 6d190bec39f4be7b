"""The picture as a file, drawn with matplotlib: PNG, SVG or PDF."""

import os
import warnings
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hpq.errors import HpqError, UsageError
from hpq.queue.states import State
from hpq.results.labels import is_turned, turned_labels, wrapped
from hpq.results.panels import Axis, Kind, Panel, Picture
from hpq.results.plain import plain

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

ENDINGS = (".png", ".svg", ".pdf")
# Told apart by hue and lightness under the common kinds of colour blindness, and by form without any colour.
COLOURS = {
    State.FINISHED: "#1f5fbf",
    State.UNFINISHED: "#f39200",
    State.RUNNING: "#f39200",
    State.CRASHED: "#d1001f",
}
_PANEL_INCHES = (2.6, 2.2)
_LONE_PANEL_INCHES = (6.4, 4.4)
_HEAD_INCHES = 0.5  # title and legend
_BELOW_INCHES = 0.62  # between a panel and the one below: labels and a title
_TURNED_INCHES = 0.45  # more of it where labels are turned
_LEFT_INCHES = 0.62
_LEAST_WIDTH_INCHES = 5.2  # the legend's
_ROOM = 42  # characters that fit below a panel, side by side
_LONE_ROOM = 110  # below a panel that is alone
_NAME_WIDTH = 34  # characters of a panel's title
_MANY = 400  # dots, from which they are drawn smaller
_RASTER_FROM = 3000  # dots, from which a vector file holds them as an image
_STYLE: dict[Any, Any] = {
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
    with mpl.rc_context(_STYLE), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=r"Glyph .* missing from")  # shown as a box
        figure = Figure()
        _compose(figure, picture, title)
        try:
            figure.savefig(aside, dpi=dpi, metadata=_NO_TIME[ending], facecolor="white")
            os.replace(aside, path)
        finally:
            aside.unlink(missing_ok=True)


def _compose(figure: "Figure", picture: Picture, title: str) -> None:
    """Lay out title and legend above a grid of panels, all sizes in inches so that text never scales."""
    count = len(picture.panels)
    columns = best_columns(count)
    rows = -(-count // columns)
    room = _ROOM if count > 1 else _LONE_ROOM
    below = _BELOW_INCHES
    if any(
        panel.axis.kind is Kind.CATEGORY and is_turned(panel.axis.ticks, room) for panel in picture.panels
    ):
        below += _TURNED_INCHES
    panel_width, panel_height = _PANEL_INCHES if count > 1 else _LONE_PANEL_INCHES
    width = max(columns * panel_width + 0.35, _LEAST_WIDTH_INCHES)
    height = rows * (panel_height - _BELOW_INCHES + below) + _HEAD_INCHES
    figure.set_size_inches(width, height)
    grid = figure.add_gridspec(
        rows,
        columns,
        left=_LEFT_INCHES / width,
        right=1 - 0.12 / width,
        top=1 - (_HEAD_INCHES + 0.22) / height,
        bottom=(below - 0.22) / height,
        wspace=0.2,
        hspace=below / (panel_height - _BELOW_INCHES),
    )
    for index, panel in enumerate(picture.panels):
        axes = figure.add_subplot(grid[divmod(index, columns)])
        _draw_panel(axes, panel, picture, room, with_labels=index % columns == 0)
    figure.text(0.08 / width, 0.5, picture.loss_label, rotation=90, va="center", ha="left", color="#444444")
    middle = 1 - _HEAD_INCHES / 2 / height
    figure.text(_LEFT_INCHES / width, middle, plain(title, int(width * 6)), fontsize=11, va="center")
    _legend(figure, picture, middle, on_the_right=bool(title))


def best_columns(count: int) -> int:
    """Return how many panels stand side by side: as few cells as possible stay empty."""
    return count if count <= 4 else min((5, 4, 3), key=lambda columns: (-count % columns, -columns))


def _draw_panel(axes: "Axes", panel: Panel, picture: Picture, room: int, with_labels: bool) -> None:
    from matplotlib.ticker import NullLocator

    axes.set_title(plain(panel.name, _NAME_WIDTH), pad=4)
    if panel.axis.is_log:
        axes.set_xscale("log")
    if picture.loss.is_log:
        axes.set_yscale("log")
    axes.set_xlim(panel.axis.low, panel.axis.high)
    axes.set_ylim(picture.loss.low, picture.loss.high)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_minor_locator(NullLocator())
    _label_x(axes, panel.axis, room)
    labels = [label if with_labels else "" for _, label in picture.loss.ticks]
    axes.set_yticks([value for value, _ in picture.loss.ticks], labels)
    axes.grid(axis="y", color="#ececec", linewidth=0.6)
    axes.set_axisbelow(True)
    _draw_crashes(axes, panel, picture.counts.get(State.CRASHED, 0))
    _draw_points(axes, panel)


def _label_x(axes: "Axes", axis: Axis, room: int) -> None:
    ticks = axis.ticks
    if axis.kind is Kind.CATEGORY and is_turned(ticks, room):
        ticks = turned_labels(ticks)
        axes.set_xticks([value for value, _ in ticks], [label for _, label in ticks])
        for text in axes.get_xticklabels():
            text.set(rotation=35, horizontalalignment="right", rotation_mode="anchor")
        return
    width = room // max(1, len(ticks)) if axis.kind is Kind.CATEGORY else room
    axes.set_xticks([value for value, _ in ticks], [wrapped(label, width) for _, label in ticks])


def crash_opacity(total: int) -> float:
    """Return the opacity of one red line: a lone one is seen, and hundreds still show where they crowd."""
    return max(0.05, 0.55 * total**-0.28) if total else 0.0


def _draw_crashes(axes: "Axes", panel: Panel, total: int) -> None:
    """Draw a line for each place, as opaque as its number of runs would make it one over another."""
    from matplotlib.collections import LineCollection
    from matplotlib.colors import to_rgb

    alone = crash_opacity(total)
    places = Counter(crash.x for crash in panel.crashes)
    colours = [(*to_rgb(COLOURS[State.CRASHED]), 1 - (1 - alone) ** count) for count in places.values()]
    lines = [((x, 0.0), (x, 1.0)) for x in places]
    transform = axes.get_xaxis_transform()
    axes.add_collection(
        LineCollection(lines, colors=colours, linewidths=1.1, zorder=1, transform=transform), autolim=False
    )


def _draw_points(axes: "Axes", panel: Panel) -> None:
    total = len(panel.points)
    size = 16.0 if total <= _MANY else max(3.0, 16.0 * (_MANY / total) ** 0.5)
    for state in (State.FINISHED, State.UNFINISHED, State.RUNNING):
        points = [point for point in panel.points if point.state is state]
        is_ring = state is State.RUNNING
        axes.scatter(
            [point.x for point in points],
            [point.y for point in points],
            s=size,
            facecolors="none" if is_ring else COLOURS[state],
            edgecolors=COLOURS[state] if is_ring else "white",
            linewidths=1.2 if is_ring else 0.35,
            alpha=0.95 if total <= _MANY else 0.6,
            zorder=3 if state is State.FINISHED else 4,  # the few above the many
            rasterized=total > _RASTER_FROM,
        )


def _legend(figure: "Figure", picture: Picture, middle: float, on_the_right: bool) -> None:
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
        loc="center right" if on_the_right else "center left",
        bbox_to_anchor=(1.0 if on_the_right else 0.0, middle),
        ncols=len(handles),
        frameon=False,
        fontsize=9,
        columnspacing=1.2,
        handletextpad=0.2,
    )
