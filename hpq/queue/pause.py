"""A pause: while its file is there, runners take nothing new; what trains goes on."""

import os
import pwd
import time
from dataclasses import asdict, dataclass

from hpq.queue.files import read_json, write_json
from hpq.queue.life import host_name
from hpq.queue.paths import RootPaths
from hpq.queue.records import moment

_MOST_CHARACTERS = 200  # of a reason, and of a name


@dataclass(frozen=True, slots=True)
class Pause:
    """Who paused a root, when (seconds since the epoch; 0 is unknown) and why."""

    at: float
    by: str
    reason: str

    def __str__(self) -> str:
        """Return it in a line, such as `paused since 14:03 by ada: the fan is loud`."""
        since = f" since {_clock_time(self.at)}" if self.at else ""
        by = f" by {self.by}" if self.by else ""
        return f"paused{since}{by}" + (f": {self.reason}" if self.reason else "")


def read_pause(paths: RootPaths) -> Pause | None:
    """Return the pause of a root, or None while there is none. A damaged file pauses too."""
    if not is_paused(paths):
        return None
    try:
        value = read_json(paths.pause)
    except OSError:  # a fault of the machine; that the file is there is enough
        value = None
    if value is None and not is_paused(paths):  # resumed meanwhile
        return None
    value = value or {}
    return Pause(moment(value.get("at")) or 0.0, _line(value.get("by")), _line(value.get("reason")))


def is_paused(paths: RootPaths) -> bool:
    """Tell whether a root is paused; one call of stat."""
    return os.path.lexists(paths.pause)


def pause(paths: RootPaths, reason: str) -> tuple[Pause, bool]:
    """Pause a root; return its pause and whether it is a new one. The first one stays."""
    if there := read_pause(paths):
        return there, False
    made = Pause(time.time(), _user(), _line(reason))
    write_json(paths.pause, asdict(made))  # the commit
    return made, True


def resume(paths: RootPaths) -> Pause | None:
    """Let runners take runs again; return the pause that this ended, or None when there was none."""
    ended = read_pause(paths)
    try:
        paths.pause.unlink()  # the commit
    except FileNotFoundError:
        return None
    return ended


def _line(value: object) -> str:
    """Return a text in one harmless line: whoever can write to the root can write anything there."""
    text = value[: 10 * _MOST_CHARACTERS] if isinstance(value, str) else ""
    shown = "".join(character if character.isprintable() else " " for character in text)
    return " ".join(shown.split())[:_MOST_CHARACTERS]


def _user() -> str:
    try:
        name = pwd.getpwuid(os.getuid()).pw_name
    except KeyError:  # as in a container
        name = str(os.getuid())
    return f"{name}@{host_name()}"


def _clock_time(at: float) -> str:
    is_today = time.localtime(at)[:3] == time.localtime()[:3]
    return time.strftime("%H:%M" if is_today else "%Y-%m-%d %H:%M", time.localtime(at))
