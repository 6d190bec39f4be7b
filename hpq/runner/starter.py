"""How a claimed task becomes a process that trains."""

import os
import time

from hpq.queue.claimer import Task
from hpq.queue.claims import Claim
from hpq.queue.paths import RootPaths, RunPaths
from hpq.runner.job import Job, Limits
from hpq.runner.launcher import Launcher
from hpq.runner.slots import Slot
from hpq.runner.training import Training


class Starter:
    """Starts tasks for one runner, all with the same limits and an equal share of the CPU."""

    def __init__(self, paths: RootPaths, runner: str, limits: Limits, slots: int) -> None:
        self._paths = paths
        self._runner = runner
        self._limits = limits
        self._threads = max(1, len(os.sched_getaffinity(0)) // slots)  # more would wait for one another
        self._launcher = Launcher(self._threads)

    def start(self, slot: Slot, task: Task) -> Training:
        """Start a task in a slot. Raises HpqError when there can be no process; then its run waits again."""
        try:
            process = self._launcher.start(self._job(slot, task), task.lock_descriptor)
        finally:
            os.close(task.lock_descriptor)  # from now on the lock lives and dies with the training process
        return Training(
            id=task.id,
            attempt=task.attempt,
            slot=slot,
            paths=task.paths,
            pid=process.pid or 0,
            process=process,
            claim=Claim(self._runner, time.time()),
            time_limit_s=self._limits.time_s,
        )

    def _job(self, slot: Slot, task: Task) -> Job:
        return Job(
            id=task.id,
            number=task.number,
            attempt=task.attempt,
            fresh=task.fresh,
            params=task.params,
            header=task.header,
            root=RootPaths(self._paths.folder.absolute()),  # the process trains in another folder
            run=RunPaths(task.run.folder.absolute()),
            runner=self._runner,
            slot=slot,
            limits=self._limits,
            threads=self._threads,
        )
