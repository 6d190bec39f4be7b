"""What stands around a panel's dots: its title, its axes and their labels, as lines of text."""

from collections.abc import Sequence
from functools import lru_cache
from itertools import takewhile

from rich.cells import cell_len, set_cell_size

from hpq.results.picture.axes import Axis, Kind, ticks, ticks_within
from hpq.results.picture.ticks import Tick
from hpq.results.plain import plain

_ROWS_A_LABEL = 2  # of the loss
_SEPARATORS = "_-. /"  # within a category's name
UP_LABEL = 14  # cells of a category at the left of a plane
_LEAST_LABEL = 3  # characters of a category's label, below which some are left out


def title(name: str, width: int) -> str:
    """Return a panel's title, its middle left out where it is too long."""
    text = fitted(name, width)
    return text.center(width - (cell_len(text) - len(text)))


def fitted(text: str, width: int) -> str:
    """Return plain text in so many cells, of which some characters take two; its middle is left out."""
    shown, most = plain(text, width), width
    while cell_len(shown) > width:
        most -= 1
        shown = plain(text, most)
    return shown


@lru_cache(64)
def loss_labels(axis: Axis, height: int) -> dict[int, str]:
    """Return the labels of the loss by row, the top row being 0."""
    if not axis.ticks:
        return {}
    marks = ticks(axis, max(2, height // _ROWS_A_LABEL))
    inside = [(axis.fraction(value), label) for value, label in marks if axis.low <= value <= axis.high]
    return {min(height - 1, int((1 - fraction) * height)): label for fraction, label in inside}


@lru_cache(64)
def up_labels(axis: Axis, height: int) -> dict[int, str]:
    """Return the labels of what is up by row: numbers as a loss has them, or each category's."""
    if axis.kind in (Kind.NUMBER, Kind.LENGTH):
        return loss_labels(axis, height)
    return {int((1 - axis.fraction(value)) * height): fitted(label, UP_LABEL) for value, label in axis.ticks}


@lru_cache(256)
def x_axis(axis: Axis, width: int) -> tuple[str, str]:
    """Return the line below a panel and the labels below that, each as wide as the plot."""
    is_number = axis.kind in (Kind.NUMBER, Kind.LENGTH)
    marks = ticks_within(axis, width) if is_number else tuple(_short_labels(axis.ticks, width))
    line, labels, free = ["─"] * width, [" "] * width, 0
    for value, label in marks:
        column = min(width - 1, int(axis.fraction(value) * width))
        cells = cell_len(label)
        start = min(max(0, column - cells // 2), width - cells)
        if start < free or not 0 <= axis.fraction(value) <= 1:
            continue
        line[column] = "┬"
        labels[start : start + cells] = [label, *[""] * (cells - 1)]
        free = start + cells + 1
    return "".join(line), "".join(labels)


def _short_labels(marks: Sequence[Tick], width: int) -> list[Tick]:
    """Return categories' labels that fit side by side: what they all begin with is left out first."""
    room = width // max(1, len(marks)) - 1
    if room < _LEAST_LABEL:
        some = -(-len(marks) * (_LEAST_LABEL + 1) // width)
        marks, room = marks[::some], _LEAST_LABEL
    labels = [label for _, label in marks]
    if max(map(cell_len, labels), default=0) > room:
        shared = _shared_length(labels)
        labels = [label[shared:].lstrip(_SEPARATORS) or label for label in labels]
    return [(value, _cut(label, room)) for (value, _), label in zip(marks, labels, strict=True)]


def _shared_length(labels: Sequence[str]) -> int:
    """Return how many characters all labels begin with."""
    return sum(1 for _ in takewhile(lambda letters: len(set(letters)) == 1, zip(*labels, strict=False)))


def _cut(label: str, room: int) -> str:
    return label if cell_len(label) <= room else set_cell_size(label, room - 1).rstrip() + "…"
