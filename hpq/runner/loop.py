"""The runner: fills its slots with runs that wait, watches them, and ends when nothing waits."""

import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from multiprocessing.connection import wait
from typing import Protocol

from hpq.errors import HpqError
from hpq.queue.claimer import Claimer, Task
from hpq.queue.claims import Claim, runner_id
from hpq.queue.control import requeue_stranded
from hpq.queue.evidence import Verdict
from hpq.queue.life import take_lock
from hpq.queue.paths import RootPaths
from hpq.queue.reader import Reader
from hpq.queue.records import Outcome, Stop
from hpq.runner.interrupts import Interrupts, Level
from hpq.runner.job import Job, Limits
from hpq.runner.launcher import Launcher
from hpq.runner.orphans import adopt_orphans
from hpq.runner.slots import Slot
from hpq.runner.training import Training

_TICK_S = 0.2  # limits, requests to stop and Ctrl-C are seen so often; an end is seen at once
_LOOK_FOR_STRANDED_EVERY_S = 5.0
_FAILED_STARTS = 3  # in a row, before a runner gives up
_ANNOUNCEMENTS = {
    Level.DRAIN: "nothing new is taken, {count} training: they finish; Ctrl-C again asks them to stop",
    Level.STOP: "{count} training: asked to save and stop; Ctrl-C again kills them",
    Level.KILL: "{count} training: killed",
}


class Reporter(Protocol):
    """What tells the user how it goes."""

    def started(self, training: Training, /) -> None: ...
    def ended(self, training: Training, verdict: Verdict) -> None: ...
    def note(self, text: str) -> None: ...
    def tick(self, trainings: list[Training], /) -> None: ...


@dataclass(slots=True)
class Runner:
    """Trains what waits in a root, one run in each slot at a time."""

    paths: RootPaths
    slots: list[Slot]
    reporter: Reporter
    limits: Limits = field(default_factory=Limits)
    watch: bool = False  # stay when nothing waits, for what is queued later
    grace_s: float = 30.0  # what a run may take to save and stop before it is killed
    interrupts: Interrupts = field(default_factory=Interrupts)
    ended: int = 0  # attempts that it saw end
    problem: str = ""  # why it stopped taking runs, if it did
    _busy: list[Training] = field(default_factory=list)
    _id: str = field(default_factory=runner_id)
    _failed_starts: int = 0
    _is_heard: bool = True
    _announced: Level = Level.NONE
    _looked_for_stranded_s: float = 0.0

    def run(self) -> None:
        """Train until nothing waits or the user interrupts. Raises HpqError when it can take no more."""
        threads = max(1, (os.cpu_count() or 1) // len(self.slots))
        launcher, claimer, reader = Launcher(threads), Claimer(self.paths, self._id), Reader(self.paths)
        lock = take_lock(self.paths.runners / self._id)  # held until the process ends, however it ends
        try:
            self._adopt(reader)
            while True:
                self._announce()
                self._watch()
                is_taking = self.interrupts.level is Level.NONE and not self.problem
                if is_taking:
                    self._fill(launcher, claimer, reader, threads)
                if not self._busy and (not is_taking or self.problem or not self.watch):
                    break
                self._tell(self.reporter.tick, self._busy)
                self._wait()
        finally:
            (self.paths.runners / self._id).unlink(missing_ok=True)
            if lock is not None:
                os.close(lock)
        if self.problem:
            raise HpqError(self.problem)

    def _announce(self) -> None:
        """Tell what the last Ctrl-C did, and what the next one does."""
        if self._announced is not self.interrupts.level:
            self._announced = self.interrupts.level
            text = _ANNOUNCEMENTS[self._announced].format(count=len(self._busy))
            self._tell(self.reporter.note, text)

    def _tell(self, event: Callable[..., None], *facts: object) -> None:
        """Report something; a terminal or a pipe that went away does not end the runner."""
        if self._is_heard:
            try:
                event(*facts)
            except OSError:
                self._is_heard = False

    def _adopt(self, reader: Reader) -> None:
        self._busy = adopt_orphans(self.paths, reader, self.slots)
        for training in self._busy:
            self._tell(
                self.reporter.note,
                f"{training.id} still trains for a runner that died, so {training.slot.name} is taken",
            )

    def _fill(self, launcher: Launcher, claimer: Claimer, reader: Reader, threads: int) -> None:
        taken = {training.slot.name for training in self._busy}
        for slot in self.slots:
            if slot.name in taken:
                continue
            try:
                task = claimer.claim() or self._claim_stranded(claimer, reader)
                if task is None:
                    return
                self._start(launcher, slot, task, threads)
            except (OSError, HpqError) as error:
                self.problem = f"no further run can be taken: {error}"
                return

    def _claim_stranded(self, claimer: Claimer, reader: Reader) -> Task | None:
        """Claim what a dead runner had claimed and never begun; looked for now and then and before ending."""
        now = time.monotonic()
        is_last_look = not self._busy and not self.watch
        if not is_last_look and now - self._looked_for_stranded_s < _LOOK_FOR_STRANDED_EVERY_S:
            return None
        self._looked_for_stranded_s = now
        return claimer.claim() if requeue_stranded(self.paths, reader) else None

    def _start(self, launcher: Launcher, slot: Slot, task: Task, threads: int) -> None:
        job = Job(
            id=task.id,
            number=task.number,
            attempt=task.attempt,
            fresh=task.fresh,
            params=task.params,
            header=task.header,
            root=self.paths,
            run=task.run,
            runner=self._id,
            slot=slot,
            limits=self.limits,
            threads=threads,
        )
        try:
            process = launcher.start(job, task.lock_descriptor)
        finally:
            os.close(task.lock_descriptor)  # from now on the lock lives and dies with the training process
        training = Training(
            id=task.id,
            attempt=task.attempt,
            slot=slot,
            paths=task.paths,
            pid=process.pid or 0,
            process=process,
            claim=Claim(self._id, time.time()),
            time_limit_s=self.limits.time_s,
        )
        self._busy.append(training)
        self._tell(self.reporter.started, training)

    def _watch(self) -> None:
        for training in list(self._busy):
            if self.interrupts.level is Level.STOP:
                training.ask(Stop(Outcome.STOPPED, "stopped with its runner"))
            elif self.interrupts.level is Level.KILL:
                training.ask(Stop(Outcome.STOPPED, "stopped with its runner"))
                training.kill()
            training.watch(self.grace_s)
            if not training.is_alive:
                self._busy.remove(training)
                verdict = training.settle()
                self.ended += 1
                self._count_failed_starts(training, verdict)
                self._tell(self.reporter.ended, training, verdict)

    def _count_failed_starts(self, training: Training, verdict: Verdict) -> None:
        self._failed_starts = 0 if verdict.began else self._failed_starts + 1
        if self._failed_starts == _FAILED_STARTS:
            self.problem = (
                f"{_FAILED_STARTS} processes in a row ended before training began, {training.id} the last; "
                f"they wait again: see the messages above"
            )

    def _wait(self) -> None:
        processes = [training.process for training in self._busy]
        # The sentinel of a process whose fork server was killed is ready for ever: its lock tells its end.
        sentinels = [p.sentinel for p in processes if p is not None and p.exitcode is None]
        if sentinels:
            wait(sentinels, _TICK_S)
        else:
            time.sleep(_TICK_S)
