"""Signals to all processes of a session: every attempt leads one of its own."""

import contextlib
import os
import signal
from pathlib import Path

_SESSION_FIELD = 3  # in /proc/PID/stat, counted from the field after the name


def members(session: int) -> list[int]:
    """Return the processes of a session that live."""
    found = []
    for entry in os.listdir("/proc"):
        if entry.isdecimal():
            with contextlib.suppress(OSError):
                fields = Path("/proc", entry, "stat").read_bytes().rpartition(b")")[2].split()
                if int(fields[_SESSION_FIELD]) == session and fields[0] != b"Z":
                    found.append(int(entry))
    return found


def kill_session(session: int) -> None:
    """Kill all processes of a session, those too that are born meanwhile."""
    while processes := members(session):
        for process in processes:
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
