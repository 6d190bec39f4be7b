"""Red lines that fall on one another: one for each place that can be told apart, darker for more runs."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

_DARKEST = 0.8  # the opacity that no crowd exceeds
_LIGHTEST = 0.07  # a lone line among very many


@dataclass(frozen=True, slots=True)
class Crowd:
    """Crashed runs that are drawn as one line."""

    place: float
    count: int


def crowds(places: Sequence[float], width: float) -> list[Crowd]:
    """Return places gathered in cells as wide as a line, so that lines side by side do not overlap."""
    cells: dict[int, list[float]] = {}
    for place in sorted(places):
        cells.setdefault(math.floor(place / width), []).append(place)
    gathered = []
    for index, cell in cells.items():
        has_neighbour = index - 1 in cells or index + 1 in cells
        gathered.append(Crowd((index + 0.5) * width if has_neighbour else sum(cell) / len(cell), len(cell)))
    return gathered


def lone_opacity(total: int) -> float:
    """Return the opacity of one line out of so many in the picture."""
    return max(_LIGHTEST, 0.55 * total**-0.28) if total else 0.0


def opacities(counts: Sequence[int], total: int) -> list[float]:
    """Return how dark crowds are: as lines one over another are, or by a power where that would saturate."""
    lone, peak = lone_opacity(total), max(counts, default=1)
    if 1 - (1 - lone) ** peak <= _DARKEST:
        return [1 - (1 - lone) ** count for count in counts]
    power = math.log(_DARKEST / lone) / math.log(peak)
    return [lone * count**power for count in counts]
