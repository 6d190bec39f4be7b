"""A program in a terminal of its own, and what it has cost until now."""

import contextlib
import fcntl
import os
import pty
import select
import struct
import subprocess
import termios
import time
from collections.abc import Callable
from pathlib import Path

from screens import SIZE, TERMINAL

_LEAVE_S = 5.0


class Terminal:
    """Runs a command in a terminal of SIZE that answers nothing, until the `with` block is left."""

    def __init__(self, command: list[str], folder: Path) -> None:
        self._ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", SIZE[1], SIZE[0], 0, 0))
        # As its controlling terminal: should we be killed, it is hung up, and leaves.
        self._process = subprocess.Popen(
            command, cwd=folder, env=_environment(), preexec_fn=lambda: os.login_tty(theirs)
        )
        os.close(theirs)
        # Linux's number for the CPU clock of a process, as clock_getcpuclockid() makes it; to the nanosecond.
        self._clock = ~self._process.pid << 3 | 2

    def __enter__(self) -> "Terminal":
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        with contextlib.suppress(OSError):  # it closed its end
            self.read_for(_LEAVE_S, lambda _: self._process.poll() is not None)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(_LEAVE_S)
        self._process.kill()
        self._process.wait()
        os.close(self._ours)

    def cpu_s(self) -> float:
        """Return the CPU time of the process and all its threads."""
        return time.clock_gettime(self._clock)

    def resident_mib(self) -> float:
        pages = int(Path(f"/proc/{self._process.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGESIZE") / 2**20

    def read_for(self, seconds: float, is_enough: Callable[[bytes], bool] = lambda _: False) -> bool:
        """Take in what is written for so long, or until it is enough; return whether it was."""
        written, until_s = b"", time.monotonic() + seconds
        while (left_s := until_s - time.monotonic()) > 0:
            if is_enough(written):
                return True
            if select.select([self._ours], [], [], min(left_s, 0.05))[0]:
                written = (written + os.read(self._ours, 2**16))[-(2**20) :]
        return False


def _environment() -> dict[str, str]:
    """Return our environment, without what would hide the size, or compile every module at each start."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in ("COLUMNS", "LINES", "NO_COLOR", "PYTHONDONTWRITEBYTECODE")
    }
    return kept | TERMINAL
