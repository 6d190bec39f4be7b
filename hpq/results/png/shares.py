"""The strip above a panel of the picture, drawn with matplotlib: shares of crashes with their intervals."""

from typing import TYPE_CHECKING

import numpy as np

from hpq.queue.states import State
from hpq.results.picture.layout import STRIP, STRIP_GAP
from hpq.results.picture.shares import Shares
from hpq.results.png.colours import COLOURS

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_SIDES = {0: "#777777", -1: COLOURS[State.FINISHED], 1: COLOURS[State.CRASHED]}
_BAND = 0.3  # the opacity of an interval
_GROUND = "#f2f2f2"  # behind bins that have runs
_ALL = "#222222"  # the line of all runs


def draw_shares(axes: "Axes", shares: Shares, overall: float, *, has_label: bool) -> None:
    """Draw the strip above axes that have their place, from a share of 0 at its foot to 1 at its head."""
    inch = axes.figure.dpi / axes.get_window_extent().height  # in heights of the axes
    strip = axes.inset_axes((0, 1 + STRIP_GAP * inch, 1, STRIP * inch), xlim=(0, 1), ylim=(0, 1))
    strip.spines[:].set_visible(False)
    strip.set_xticks([])
    labels = {overall: f"{100 * overall:.0f} %"} if has_label else {}
    strip.set_yticks([*labels], [*labels.values()], fontsize=6.5)
    edges = np.repeat(shares.edges, 2)[1:-1]
    strip.fill_between(edges, 0, 1, np.repeat(shares.has_runs, 2), color=_GROUND, linewidth=0)
    low, high = np.repeat(shares.low, 2), np.repeat(shares.high, 2)
    for side in np.unique(shares.side).tolist():
        colour, where = _SIDES[side], shares.side == side
        strip.fill_between(edges, low, high, np.repeat(where, 2), color=colour, alpha=_BAND, linewidth=0)
        left, right = shares.edges[:-1][where], shares.edges[1:][where]
        strip.hlines(shares.share[where], left, right, colour, linewidth=1.5, clip_on=False)
    strip.axhline(overall, color=_ALL, linewidth=0.6)
