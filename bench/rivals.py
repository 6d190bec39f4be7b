"""The panels of a picture, drawn with the two widgets for plots that there are for Textual.

Each is used as its documentation does: a widget for each panel, in a grid. Neither can draw all of the
picture. textual-plot has no log axis, so that it is given logarithms, and its red lines hide the dots. In
both a line is as red however many runs crashed there, a cell of dots as blue however many fell into it, and
nothing tells which dot was clicked. Runs that share a category are moved sideways for them.
"""

from collections.abc import Callable, Sequence

import numpy as np
from textual.app import App, ComposeResult
from textual.widget import Widget
from textual_plot import AxisFormatter, HiResMode, PlotWidget
from textual_plotext import PlotextPlot

from hpq.queue.states import State
from hpq.results.columns import Floats
from hpq.results.picture.axes import Axis
from hpq.results.picture.panel import Panel
from hpq.results.picture.panels import Picture
from hpq.tui.palette import DARK

PANELS = 13
_COLOURS = {State.FINISHED: DARK.finished, State.UNFINISHED: DARK.unfinished}


class Rival(App[None]):
    """Thirteen plots in five columns and three rows."""

    CSS = "Screen { layout: grid; grid-size: 5 3; }"
    plot: Callable[[], Widget]

    def compose(self) -> ComposeResult:
        for _ in range(PANELS):
            yield type(self).plot()

    def show(self, picture: Picture) -> None:
        """Draw a picture, in the way of the library."""
        raise NotImplementedError  # each library has a way of its own: Rival alone draws nothing


class TextualPlot(Rival):
    plot = PlotWidget

    def show(self, picture: Picture) -> None:
        for plot, panel in zip(self.query(PlotWidget), picture.panels, strict=True):
            plot.clear()
            plot.set_x_formatter(_Labels(panel.axis))
            plot.set_y_formatter(_Labels(picture.loss))
            plot.set_xlimits(*_ends(panel.axis))
            plot.set_ylimits(*_ends(picture.loss))
            for x, losses, colour in _dots(picture, panel):
                plot.scatter(x, np.log10(losses), marker_style=colour, hires_mode=HiResMode.BRAILLE)
            for x in panel.crashes.x.tolist():
                plot.add_v_line(x, line_style=DARK.crashed)
            plot.set_xlabel(panel.name)
            plot.render()  # onto its canvas, which the screen would show at its next turn


class _Labels(AxisFormatter):
    """The labels of an axis, where the axis stands for logarithms if it is a log one."""

    def __init__(self, axis: Axis) -> None:
        self._labels = {_stand(axis, value): label for value, label in axis.ticks}

    def get_ticks(self, min_: float, max_: float, max_ticks: int = 8) -> list[float]:  # noqa: ARG002  # AxisFormatter passes them by name
        return list(self._labels)

    def get_labels_for_ticks(self, ticks: Sequence[float]) -> list[str]:
        return [self._labels[tick] for tick in ticks]


class Plotext(Rival):
    plot = PlotextPlot

    def show(self, picture: Picture) -> None:
        for plot, panel in zip(self.query(PlotextPlot), picture.panels, strict=True):
            plt = plot.plt
            plt.clear_figure()
            plt.title(panel.name)
            plt.yscale("log")
            plt.xlim(panel.axis.low, panel.axis.high)
            plt.ylim(*_ends(picture.loss))  # which take logarithms, as nothing else does
            plt.xticks(*_columns(panel.axis))
            plt.yticks(*_columns(picture.loss))
            for x, losses, colour in _dots(picture, panel):
                plt.scatter(x.tolist(), losses.tolist(), marker="braille", color=_rgb(colour))
            for x in panel.crashes.x.tolist():
                plt.vertical_line(x, color=_rgb(DARK.crashed))
            plot.refresh()


def _dots(picture: Picture, panel: Panel) -> list[tuple[Floats, Floats, str]]:
    """Return where the dots of each colour stand, and the losses."""
    states = np.array(picture.states(panel.dots))
    chosen = ((states == state, colour) for state, colour in _COLOURS.items())
    return [(panel.dots.x[rows], picture.losses[panel.dots.rows[rows]], colour) for rows, colour in chosen]


def _stand(axis: Axis, value: float) -> float:
    return float(np.log10(value)) if axis.is_log else value


def _ends(axis: Axis) -> tuple[float, float]:
    return _stand(axis, axis.low), _stand(axis, axis.high)


def _columns(axis: Axis) -> tuple[list[float], list[str]]:
    return [value for value, _ in axis.ticks], [label for _, label in axis.ticks]


def _rgb(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:], 16)
