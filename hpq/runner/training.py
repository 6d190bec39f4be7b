"""An attempt that trains, as its runner watches it: its own child, or one that a dead runner left."""

import contextlib
import os
import signal
import time
from dataclasses import dataclass, field
from multiprocessing.context import ForkServerProcess

from hpq.queue.claims import Claim
from hpq.queue.evidence import Verdict, judge
from hpq.queue.life import is_locked, start_ticks
from hpq.queue.paths import AttemptPaths
from hpq.queue.records import Outcome, Result, Start, Stop, Summary, read_metrics
from hpq.runner.sessions import kill_session
from hpq.runner.slots import Slot
from hpq.units import format_duration

LINGER_S = 10.0  # what a process may take to end once its result is written


@dataclass(slots=True)
class Training:
    """One attempt in one slot. `process` is None for an orphan, which only its lock shows to live."""

    id: str
    attempt: int
    slot: Slot
    paths: AttemptPaths
    pid: int
    process: ForkServerProcess | None
    claim: Claim
    time_limit_s: float | None
    began_s: float = field(default_factory=time.monotonic)
    stop_asked_s: float | None = None
    result_seen_s: float | None = None

    @property
    def is_alive(self) -> bool:
        """Whether it still trains. A killed fork server takes the exit code along, not the child."""
        if self.process is not None and self.process.exitcode is None:
            return True
        lost_sight = self.process is None or self.process.exitcode == 255
        return lost_sight and is_locked(self.paths.lock)

    def watch(self, grace_s: float) -> None:
        """Ask it to stop when its time is up or when somebody wishes so; kill it when it does not."""
        now = time.monotonic()
        if self.time_limit_s is not None and now - self.began_s > self.time_limit_s:
            self.ask(Stop(Outcome.LIMIT, f"time limit of {format_duration(self.time_limit_s)}"))
        elif self.stop_asked_s is None and self.paths.stop.exists():
            self._signal_leader()
        if self.result_seen_s is None and self.paths.result.exists():
            self.result_seen_s = now
        if self.stop_asked_s is not None and now - self.stop_asked_s > grace_s:
            self.kill()
        if self.result_seen_s is not None and now - self.result_seen_s > LINGER_S:
            self.kill()

    def ask(self, stop: Stop) -> None:
        """Ask it to save its checkpoint and return; the first request stays."""
        if self.stop_asked_s is None:
            with contextlib.suppress(OSError):  # the signal says it too
                stop.write(self.paths.stop)
            self._signal_leader()

    def _signal_leader(self) -> None:
        """Signal the training process alone: its data loaders must live until it has saved."""
        self.stop_asked_s = time.monotonic()
        if self._is_same_process():
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGTERM)

    def kill(self) -> None:
        if self._is_same_process():
            kill_session(self.pid)

    def _is_same_process(self) -> bool:
        """Tell whether the pid still means this attempt: pids are used again."""
        if self.process is not None and self.process.exitcode is None:
            return True
        start = Start.read(self.paths.start)
        return start is not None and start.is_here and start_ticks(self.pid) == start.ticks

    def settle(self) -> Verdict:
        """Return what became of it once it is gone, with a result written where it left none.

        Nothing is written for an attempt that never began: its claim is void and its run waits again.
        """
        if self.process is not None and self.process.exitcode is not None:
            kill_session(self.pid)  # what it left behind would hold memory of the GPU
        start = Start.read(self.paths.start)
        if start is not None and not self.paths.result.exists():
            self._write_result(start)
        return judge(self.paths, self.claim)

    def _write_result(self, start: Start) -> None:
        outcome, reason = self._how_it_died()
        summary = Summary()
        for line in read_metrics(self.paths.metrics):
            summary = summary.add(line)
        with contextlib.suppress(OSError):  # then readers judge by what is there
            result = Result(outcome, reason, summary, start.at, time.time(), self.slot.name)
            result.write(self.paths.result)

    def _how_it_died(self) -> tuple[Outcome, str]:
        stop = Stop.read(self.paths.stop)
        if stop is not None:
            return stop.outcome, f"{stop.reason}, killed when it did not stop by itself"
        code = self.process.exitcode if self.process is not None else None
        if code is None or code == 255:
            return Outcome.KILLED, "its process is gone and left no result"
        if code < 0:
            hint = ", as the system does when memory runs out" if -code == signal.SIGKILL else ""
            return Outcome.KILLED, f"killed by {signal.Signals(-code).name}{hint}"
        return Outcome.FAILED, f"exit code {code}"
