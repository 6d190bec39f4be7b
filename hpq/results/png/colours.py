"""The colours of the picture, as a file has them."""

from typing import TYPE_CHECKING

import numpy as np

from hpq.queue.states import State
from hpq.results.columns import Floats, Rows
from hpq.results.picture.shades import Shades

if TYPE_CHECKING:
    from matplotlib.colors import Colormap

# Told apart by hue and lightness under the common kinds of colour blindness, and by form without any colour.
COLOURS = {
    State.FINISHED: "#1f5fbf",
    State.UNFINISHED: "#f39200",
    State.RUNNING: "#f39200",
    State.CRASHED: "#d1001f",
}
# Of groups: Okabe and Ito's without their two reds, which crashes have, and others as far from all of them.
GROUPS = ("#0060a8", "#e69f00", "#009e73", "#56b4e9", "#5b2a86", "#a55ff0", "#86d957", "#111111")
ABSENT = "#bdbdbd"  # of runs that have no place among the colours
NEUTRAL = "#444444"  # of forms where the colours tell something else
_DARKEST, _LIGHTEST = 0.0, 0.86  # of viridis: what is lighter cannot be seen on white


def scale() -> "Colormap":
    """Return the colours of numbers from low to high: even to the eye, darkest at the low end, never red."""
    from matplotlib import colormaps
    from matplotlib.colors import ListedColormap

    return ListedColormap(colormaps["viridis"](np.linspace(_DARKEST, _LIGHTEST, 256)))


def colours_of(shades: Shades, rows: Rows) -> Floats:
    """Return the colours of runs, as numbers from 0 to 1 (N, 4)."""
    from matplotlib.colors import to_rgba_array

    if shades.has_groups:
        return to_rgba_array([*GROUPS, ABSENT])[shades.groups(rows)]
    fractions = shades.fractions(rows)
    colours = scale()(np.nan_to_num(fractions))
    colours[np.isnan(fractions)] = to_rgba_array(ABSENT)
    return colours
