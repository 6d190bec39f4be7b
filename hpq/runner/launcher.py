"""Starting training processes in milliseconds: forked from a server that has torch imported already."""

import multiprocessing
import os
from multiprocessing import reduction
from multiprocessing.context import ForkServerContext, ForkServerProcess
from tempfile import gettempdir
from typing import Any

from hpq.errors import HpqError
from hpq.runner.family import leave_room
from hpq.runner.job import Job


class Launcher:
    """Starts a process for each attempt."""

    def __init__(self, threads: int) -> None:
        """Prepare the fork server. `threads` is what each training process may use of the CPU."""
        for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
            os.environ.setdefault(name, str(threads))  # read once, when the server imports torch
        leave_room()
        self._context: ForkServerContext = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload(["__main__", "hpq.runner.preload"])

    def start(self, job: Job, lock_descriptor: int) -> ForkServerProcess:
        """Return the process that trains a job and holds its lock. Raises HpqError when none can start."""
        from hpq.runner.child import main

        process = self._context.Process(target=main, args=(job, _Passed(lock_descriptor)), name=job.id)
        try:
            process.start()
        except (OSError, EOFError) as error:
            why = str(error) or "the fork server ended"
            if "AF_UNIX path too long" in why:
                why = f"a socket's path has 107 characters at most; set TMPDIR to less than {gettempdir()!r}"
            raise HpqError(f"no process could be started for {job.id}: {why}") from error
        return process


class _Passed:
    """A descriptor that arrives in the process as an open descriptor of its own."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def __reduce__(self) -> tuple[object, ...]:
        return _receive, (reduction.DupFd(self._descriptor),)


def _receive(passed: Any) -> int:
    return int(passed.detach())
