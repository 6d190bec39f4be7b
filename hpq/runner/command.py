"""Training by a program in any language: it gets its run through the environment."""

import json
import os
import signal
import subprocess

from hpq.errors import HpqError
from hpq.queue import reasons
from hpq.runner.handle import Handle
from hpq.runner.job import Job
from hpq.search.command import fill

_LOOK_EVERY_S = 0.2
_TAIL_BYTES = 4096


class CommandError(HpqError):
    """A command ended with an exit code other than 0, or by a signal."""


def environment(handle: Handle) -> dict[str, str]:
    """Return what a command is told, besides the environment of the runner."""
    return {
        "HPQ_ID": handle.id,
        "HPQ_ATTEMPT": str(handle.attempt),
        "HPQ_PARAMS": json.dumps(handle.params),
        "HPQ_SEED": str(handle.seed),
        "HPQ_DEVICE": handle.device,
        "HPQ_DIR": str(handle.dir),
        "HPQ_METRICS": str(handle.dir / "metrics.jsonl"),
        "HPQ_CHECKPOINT": str(handle.checkpoint),
        "HPQ_RESUMED": "1" if handle.resumed else "0",
    }


def run_command(template: str, job: Job, handle: Handle, lock_descriptor: int) -> None:
    """Run a search's command to its end, and keep heartbeat and summary by what it appends to its metrics.

    Raises CommandError when it fails.
    """
    command = fill(
        template, handle.params, {"id": handle.id, "dir": str(handle.dir), "seed": str(handle.seed)}
    )
    print(f"$ {command}", flush=True)
    process = subprocess.Popen(
        ["/bin/sh", "-c", command],
        env={**os.environ, **environment(handle)},
        process_group=0,  # so that a request to stop reaches all of it and not this process again
        pass_fds=[lock_descriptor],
    )
    asked = False
    while True:
        try:
            process.wait(_LOOK_EVERY_S)
            break
        except subprocess.TimeoutExpired:
            handle.look()
        if handle.should_stop and not asked:
            asked = True
            os.killpg(process.pid, signal.SIGTERM)
    handle.look()
    if process.returncode:
        raise CommandError(_explain(job, process.returncode))


def _explain(job: Job, code: int) -> str:
    """Return how a command ended, with the last line it printed."""
    how = f"{reasons.KILLED} {signal.Signals(-code).name}" if code < 0 else f"{reasons.EXIT_CODE} {code}"
    with open(job.paths.log, "rb") as log:
        log.seek(max(0, log.seek(0, os.SEEK_END) - _TAIL_BYTES))
        lines = log.read().decode(errors="replace").strip().splitlines()
    return f"{how}: {lines[-1].strip()}" if len(lines) > 1 else how
