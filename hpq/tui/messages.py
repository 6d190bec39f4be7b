"""What the parts of the monitor tell one another, and what they ask of the app."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Protocol

from textual.message import Message

from hpq.queue.runs import Run
from hpq.results.picture.panels import Picture
from hpq.tui.source import Snapshot


class Change(StrEnum):
    """What can be done to runs."""

    STOP = "stop"
    REQUEUE = "requeue"


class Host(Protocol):
    """What a screen asks of the app at once, where a message would come after the next key."""

    def ask(self, change: Change, runs: Sequence[Run], hidden: int = 0) -> None:
        """Ask the user whether runs shall be changed, and do it. So many of them are not shown."""

    def tell(self, text: str, *, is_error: bool = False) -> None:
        """Show a sentence for a while."""


class SnapshotRead(Message, bubble=False):
    """The root was read. Of several that wait, the newest counts."""

    def __init__(self, snapshot: Snapshot) -> None:
        super().__init__()
        self.snapshot = snapshot

    def can_replace(self, message: Message) -> bool:
        return isinstance(message, SnapshotRead)


class RunSelected(Message):
    """The cursor went to another run, in the table or on a dot."""

    def __init__(self, run_id: str) -> None:
        super().__init__()
        self.run_id = run_id  # and no row: a newer snapshot may come first


class RunOpened(Message):
    """Somebody wants to see all of the selected run."""


class ChangeAsked(Message):
    """Somebody wants runs stopped or requeued; the app asks back and does it."""

    def __init__(self, change: Change, runs: Sequence[Run]) -> None:
        super().__init__()
        self.change = change
        self.runs = tuple(runs)


class CopyAsked(Message):
    """Somebody wants a text on the clipboard."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text


class SamplesAsked(Message):
    """Somebody wants to see the newest samples of a run."""

    def __init__(self, run: Run) -> None:
        super().__init__()
        self.run = run


class SortAsked(Message):
    """Somebody wants the table sorted by a column."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name


class PictureAsked(Message):
    """Somebody wants the picture itself: in the terminal, or as a file."""

    def __init__(self, picture: Picture | str, title: str, *, as_file: bool = False) -> None:
        super().__init__()
        self.picture = picture  # or why there is none
        self.title = title
        self.as_file = as_file
