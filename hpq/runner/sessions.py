"""The processes of this machine and of a session, of which every attempt leads one: what they use."""

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

# In /proc/PID/stat, counted from the field after the name; proc_pid_stat(5) counts from 1, and 2 more.
_STATE, _PARENT, _SESSION_FIELD, _START_TICKS, _RSS_PAGES = 0, 1, 3, 19, 21
_CPU_TICKS = slice(11, 15)  # its own in user and kernel mode, and those of children that it waited for
_TICKS_PER_S = os.sysconf("SC_CLK_TCK")
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True, slots=True)
class Usage:
    """What the processes of a session use."""

    cpu_s: float  # so far, on all cores together, with what their dead children used
    memory_bytes: int  # resident; what several processes share counts once for each
    processes: int  # that live


@dataclass(frozen=True, slots=True)
class Process:
    """A process that lives."""

    pid: int
    parent: int
    session: int
    ticks: int  # when it started, in clock ticks since boot


def list_processes() -> list[Process]:
    """Return the processes of this machine that live."""
    return [
        Process(pid, int(fields[_PARENT]), int(fields[_SESSION_FIELD]), int(fields[_START_TICKS]))
        for pid, fields in _stats()
        if fields[_STATE] != b"Z"
    ]


def usage(session: int) -> Usage | None:
    """Return what the processes of a session use, or None when none of them lives."""
    ticks = pages = processes = 0
    for _, fields in _stats():
        if int(fields[_SESSION_FIELD]) != session:
            continue
        ticks += sum(map(int, fields[_CPU_TICKS]))  # a zombie's too: its parent has them once it has waited
        pages += int(fields[_RSS_PAGES])
        processes += fields[_STATE] != b"Z"
    return Usage(ticks / _TICKS_PER_S, pages * _PAGE_BYTES, processes) if processes else None


def _stats() -> Iterator[tuple[int, list[bytes]]]:
    """Yield the processes of this machine, with zombies, and the fields of their /proc/PID/stat."""
    for entry in os.listdir("/proc"):
        if entry.isdecimal():
            with contextlib.suppress(OSError):  # it is gone
                yield int(entry), Path("/proc", entry, "stat").read_bytes().rpartition(b")")[2].split()
