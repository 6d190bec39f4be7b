"""Going on where an earlier attempt stopped: its checkpoint and metrics are copied, never shared."""

import os
import shutil
from pathlib import Path

from hpq.queue.records import Start
from hpq.runner.job import Job


def carry_over(job: Job) -> bool:
    """Copy the newest earlier checkpoint, with the metrics that led to it, into a new attempt.

    Returns whether there was one. It is a copy, so that neither attempt can overwrite the other's. What lies
    before an attempt that began anew is of no use any more, even if that attempt saved nothing.
    """
    if job.fresh:
        return False
    for attempt in range(job.attempt - 1, 0, -1):
        earlier = job.run.attempt(attempt)
        if earlier.checkpoint.exists():
            _copy_whole(earlier.metrics, job.paths.metrics)
            _copy_whole(earlier.checkpoint, job.paths.checkpoint)
            return True
        start = Start.read(earlier.start)
        if start is not None and start.fresh:
            return False
    return False


def _copy_whole(source: Path, target: Path) -> None:
    if source.exists():
        aside = target.with_name(f".{target.name}.{os.getpid()}")
        shutil.copyfile(source, aside)
        os.replace(aside, target)
