"""An attempt that trains, as its runner watches it: its own child, or one that a dead runner left."""

import contextlib
import os
import signal
import time
from dataclasses import dataclass, field
from multiprocessing.context import ForkServerProcess

from hpq.queue import reasons
from hpq.queue.claims import Claim
from hpq.queue.evidence import Verdict, judge
from hpq.queue.life import is_locked, start_ticks
from hpq.queue.paths import AttemptPaths
from hpq.queue.records import Outcome, Result, Start, Stop, Summary, read_metrics
from hpq.runner.family import Family, mark_of
from hpq.runner.log_limit import LogLimit
from hpq.runner.slots import Slot
from hpq.units import format_duration

LINGER_S = 10.0  # what a process may take to end once its result is written
_KILL_S = 0.5  # for which processes are awaited that were killed, before the next tick kills again
_LAST_KILL_S = 5.0  # and before an attempt that ended is left alone with one that the kernel keeps


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
    _mark: str = field(init=False)  # early, since the root may be moved later
    _log_limit: LogLimit = field(init=False)

    def __post_init__(self) -> None:
        self._log_limit = LogLimit(self.paths)
        self._mark = mark_of(self.paths)

    @property
    def is_alive(self) -> bool:
        """Whether it still trains. A killed fork server takes the exit code along, not the child."""
        if self.process is not None and self.process.exitcode is None:
            return True
        lost_sight = self.process is None or self.process.exitcode == 255
        return lost_sight and is_locked(self.paths.lock)

    def watch(self, grace_s: float, log_bytes: int = 0) -> None:
        """Ask it to stop when its time is up or when somebody wishes so; kill it when it does not.

        Its log is kept within about twice `log_bytes`, if that is not 0.
        """
        self._log_limit.keep(log_bytes)
        now = time.monotonic()
        if self.time_limit_s is not None and now - self.began_s > self.time_limit_s:
            self.ask(Stop(Outcome.LIMIT, f"{reasons.TIME_LIMIT} {format_duration(self.time_limit_s)}"))
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
            self._end_all(_KILL_S)

    def _is_same_process(self) -> bool:
        """Tell whether the pid still means this attempt: pids are used again."""
        if self.process is not None and self.process.exitcode is None:
            return True
        start = Start.read(self.paths.start)
        return start is not None and start.is_here and start_ticks(self.pid) == start.ticks

    def _end_all(self, within_s: float) -> None:
        with contextlib.suppress(OSError):  # a machine out of descriptors cannot list its processes
            self._family().end(within_s)

    def _family(self) -> Family:
        """Return its processes. No new process gets the number of a session that has any left."""
        start = Start.read(self.paths.start)
        ticks = start.ticks if start is not None and start.is_here else 0
        is_own_session = self._is_same_process() or start_ticks(self.pid) == 0
        return Family(self._mark, self.paths.lock, self.pid if is_own_session else 0, ticks)

    def settle(self) -> Verdict:
        """Return what became of it once it is gone, with a result written where it left none.

        Nothing is written for an attempt that never began: its claim is void and its run waits again.
        """
        start = Start.read(self.paths.start)
        if start is not None:
            self._end_all(_LAST_KILL_S)  # what it left behind would hold memory of the GPU
        if start is not None:
            with contextlib.suppress(OSError):  # then readers judge by what is there
                if not self.paths.result.exists():
                    self._write_result(start)
        return judge(self.paths, self.claim)

    def _write_result(self, start: Start) -> None:
        outcome, reason = self._how_it_died()
        summary = Summary()
        for line in read_metrics(self.paths.metrics):
            summary = summary.add(line)
        Result(outcome, reason, summary, start.at, time.time(), self.slot.name).write(self.paths.result)

    def _how_it_died(self) -> tuple[Outcome, str]:
        stop = Stop.read(self.paths.stop)
        if stop is not None:
            return stop.outcome, f"{stop.reason}, killed when it did not stop by itself"
        code = self.process.exitcode if self.process is not None else None
        if code is None or code == 255:
            return Outcome.KILLED, reasons.GONE
        if code < 0:
            hint = ", as the system does when memory runs out" if -code == signal.SIGKILL else ""
            return Outcome.KILLED, f"{reasons.KILLED} {signal.Signals(-code).name}{hint}"
        return Outcome.FAILED, f"{reasons.EXIT_CODE} {code}"
