"""What the processes of a session use, told of real ones."""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest

from hpq.runner import sessions
from hpq.runner.sessions import list_processes, usage

CHILD = "import sys; print(flush=True); sys.stdin.read()"
BUSY = """
import subprocess, sys, time
subprocess.run([sys.executable, "-c", "import time\\nwhile time.process_time() < 0.4: pass"])
while time.process_time() < 0.2: pass
block = bytearray(64 << 20)
block[::4096] = b"x" * len(block[::4096])
child = subprocess.Popen([sys.executable, "-c", "import sys; sys.stdin.read()"])
print(flush=True)
sys.stdin.read()
"""


def end(process: subprocess.Popen[bytes]) -> None:
    """Kill a program and what it started."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


@pytest.fixture
def start() -> Iterator[object]:
    """Start Python programs that lead sessions of their own, and wait until they print a line."""
    started = []

    def start(code: str) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            [sys.executable, "-c", code],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
        )
        started.append(process)
        process.stdout.readline()
        return process

    yield start
    for process in started:
        end(process)
        process.communicate()


def test_a_session_uses_what_its_processes_use_and_their_dead_children_used(start) -> None:
    used = usage(start(BUSY).pid)
    assert used.processes == 2
    assert 0.5 <= used.cpu_s < 30
    assert 64 << 20 < used.memory_bytes < 2 << 30


def test_other_sessions_do_not_count(start) -> None:
    quiet = start(CHILD)
    start(BUSY)
    used = usage(quiet.pid)
    assert used.processes == 1
    assert used.memory_bytes < 64 << 20
    assert [process.pid for process in list_processes() if process.session == quiet.pid] == [quiet.pid]


def test_a_session_of_which_nothing_lives_uses_nothing(start, wait_until) -> None:
    process = start(CHILD)
    end(process)
    wait_until(lambda: usage(process.pid) is None)  # while it is a zombie
    process.wait()
    assert usage(process.pid) is None
    assert usage(2**22 + 1) is None


def test_a_process_that_vanishes_meanwhile_is_survived(start, monkeypatch: pytest.MonkeyPatch) -> None:
    process = start(CHILD)
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    listed = [str(gone.pid), str(process.pid), "self", "meminfo"]
    monkeypatch.setattr(os, "listdir", lambda _: listed)
    assert sessions.usage(process.pid).processes == 1
