"""The handle that training code gets: its parameters, its device, and where its metrics go."""

import contextlib
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

from hpq.errors import HpqError
from hpq.queue.paths import AttemptPaths
from hpq.queue.records import LOSS, Heartbeat, Summary, finite
from hpq.runner.job import Job

_HEARTBEAT_EVERY_S = 1.0
_LOOK_FOR_STOP_EVERY_S = 0.25


class Handle:
    """What `train(run)` is given. Attributes are read-only by convention."""

    def __init__(self, job: Job, seed: int, resumed: bool) -> None:
        self.id = job.id
        self.params: dict[str, Any] = job.params
        self.seed = seed  # a function of the search's seed and the run's number
        self.device = job.slot.device  # "cuda" or "cpu"
        self.attempt = job.attempt  # counts from 1
        self.dir: Path = job.paths.folder.resolve()  # whatever the attempt writes may go here
        self.checkpoint: Path = self.dir / job.paths.checkpoint.name
        self.resumed = resumed  # whether the checkpoint of an earlier attempt is at `checkpoint`
        self.cache: Path = job.root.cache.resolve()  # shared by all runs of the root
        self.saw_stop = False  # whether training code was told to stop
        self._metrics = Metrics(job.paths)
        self._stop_path = self.dir / job.paths.stop.name
        self._stop_asked = False
        self._looked_at = 0.0

    def log(self, step: int, **metrics: Any) -> None:
        """Record metrics at a step: numbers, or tensors and arrays of one number.

        The metric called `loss` is drawn; the first finite one makes the run a started one. Each call
        is a heartbeat. Call it as often as you like: it costs microseconds.
        """
        self._metrics.append(step, {name: _number(name, value) for name, value in metrics.items()})

    def look(self) -> None:
        """Take in what another program appended to the metrics; a heartbeat if there was anything."""
        with contextlib.suppress(OSError):  # the next look takes it in
            if self._metrics.read_further():
                self._metrics.beat()

    def flush(self) -> None:
        """Write the metrics that a full disk refused so far."""
        self._metrics.flush()

    @property
    def summary(self) -> Summary:
        return self._metrics.summary

    @property
    def has_loss(self) -> bool:
        """Whether a loss was logged, be it finite or not."""
        return self._metrics.has_loss

    @property
    def should_stop(self) -> bool:
        """Whether to save the checkpoint and return now: somebody stopped the run, or its time is up."""
        now = time.monotonic()
        if not self._stop_asked and now - self._looked_at > _LOOK_FOR_STOP_EVERY_S:
            self._looked_at = now
            self._stop_asked = os.path.exists(self._stop_path)  # which raises nothing
        self.saw_stop = self.saw_stop or self._stop_asked
        return self._stop_asked

    def ask_to_stop(self) -> None:
        """Make `should_stop` true; called from a signal handler."""
        self._stop_asked = True


def _number(name: str, value: Any) -> float | int | str:
    """Return a metric as JSON has it; what is not finite becomes a word, since JSON has no NaN."""
    if hasattr(value, "detach"):
        value = value.detach()  # a loss that still has its graph is what people log
    try:
        number = value if type(value) in (int, float) else float(value)
    except (TypeError, ValueError, RuntimeError):
        raise HpqError(f"the metric {name!r} must be a number, not {str(value)[:60]!r}") from None
    return number if finite(number) is not None else str(float(number))


class Metrics:
    """Appends lines to metrics.jsonl and keeps the heartbeat. A full disk delays lines and loses none."""

    def __init__(self, paths: AttemptPaths) -> None:
        self._paths = paths
        self.summary = Summary()
        self.has_loss = False
        self._read_at = 0
        self._unwritten = b""
        self._warned = False
        self._beat_at = 0.0
        self.read_further()
        flags = os.O_CREAT | os.O_APPEND | os.O_WRONLY | os.O_CLOEXEC
        self._descriptor = os.open(paths.metrics, flags, 0o666)
        self.beat()

    def append(self, step: int, metrics: dict[str, float | int | str]) -> None:
        if isinstance(step, bool) or not hasattr(step, "__index__"):
            raise HpqError(f"a step is a whole number, not {step!r}")
        line = {"step": step.__index__(), **metrics, "at": round(time.time(), 3)}
        had_loss = self.summary.best is not None
        self._take(line)
        self._unwritten += json.dumps(line).encode() + b"\n"
        self.flush()
        is_start = not had_loss and LOSS in metrics and self.summary.best is not None
        if is_start or time.monotonic() - self._beat_at > _HEARTBEAT_EVERY_S:
            self.beat()

    def read_further(self) -> bool:
        """Take in whole lines that another program appended; return whether there were any."""
        try:
            with open(self._paths.metrics, "rb") as file:
                file.seek(self._read_at)
                whole, _, _ = file.read().rpartition(b"\n")
        except FileNotFoundError:
            return False
        if not whole:
            return False
        self._read_at += len(whole) + 1
        for text in whole.splitlines():
            with contextlib.suppress(ValueError, RecursionError):
                line = json.loads(text)
                self._take(line if isinstance(line, dict) else {})
        return True

    def _take(self, line: dict[str, Any]) -> None:
        self.summary = self.summary.add(line)
        self.has_loss = self.has_loss or LOSS in line

    def beat(self) -> None:
        """Replace the heartbeat."""
        self._beat_at = time.monotonic()
        try:
            Heartbeat.now(self.summary).write(self._paths.heartbeat)
        except OSError as error:
            self._warn("the heartbeat cannot be written", error)

    def flush(self) -> None:
        """Write the lines that wait in memory, or go on waiting."""
        try:
            while self._unwritten:
                self._unwritten = self._unwritten[os.write(self._descriptor, self._unwritten) :]
        except OSError as error:
            self._warn("metrics wait in memory", error)

    def _warn(self, what: str, error: OSError) -> None:
        if not self._warned:
            self._warned = True
            with contextlib.suppress(OSError):
                print(f"hpq: {what}, {error.strerror}: {self._paths.folder}", file=sys.stderr)
