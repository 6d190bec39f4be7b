"""All processes that an attempt started, wherever they went: found by three traces, and ended with it.

A process can leave its session and its parent, and close its descriptors. What it can hardly leave is
the environment that it began with, which the kernel shows in /proc/PID/environ: a mark in there is
inherited by forks, since it lies in memory that they copy, and by programs, since it is a variable.
"""

import contextlib
import hashlib
import os
import signal
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from hpq.queue.life import is_locked
from hpq.queue.paths import AttemptPaths
from hpq.runner.sessions import Process, list_processes

MARK = "HPQ_MARK"  # the variable's name
_LENGTH = 32
_LOOK_EVERY_S = 0.01  # while killed processes die, and give back the memory of a GPU


def mark_of(attempt: AttemptPaths) -> str:
    """Return what marks the processes of an attempt: a text of always the same length."""
    return hashlib.sha256(os.fsencode(attempt.folder.resolve())).hexdigest()[:_LENGTH]


def leave_room() -> None:
    """Leave room for a mark in the environment that the next program begins with."""
    os.environ[MARK] = "-" * _LENGTH


def wear(mark: str) -> None:
    """Mark this process, and with it all that it starts from now on.

    The mark is written over the room that was left for it: what `os.environ` sets lies elsewhere, where
    the kernel does not show it.
    """
    import ctypes  # the runner needs none of it

    getenv = ctypes.CDLL(None).getenv
    getenv.restype = ctypes.c_void_p
    room = getenv(MARK.encode())
    if room and len(ctypes.string_at(room)) == _LENGTH:
        ctypes.memmove(room, mark.encode(), _LENGTH)
    os.environ[MARK] = mark


@dataclass(frozen=True, slots=True)
class Family:
    """The processes of one attempt."""

    mark: str
    lock: Path
    session: int  # 0 where its number may mean another one by now
    since_ticks: int  # when the oldest of them started: what is older is none of them

    def members(self) -> list[int]:
        """Return those that live: of the session, marked, and all that descend from one of these."""
        young = [
            process
            for process in list_processes()
            if process.ticks >= self.since_ticks and process.pid != os.getpid()
        ]
        found = {process.pid for process in young if self._is_known(process)}
        while born := {process.pid for process in young if process.parent in found} - found:
            found |= born
        return sorted(found)

    def _is_known(self, process: Process) -> bool:
        return process.session == self.session != 0 or _is_marked(process.pid, self.mark)

    def end(self, within_s: float) -> bool:
        """Kill all of them, those too that are born meanwhile; return whether none is left in time.

        The kernel may keep one for long, such as one that is stuck in a driver.
        """
        deadline = time.monotonic() + within_s
        while members := self.members() or self._holders():
            _kill(members)
            if time.monotonic() > deadline:
                return False
            time.sleep(_LOOK_EVERY_S)
        return True

    def _holders(self) -> list[int]:
        """Return the processes that hold the attempt's lock; looked for only if there are any.

        One that merely looks whether it is held has the file open too, and must live. So must the fork
        server, through which the lock passes before the attempt begins.
        """
        if not self.since_ticks or not is_locked(self.lock):
            return []
        try:
            told = os.stat(self.lock)
        except OSError:  # it is deleted by now
            return []
        young = [process for process in list_processes() if process.ticks >= self.since_ticks]
        pids = [process.pid for process in young if process.pid != os.getpid()]
        return [pid for pid in pids if _holds(pid, (told.st_dev, told.st_ino))]


def _is_marked(pid: int, mark: str) -> bool:
    try:
        environment = Path(f"/proc/{pid}/environ").read_bytes()
    except OSError:  # it is gone, or somebody else's
        return False
    return f"{MARK}={mark}".encode() in environment.split(b"\0")


def _holds(pid: int, file: tuple[int, int]) -> bool:
    """Tell whether a process has a file open through which an exclusive lock is held."""
    with contextlib.suppress(OSError):
        for descriptor in os.listdir(f"/proc/{pid}/fd"):
            with contextlib.suppress(OSError):  # it is closed by now
                told = os.stat(f"/proc/{pid}/fd/{descriptor}")
                if (told.st_dev, told.st_ino) == file:
                    return b"WRITE" in Path(f"/proc/{pid}/fdinfo/{descriptor}").read_bytes()
    return False


def _kill(pids: Iterable[int]) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError, PermissionError):  # the latter of one that used sudo
            os.kill(pid, signal.SIGKILL)
