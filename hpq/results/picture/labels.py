"""Labels of categories that can be read: side by side, in two lines, or turned."""

import re
from collections.abc import Sequence

from hpq.results.picture.ticks import Tick
from hpq.results.plain import plain

_MOST_LINES = 12  # labels on an axis; beyond that only every so many is written


def is_turned(ticks: Sequence[Tick], room: int) -> bool:
    """Tell whether labels do not fit side by side in so many characters, in two lines each."""
    width = room // max(1, len(ticks))
    lines = [wrapped(label, width).split("\n") for _, label in ticks]
    return any(len(parts) > 2 or max(map(len, parts)) > width for parts in lines)


def wrapped(label: str, width: int) -> str:
    """Return a label broken after its separators into lines no longer than the width where possible."""
    if len(label) <= width:
        return label
    lines = [""]
    for part in re.findall(r"[^_\-. /]+[_\-. /]*|[_\-. /]+", label):
        if lines[-1] and len(lines[-1]) + len(part) > width:
            lines.append("")
        lines[-1] += part
    return "\n".join(lines)


def beside(label: str, width: int) -> str:
    """Return a label for the left of an axis: in two lines of such a width, or its middle left out."""
    lines = wrapped(label, width).split("\n")
    return "\n".join(lines) if len(lines) <= 2 and max(map(len, lines)) <= width else plain(label, width)


def some_labels(ticks: Sequence[Tick]) -> tuple[Tick, ...]:
    """Return the labels that are written where each has a line of its own: not too many."""
    return tuple(ticks[:: max(1, -(-len(ticks) // _MOST_LINES))])
