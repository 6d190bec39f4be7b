"""Whether a process lives, seen without its help and without a clock."""

import fcntl
import os
from functools import cache
from pathlib import Path

from hpq.queue.files import raise_of_machine


@cache
def boot_id() -> str:
    """Return what names this boot of this machine: pids and monotonic times mean nothing beyond it."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()[:8]
    except OSError:
        return "unknown"


@cache
def host_name() -> str:
    return os.uname().nodename.split(".")[0] or "localhost"


def start_ticks(pid: int) -> int:
    """Return when a process started, in clock ticks since boot: with the pid it names one process.

    Returns 0 when there is no such process.
    """
    try:
        stat = Path(f"/proc/{pid}/stat").read_bytes()
    except OSError:
        return 0
    return int(stat.rpartition(b")")[2].split()[19])  # the name before ")" may hold blanks


def take_lock(path: Path | str) -> int | None:
    """Return a descriptor that holds a file's lock, or None when another process holds it.

    Whoever inherits the descriptor holds the lock too; it is free when the last copy is closed.
    """
    descriptor = os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o666)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def is_locked(path: Path | str) -> bool:
    """Tell whether a process holds a file's lock; one that we may not look at may be held.

    Raises OSError for a fault of the machine.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)  # a pipe would block
    except PermissionError:
        return True
    except OSError as error:
        raise_of_machine(error)
        return False
    except ValueError:  # of a name with NUL in it
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False
