"""Where title, legend and panels stand in a picture, in inches, so that text never scales."""

import textwrap
from dataclasses import dataclass

from hpq.results.axes import Axis, Kind
from hpq.results.labels import is_turned
from hpq.results.notes import notes
from hpq.results.panels import Picture

_PANEL = (2.6, 2.2)
_LONE_PANEL = (6.4, 4.4)
_LINE = 0.3  # the title has one, and the legend
_NOTE = 0.16  # a line of what is said below the legend
_NOTE_CHARACTER = 0.06
_TITLES = 0.32  # of the first row of panels
_BETWEEN = 0.62  # a panel and the one below: labels and a title
_TURNED_BELOW = 0.45  # more of it where labels are turned
_LEFT = 0.62  # at least
_TURNED_LEFT = 0.2  # more of it where labels are turned
_CHARACTER = 0.066  # of the labels of the loss
_LEAST_WIDTH = 5.2  # the legend's
_ROOM = 33  # characters that fit below a panel, side by side
_LONE_ROOM = 90  # below a panel that is alone
_LAST_GAP = 0.2  # less below the last row, which has no titles below it
STRIP = 0.24  # the height of shares of crashes, above each panel
STRIP_GAP = 0.06  # between them and the panel
RIGHT = 0.12
GAP = 0.2  # between panels, of a panel's width


@dataclass(frozen=True, slots=True)
class Layout:
    """A grid of panels below a head; lengths in inches."""

    columns: int
    rows: int
    width: float
    height: float
    left: float  # of the panels, and of title and legend
    head: float  # above the panels
    title: float  # from the top to the middle of the title
    legend: float  # from the top to the middle of the legend
    notes: tuple[str, ...]  # the lines below the legend
    note: float  # from the top to the head of the first of them
    below: float  # between rows
    panel_height: float
    bottom: float  # below the panels
    room: int  # characters that fit below a panel


def layout(picture: Picture, has_title: bool) -> Layout:
    """Return the layout that suits the number of panels and the length of labels."""
    count = len(picture.panels)
    columns, rows = best_grid(count)
    room = _ROOM if count > 1 else _LONE_ROOM
    width, height = _PANEL if count > 1 else _LONE_PANEL
    has_turned = any(has_turned_labels(panel.axis, room) for panel in picture.panels)
    left = _left(picture) + (_TURNED_LEFT if has_turned else 0.0)
    strip = STRIP + STRIP_GAP if picture.share is not None else 0.0
    below = _BETWEEN + strip + (_TURNED_BELOW if has_turned else 0.0)
    width = max(left + columns * width - 0.27, _LEAST_WIDTH)
    lines = _LINE * (2 if has_title else 1)
    told = textwrap.wrap(notes(picture), int((width - left - RIGHT) / _NOTE_CHARACTER))
    head = lines + len(told) * _NOTE + _TITLES + strip
    return Layout(
        columns=columns,
        rows=rows,
        width=width,
        height=head - strip + rows * (height - _BETWEEN + below) - _LAST_GAP,
        left=left,
        head=head,
        title=0.24,
        legend=lines - 0.08,
        notes=tuple(told),
        note=lines + 0.04,
        below=below,
        panel_height=height - _BETWEEN,
        bottom=below - strip - _LAST_GAP,
        room=room,
    )


def best_grid(count: int) -> tuple[int, int]:
    """Return columns and rows: as few cells as possible stay empty."""
    columns = count if count <= 4 else min((5, 4, 3), key=lambda columns: (-count % columns, -columns))
    return columns, -(-count // columns)


def has_turned_labels(axis: Axis, room: int) -> bool:
    """Tell whether labels of categories do not fit side by side."""
    return axis.kind is Kind.CATEGORY and is_turned(axis.ticks, room)


def _left(picture: Picture) -> float:
    """Return the room for the loss's name and labels."""
    longest = max((len(label) for _, label in picture.loss.ticks), default=0)
    return max(_LEFT, 0.3 + _CHARACTER * longest)
