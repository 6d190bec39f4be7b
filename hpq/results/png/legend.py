"""What tells the forms and the colours of a picture, above its panels."""

from typing import TYPE_CHECKING, Any

from hpq.queue.states import State
from hpq.results.picture.axes import Axis, ticks_within
from hpq.results.picture.layout import GROUP_LABEL, KEY_NAME, Layout
from hpq.results.picture.panels import Picture
from hpq.results.plain import plain
from hpq.results.png.colours import ABSENT, COLOURS, GROUPS, NEUTRAL, scale
from hpq.results.png.dots import HALF

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D

# In inches
_BELOW_LEGEND = 0.25
_BESIDE = 0.12  # between the name, the scale and what follows
_HALF_LINE = 0.07
_SCALE_WIDTH = 2.0
_SCALE_HEIGHT = 0.11
_SCALE_CHARACTERS = 27  # that fit below it


def draw_legend(figure: "Figure", picture: Picture, left: float, middle: float) -> None:
    """Tell the states and how many runs are in each, in a line at a height of the figure."""
    handles = [_state_handle(state, f"{state} {count:,}", picture) for state, count in picture.counts.items()]
    if any(panel.best for panel in picture.panels):
        handles.append(_handle("best so far", NEUTRAL, linestyle="-", linewidth=1.2, marker=""))
    _row(figure, handles, len(handles), loc="center left", bbox_to_anchor=(left, middle))


def _state_handle(state: State, label: str, picture: Picture) -> "Line2D":
    if state is State.CRASHED:
        is_cross = bool(picture.look.pairs)
        marker, size = ("x", 4.5) if is_cross else ("|", 10.0)
        return _handle(label, COLOURS[state], marker=marker, markersize=size, markeredgewidth=1.5)
    colour = COLOURS[state] if picture.shades is None else NEUTRAL
    if state is State.RUNNING:
        return _handle(label, colour, markerfacecolor="none", markeredgewidth=1.5)
    if state is State.UNFINISHED and picture.shades is not None:
        return _handle(label, colour, fillstyle=HALF, markerfacecoloralt="white", markeredgewidth=0.9)
    return _handle(label, colour)


def _handle(label: str, colour: str, **style: Any) -> "Line2D":
    from matplotlib.lines import Line2D

    usual = {"marker": "o", "markersize": 5, "markerfacecolor": colour, "markeredgewidth": 0.5}
    return Line2D([], [], color=colour, label=label, **{"linestyle": "none", **usual, **style})


def _row(figure: "Figure", handles: "list[Line2D]", columns: int, **place: Any) -> None:
    figure.legend(
        handles=handles,
        ncols=columns,
        frameon=False,
        fontsize=9,
        borderpad=0.0,
        borderaxespad=0.0,
        columnspacing=1.2,
        handlelength=1.0,
        handletextpad=0.4,
        labelspacing=0.25,
        **place,
    )


def draw_key(figure: "Figure", picture: Picture, place: Layout) -> None:
    """Tell what the colours are of: a scale with its labels, or a dot for each group."""
    shades = picture.shades
    if shades is None:
        return
    left, middle = place.left / place.width, 1 - (place.legend + _BELOW_LEGEND) / place.height
    name = figure.text(left, middle, plain(shades.name, KEY_NAME), va="center", fontsize=9)
    right = name.get_window_extent().x1 / figure.dpi + _BESIDE
    handles = []
    if shades.has_groups:
        labels = (plain(label, GROUP_LABEL) for _, label in shades.axis.ticks)
        handles = [_handle(label, colour) for label, colour in zip(labels, GROUPS, strict=False)]
    elif shades.axis.ticks:
        _draw_scale(figure, shades.axis, (right, (1 - middle) * place.height), place)
        right += _SCALE_WIDTH + 2 * _BESIDE
    lacking = shades.lacking(picture.dots)
    if lacking:
        handles.append(_handle(f"without {lacking:,}", ABSENT))
    if handles:
        top = middle + _HALF_LINE / place.height
        _row(
            figure,
            handles,
            min(place.key.columns, len(handles)) if shades.has_groups else 1,
            loc="upper left",
            bbox_to_anchor=(right / place.width, top),
        )


def _draw_scale(figure: "Figure", axis: Axis, at: tuple[float, float], place: Layout) -> None:
    """Draw the colours from low to high, their left end in the middle `at` inches from the top left."""
    left, bottom = at[0] / place.width, 1 - (at[1] + _SCALE_HEIGHT / 2) / place.height
    size = _SCALE_WIDTH / place.width, _SCALE_HEIGHT / place.height
    axes = figure.add_axes((left, bottom, *size))
    axes.imshow([[step / 255 for step in range(256)]], aspect="auto", extent=(0, 1, 0, 1), cmap=scale())
    ticks = [(axis.fraction(value), label) for value, label in ticks_within(axis, _SCALE_CHARACTERS)]
    inside = [(fraction, label) for fraction, label in ticks if 0 <= fraction <= 1]
    axes.set_xticks([fraction for fraction, _ in inside], [label for _, label in inside])
    axes.set_yticks([])
    axes.tick_params(pad=1.5)
    axes.spines[:].set_visible(False)
