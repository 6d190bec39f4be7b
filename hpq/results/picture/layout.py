"""Where title, legend and panels stand in a picture, in inches, so that text never scales."""

import textwrap
from dataclasses import dataclass

from hpq.results.picture.axes import Axis, Kind
from hpq.results.picture.labels import is_turned
from hpq.results.picture.notes import notes
from hpq.results.picture.panels import Picture
from hpq.results.picture.shades import Shades

_PANEL = (2.6, 2.2)
_PLANE = (3.9, 3.1)
_LONE_PANEL = (6.4, 4.4)
_LINE = 0.3  # the title has one, and the legend
_NOTE = 0.16  # a line of what is said below the legend
_NOTE_CHARACTER = 0.06
_TITLES = 0.32  # of the first row of panels
_NO_TITLES = 0.12  # in place of them
_BETWEEN = 0.62  # a panel and the one below: labels and a title
_TURNED_BELOW = 0.45  # more of it where labels are turned
_LEFT = 0.62  # at least
_TURNED_LEFT = 0.2  # more of it where labels are turned
_CHARACTER = 0.066  # of the labels of the loss
_LEAST_WIDTH = 5.2  # the legend's
_SCALE = 0.42  # the height of a scale of colours with its labels
_GROUP_LINE = 0.22  # of a line of groups of colours
_GROUP = 0.4  # the width of a group without its label
_KEY_WIDTH = 6.4  # at least, where there is a key
_AXIS_NAME = 0.2  # below a panel that has no title
_ROOM = 33  # characters that fit below a panel, side by side
_PLANE_ROOM = 45  # below a plane
_LONE_ROOM = 90  # below a panel that is alone
_LAST_GAP = 0.2  # less below the last row, which has no titles below it
STRIP = 0.24  # the height of shares of crashes, above each panel
STRIP_GAP = 0.06  # between them and the panel
_PLANE_CLOSER = 0.2  # a plane to what stands at the left of the next, than the edge of the figure is
_GAP = 0.2  # between panels, of a panel's width
RIGHT = 0.12
UP_LABEL = 14  # characters of a category at a plane's left
KEY_NAME = 32  # of what dots are coloured by
GROUP_LABEL = 18


@dataclass(frozen=True, slots=True)
class Key:
    """What tells the colours, below the legend."""

    height: float
    columns: int  # of groups


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
    key: Key
    notes: tuple[str, ...]  # the lines below the key
    note: float  # from the top to the head of the first of them
    gap: float  # between panels, of a panel's width
    below: float  # between rows
    panel_height: float
    bottom: float  # below the panels
    room: int  # characters that fit below a panel


def layout(picture: Picture, has_title: bool) -> Layout:
    """Return the layout that suits the number of panels and the length of labels."""
    count = len(picture.panels)
    columns, rows = best_grid(count)
    is_plane, has_panels = bool(picture.look.pairs), picture.look.has_panels
    (width, height), room = (_PLANE, _PLANE_ROOM) if is_plane else (_PANEL, _ROOM)
    if count == 1:
        (width, height), room = _LONE_PANEL, _LONE_ROOM
    has_turned = any(has_turned_labels(panel.axis, room) for panel in picture.panels)
    left = _left(picture) + (_TURNED_LEFT if has_turned else 0.0)
    strip = STRIP + STRIP_GAP if picture.share is not None else 0.0
    below = _BETWEEN + strip + (_TURNED_BELOW if has_turned else 0.0) + (0.0 if has_panels else _AXIS_NAME)
    whole = max(left + columns * width - 0.27, _KEY_WIDTH if picture.shades else _LEAST_WIDTH)
    lines = _LINE * (2 if has_title else 1)
    key = _key(picture.shades, picture, whole - left) if picture.shades else Key(0.0, 1)
    told = textwrap.wrap(notes(picture), int((whole - left - RIGHT) / _NOTE_CHARACTER))
    has_titles = has_panels or any(panel.note for panel in picture.panels)
    head = lines + key.height + len(told) * _NOTE + (_TITLES if has_titles else _NO_TITLES) + strip
    return Layout(
        columns=columns,
        rows=rows,
        width=whole,
        height=head - strip + rows * (height - _BETWEEN + below) - _LAST_GAP,
        left=left,
        head=head,
        title=0.24,
        legend=lines - 0.08,
        key=key,
        notes=tuple(told),
        note=lines + key.height + 0.04,
        below=below,
        gap=(left - _PLANE_CLOSER) / (width - left) if is_plane else _GAP,
        panel_height=height - _BETWEEN,
        bottom=below - strip - _LAST_GAP,
        room=room,
    )


def _key(shades: Shades, picture: Picture, width: float) -> Key:
    """Return how the key of colours is laid out in a line or more of such a width."""
    if not shades.has_groups:
        return Key(_SCALE, 1)
    labels = [label for _, label in shades.axis.ticks]
    longest = min(GROUP_LABEL, max(map(len, labels)))
    name = _CHARACTER * min(KEY_NAME, len(shades.name)) + 2 * _GROUP
    columns = max(1, int((width - name) / (_GROUP + _CHARACTER * longest)))
    count = len(labels) + bool(shades.lacking(picture.dots))
    return Key(_GROUP_LINE * -(-count // columns) + 0.1, columns)


def best_grid(count: int) -> tuple[int, int]:
    """Return columns and rows: as few cells as possible stay empty."""
    columns = count if count <= 4 else min((5, 4, 3), key=lambda columns: (-count % columns, -columns))
    return columns, -(-count // columns)


def has_turned_labels(axis: Axis, room: int) -> bool:
    """Tell whether labels of categories do not fit side by side."""
    return axis.kind is Kind.CATEGORY and is_turned(axis.ticks, room)


def _left(picture: Picture) -> float:
    """Return the room for the names and labels of what is up."""
    longest = max((len(label) for axis in picture.up_axes for _, label in axis.ticks), default=0)
    return max(_LEFT, 0.3 + _CHARACTER * min(longest, UP_LABEL))
