"""The user's own commands after a run and after all of them, run beside training.

What a run is called or why it ended reaches a command through its environment alone, and is never a part
of the text that the shell reads.
"""

import contextlib
import os
import signal
import subprocess
import time
from collections import Counter, deque
from dataclasses import dataclass

from hpq.queue.evidence import Verdict
from hpq.queue.paths import RootPaths
from hpq.queue.states import ENDED, State
from hpq.runner.family import MARK
from hpq.runner.training import Training

_MOST = 8  # at a time; where runs end faster, what is to be called waits its turn
_MOST_BYTES = 4096  # of a value: the system limits the environment
_LAST_S = 1.0  # between asking a command to end and killing it


@dataclass(frozen=True, slots=True)
class _Call:
    name: str  # as the user knows it
    command: str
    facts: dict[str, str]


class Hooks:
    """Runs what `--on-run-end` and `--on-end` say, for one runner."""

    def __init__(self, paths: RootPaths, on_run_end: str, on_end: str) -> None:
        self._root = str(paths.folder.resolve())
        self._on_run_end = on_run_end
        self._on_end = on_end
        self._counts: Counter[State] = Counter()
        self._waiting: deque[_Call] = deque()
        self._running: list[tuple[_Call, subprocess.Popen[bytes]]] = []

    @property
    def count(self) -> int:
        """How many commands run or wait to."""
        return len(self._running) + len(self._waiting)

    def run_ended(self, training: Training, verdict: Verdict) -> None:
        """Call the command for an attempt that ended; one that never began waits again, and is none."""
        if not verdict.began:
            return
        self._counts[verdict.state] += 1
        facts = {
            "HPQ_ID": training.id,
            "HPQ_STATE": str(verdict.state),
            "HPQ_LOSS": _number(verdict.summary.loss),
            "HPQ_BEST": _number(verdict.summary.best),
            "HPQ_REASON": verdict.reason,
            "HPQ_ATTEMPT": str(training.attempt),
            "HPQ_DIR": str(training.paths.folder.resolve()),
        }
        self._call(_Call(f"--on-run-end for {training.id}", self._on_run_end, facts))

    def all_ended(self) -> None:
        """Call the command for the end of a runner for which nothing waits."""
        facts = {f"HPQ_{state.upper()}": str(self._counts[state]) for state in State if state in ENDED}
        self._call(_Call("--on-end", self._on_end, facts))

    def look(self) -> list[str]:
        """Take in which commands ended, start those that wait, and return a line for each that failed."""
        told = []
        for call, process in list(self._running):
            code = process.poll()
            if code is not None:
                self._running.remove((call, process))
                told += [f"{call.name} failed: {_how(code)}"] if code else []
        while self._waiting and len(self._running) < _MOST:
            call = self._waiting.popleft()
            try:
                self._running.append((call, self._start(call)))
            except OSError as error:
                told.append(f"{call.name} could not be started: {error.strerror or error}")
        return told

    def end(self) -> None:
        """End the commands that run, and forget those that wait."""
        self._waiting.clear()
        for number, within_s in ((signal.SIGTERM, _LAST_S), (signal.SIGKILL, _LAST_S)):
            for _, process in self._running:
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.killpg(process.pid, number)
            deadline_s = time.monotonic() + within_s
            for _, process in self._running:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(max(0.0, deadline_s - time.monotonic()))
            self._running = [each for each in self._running if each[1].poll() is None]

    def _call(self, call: _Call) -> None:
        if call.command.strip():
            self._waiting.append(call)

    def _start(self, call: _Call) -> subprocess.Popen[bytes]:
        """Start a command in a process group of its own, so that Ctrl-C is for the runner to hear."""
        inherited = {name: value for name, value in os.environb.items() if name != MARK.encode()}
        facts = {"HPQ_ROOT": self._root, **call.facts}
        return subprocess.Popen(
            ["/bin/sh", "-c", call.command],
            env={**inherited, **{name.encode(): _harmless(value) for name, value in facts.items()}},
            stdin=subprocess.DEVNULL,
            stdout=2,  # stdout is the runner's own
            process_group=0,
        )


def _number(value: float | None) -> str:
    return "" if value is None else repr(value)


def _harmless(value: str) -> bytes:
    """Return a value as an environment can hold it, a path's odd bytes as they are."""
    try:
        data = os.fsencode(value)
    except UnicodeEncodeError:
        data = value.encode(errors="replace")
    return data.replace(b"\0", b"")[:_MOST_BYTES]


def _how(code: int) -> str:
    return f"killed by {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
