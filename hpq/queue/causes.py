"""What made a run crash or end early, in ten words: derived from the one line that says why."""

import re
from enum import StrEnum
from functools import lru_cache

from hpq.queue import reasons
from hpq.queue.runs import Run
from hpq.queue.states import State


class Cause(StrEnum):
    OUT_OF_MEMORY = "out of memory"
    NAN = "not a number"
    IMPORT = "import error"
    KILLED = "killed"  # by a signal that hpq did not send
    LIMIT = "time limit"
    STOPPED = "stopped"  # a person or its runner asked for it
    SILENT = "silent"
    MACHINE = "the machine's fault"  # whatever its parameters
    ERROR = "other error"


# In this order: what hpq says itself begins a reason, and what an error says may stand anywhere in it. A
# shell adds 128 to the number of the signal that ended its program. Of CUDA's errors only those are the
# machine's that no kernel can cause: an illegal address or a failed launch may be the run's own.
_SIGNS = {
    Cause.STOPPED: rf"^({reasons.STOPPED} |$)",
    Cause.LIMIT: rf"^{reasons.TIME_LIMIT} ",
    Cause.SILENT: rf"^{reasons.SILENT} \d",
    Cause.OUT_OF_MEMORY: rf"{reasons.OUT_OF_MEMORY}|\bMemoryError\b|annot allocate memory|ALLOC_FAILED"
    r"|could not create a (primitive|memory)",  # oneDNN, which says no more
    Cause.KILLED: rf"^{reasons.KILLED} |^{reasons.EXIT_CODE} 1(29|[345]\d)\b",
    Cause.MACHINE: rf"^{reasons.GONE}"
    r"|No space left on device|Disk quota exceeded|Input/output error|Read-only file system|Stale file handle"
    r"|no CUDA-capable device|No CUDA GPUs are available|Found no NVIDIA driver|invalid device ordinal"
    r"|busy or unavailable|CUDA (driver|initialization)|CUDA unknown error|system not yet initialized"
    r"|ECC error|GPU (is lost|has fallen off)|NVML",
    Cause.IMPORT: r"\b(ImportError|ModuleNotFoundError)\b",
    Cause.NAN: rf"^{reasons.NOT_FINITE}|(?i:\b(nans?|inf|infinite|infinity|non-finite|not finite)\b)",
}


def cause_of(run: Run) -> Cause | None:
    """Return what made a run crash or end early, None for one that did neither."""
    return _cause(run.reason) if run.state in (State.CRASHED, State.UNFINISHED) else None


@lru_cache(maxsize=4096)  # ten thousand runs end for a few reasons
def _cause(reason: str) -> Cause:
    return next((cause for cause, sign in _SIGNS.items() if re.search(sign, reason)), Cause.ERROR)
