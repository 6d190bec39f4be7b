"""All processes of a session, of which every attempt leads one: what they use, and signals to them."""

import contextlib
import os
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

# In /proc/PID/stat, counted from the field after the name; proc_pid_stat(5) counts from 1, and 2 more.
_STATE, _SESSION_FIELD, _RSS_PAGES = 0, 3, 21
_CPU_TICKS = slice(11, 15)  # its own in user and kernel mode, and those of children that it waited for
_TICKS_PER_S = os.sysconf("SC_CLK_TCK")
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True, slots=True)
class Usage:
    """What the processes of a session use."""

    cpu_s: float  # so far, on all cores together, with what their dead children used
    memory_bytes: int  # resident; what several processes share counts once for each
    processes: int  # that live


def members(session: int) -> list[int]:
    """Return the processes of a session that live."""
    return [process for process, fields in _stats(session) if fields[_STATE] != b"Z"]


def usage(session: int) -> Usage | None:
    """Return what the processes of a session use, or None when none of them lives."""
    ticks = pages = processes = 0
    for _, fields in _stats(session):
        ticks += sum(map(int, fields[_CPU_TICKS]))  # a zombie's too: its parent has them once it has waited
        pages += int(fields[_RSS_PAGES])
        processes += fields[_STATE] != b"Z"
    return Usage(ticks / _TICKS_PER_S, pages * _PAGE_BYTES, processes) if processes else None


def _stats(session: int) -> Iterator[tuple[int, list[bytes]]]:
    """Yield the processes of a session, with zombies, and the fields of their /proc/PID/stat."""
    for entry in os.listdir("/proc"):
        if entry.isdecimal():
            with contextlib.suppress(OSError):  # it is gone
                fields = Path("/proc", entry, "stat").read_bytes().rpartition(b")")[2].split()
                if int(fields[_SESSION_FIELD]) == session:
                    yield int(entry), fields


def kill_session(session: int) -> None:
    """Kill all processes of a session, those too that are born meanwhile."""
    while processes := members(session):
        for process in processes:
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
