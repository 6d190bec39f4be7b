"""What a folder or a file says of itself, so that it is read again only when it can have changed."""

import os
import time
from collections.abc import Callable
from pathlib import Path

Clock = Callable[[], float]  # seconds that never go back
Sign = tuple[int, ...] | None  # None where there is nothing

_TICK_S = 2.0  # two changes within one may leave the same mtime; no file system's ticks are longer
_TRUST_S = 30.0  # how long a sign is believed: an mtime is a hint, and of other hosts' disks not even that


def sign(path: str) -> Sign:
    """Return what changes when a file grows or is replaced, and when a folder's names change."""
    try:
        told = os.stat(path)
    except OSError:
        return None
    return told.st_dev, told.st_ino, told.st_size, told.st_mtime_ns


class Hint:
    """Tells by a sign whether what was read earlier still holds."""

    __slots__ = ("_clock", "_read_s", "_seen_s", "_sign")

    def __init__(self, clock: Clock = time.monotonic) -> None:
        self._clock = clock
        self._sign: object = self  # equal to no sign
        self._seen_s = self._read_s = 0.0

    def is_stale(self, sign: object) -> bool:
        """Return whether to read anew, which the caller then does. The sign was taken just before.

        What was read in the tick in which a sign was first seen may have changed later in that tick and
        kept the sign. So it is read again until one reading lies surely behind that tick. This compares
        no clocks: the disk's may be wrong.
        """
        now_s = self._clock()
        if sign != self._sign:
            self._sign, self._seen_s = sign, now_s
        elif self._read_s - self._seen_s >= _TICK_S and now_s - self._read_s < _TRUST_S:
            return False
        self._read_s = now_s
        return True


class Listing:
    """The names in a folder."""

    def __init__(self, folder: Path, clock: Clock = time.monotonic, every_s: float = 0.0) -> None:
        self._folder = str(folder)
        self._clock = clock
        self._every_s = every_s  # the least time between two looks
        self._looked_s = float("-inf")
        self._hint = Hint(clock)

    def look(self) -> set[str] | None:
        """Return the names, none where there is no folder; None while they are as at the last look."""
        now_s = self._clock()
        if now_s - self._looked_s < self._every_s or not self._hint.is_stale(sign(self._folder)):
            return None
        self._looked_s = now_s
        try:
            return set(os.listdir(self._folder))
        except (FileNotFoundError, NotADirectoryError):
            return set()
        except OSError:
            self._hint = Hint(self._clock)  # nothing was read
            raise
