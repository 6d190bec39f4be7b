"""A limit on an attempt's log: its older part is kept aside once, and the log begins anew."""

import contextlib
import os
import shutil
import threading
from typing import BinaryIO

from hpq.queue.paths import AttemptPaths
from hpq.units import format_size

_ROUNDS = 4  # of copying what was printed during the round before


class LogLimit:
    """Keeps what one attempt prints to about twice a limit.

    The training process appends to its log, so that it goes on at the start of one that was emptied.
    What it prints between the last copied byte and that is lost: a few lines at the most.
    """

    def __init__(self, paths: AttemptPaths) -> None:
        self._paths = paths
        self._thread: threading.Thread | None = None
        self._is_broken = False

    def keep(self, most: int) -> None:
        """Begin the log anew if it outgrew a limit; 0 is none. A thread copies, since that may take long."""
        if not most or self._is_broken or (self._thread and self._thread.is_alive()):
            return
        try:
            size = os.stat(self._paths.log).st_size
        except OSError:  # not there yet, or deleted
            return
        if size > most:
            self._thread = threading.Thread(target=self._cut, args=(most,), name="hpq-log")
            self._thread.start()

    def _cut(self, most: int) -> None:
        try:
            cut(self._paths, most)
        except OSError:  # it may not be written: another try would fail as well
            self._is_broken = True


def cut(paths: AttemptPaths, most: int) -> None:
    """Keep what a log holds as the part before it, in place of the last such part, and empty the log.

    The log is emptied even where its part cannot be kept, as on a full disk, and says so. Of a log that
    is far beyond the limit, only the last part within it is kept.
    """
    why = ""
    try:
        paths.earlier_log.unlink(missing_ok=True)  # first, so that there are never three parts on disk
        _keep(paths, most)
    except OSError as error:
        why = str(error.strerror)
    os.truncate(paths.log, 0)  # the commit
    if why:
        _note(paths, f"hpq: this log outgrew {format_size(most)}, and what it held is lost: {why}\n")


def _keep(paths: AttemptPaths, most: int) -> None:
    aside = paths.earlier_log.with_name(f".{paths.earlier_log.name}")
    try:
        with open(paths.log, "rb", buffering=0) as log, open(aside, "wb", buffering=0) as kept:
            size = os.fstat(log.fileno()).st_size
            log.seek(size - most if size > 2 * most else 0)
            for _ in range(_ROUNDS):
                _copy(log, kept, os.fstat(log.fileno()).st_size - log.tell())
        os.replace(aside, paths.earlier_log)
    finally:
        aside.unlink(missing_ok=True)


def _copy(source: BinaryIO, target: BinaryIO, count: int) -> None:
    """Copy so many bytes from where both files stand, within the kernel where it can."""
    while count > 0:
        try:
            copied = os.copy_file_range(source.fileno(), target.fileno(), count)
        except OSError:  # not on this file system
            shutil.copyfileobj(source, target)
            return
        if not copied:  # it is shorter by now
            return
        count -= copied


def _note(paths: AttemptPaths, text: str) -> None:
    with contextlib.suppress(OSError), open(paths.log, "ab") as log:
        log.write(text.encode())
