"""The life of a training process: from its lock to its result."""

import contextlib
import errno
import io
import os
import re
import resource
import signal
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from types import FrameType

from hpq.errors import HpqError
from hpq.queue import reasons
from hpq.queue.files import write_json
from hpq.queue.life import boot_id, host_name, start_ticks
from hpq.queue.records import Outcome, Result, Start, Stop
from hpq.queue.values import is_late
from hpq.runner.command import run_command
from hpq.runner.family import mark_of, wear
from hpq.runner.handle import Handle
from hpq.runner.job import Job
from hpq.runner.late import with_values
from hpq.runner.resume import carry_over
from hpq.runner.source import load_search
from hpq.search.streams import run_seed
from hpq.search.tpe import NoOptunaError
from hpq.units import format_size

MAX_REASON_CHARACTERS = 300


def main(job: Job, lock_descriptor: int) -> None:
    """Train one attempt and write its result. The process ends with 0 when training returned."""
    os.setsid()  # one session for all processes of the attempt, so that all can be found and ended
    os.set_inheritable(lock_descriptor, True)  # programs that training starts keep the run alive
    started_at, stderr = time.time(), os.dup(2)
    try:
        _redirect_output(job)
        wear(mark_of(job.paths))  # so that what it starts can be found and ended, wherever it goes
        _choose_device(job)
        job, fault = _draw(job)
        handle = Handle(job, run_seed(_seed(job), job.number), resumed=carry_over(job))
        _write_start(job, started_at)  # the commit: from here on the attempt has begun
    except (OSError, NoOptunaError) as error:  # the machine's fault and not the run's, which waits again
        os.write(stderr, f"hpq: {job.id} could not begin: {error}\n".encode())  # for its runner's user to see
        sys.exit(1)
    with contextlib.suppress(OSError):  # after the commit nothing of this may end the run
        os.close(stderr)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    outcome, reason = _train(job, handle, lock_descriptor, fault)
    _lift_limits()
    result = Result(outcome, reason, handle.summary, started_at, time.time(), job.slot.name)
    _write_result(job, handle, result)
    if outcome is not Outcome.RETURNED:
        sys.exit(1)


def _redirect_output(job: Job) -> None:
    """Send what the process prints, its C code and programs too, to the attempt's log."""
    log = os.open(job.paths.log, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o666)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for source, target in ((nothing, 0), (log, 1), (log, 2)):
        os.dup2(source, target)
    os.close(log)
    os.close(nothing)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(line_buffering=True, errors="backslashreplace")


def _choose_device(job: Job) -> None:
    os.environ["CUDA_DEVICE_ORDER"] = "PCI_BUS_ID"
    os.environ["CUDA_VISIBLE_DEVICES"] = job.slot.visible_gpus


def _draw(job: Job) -> tuple[Job, Exception | None]:
    """Make the run's folder tell by itself what was drawn; return the job with it.

    What keeps a late run from being drawn is returned too: its attempt begins and fails by it.
    """
    if not is_late(job.header):
        if not job.run.params.exists():
            write_json(job.run.params, job.record(job.params))
        return job, None
    signal.signal(signal.SIGTERM, lambda *_: None)  # who stops it now wrote so, which training sees
    try:
        _check_header(job)
        os.chdir(job.folder)
        return with_values(job), None
    except (OSError, NoOptunaError):
        raise
    except Exception as error:
        return job, error


def _write_start(job: Job, started_at: float) -> None:
    pid = os.getpid()
    Start(
        pid=pid,
        ticks=start_ticks(pid),
        host=host_name(),
        boot=boot_id(),
        runner=job.runner,
        slot=job.slot.name,
        device=job.slot.device,
        at=started_at,
        stale_after_s=job.limits.stale_after_s,
        time_limit_s=job.limits.time_s,
        memory_bytes=job.limits.memory_bytes,
        monotonic_s=time.monotonic(),
        fresh=job.fresh,
    ).write(job.paths.start)


def _train(job: Job, handle: Handle, lock_descriptor: int, fault: Exception | None) -> tuple[Outcome, str]:
    """Run the training code; return how it ended, and why unless it simply returned."""

    def hear(_number: int, _frame: FrameType | None) -> None:
        handle.ask_to_stop()

    signal.signal(signal.SIGTERM, hear)
    try:
        if fault is not None:
            raise fault
        _check_header(job)
        os.chdir(job.folder)
        _set_limits(job)
        train = _training_code(job, lock_descriptor)
        train(handle)
    except BaseException as error:  # user code may raise anything, SystemExit too
        if not (isinstance(error, SystemExit) and error.code in (None, 0)):
            return _failure(job, handle, error)
    if handle.saw_stop:
        return _stopped(job)
    return Outcome.RETURNED, _what_lacks(handle)


def _what_lacks(handle: Handle) -> str:
    """Return why training that returned did not finish, if it did not."""
    if handle.summary.best is not None:
        return ""
    return reasons.NOT_FINITE if handle.has_loss else reasons.NO_LOSS


def _seed(job: Job) -> int:
    """Return the seed of its search; a damaged one is told of once the attempt has begun."""
    seed = job.header.get("seed")
    return seed if type(seed) is int else 0


def _check_header(job: Job) -> None:
    """Raise HpqError where the header of its batch lacks what training needs: it fails, and waits no more."""
    header = job.header
    kinds: dict[str, type] = {"seed": int, "folder": str}
    if header.get("source") is not None:
        kinds |= {"source": str, "file": str}
    if is_late(header):
        kinds |= {"search": str, "fixed": dict}
    for name, kind in kinds.items():
        if type(header.get(name)) is not kind:
            raise HpqError(f"the header of its batch is damaged: {name} is {str(header.get(name))[:40]!r}")


def _set_limits(job: Job) -> None:
    import torch  # imported already where this process was forked

    torch.set_num_threads(job.threads)
    memory = job.limits.memory_bytes
    if memory is None:
        return
    if job.slot.device == "cuda":
        total = torch.cuda.get_device_properties(0).total_memory
        torch.cuda.set_per_process_memory_fraction(min(1.0, memory / total))
    else:
        # Of all limits this is the one on memory that a process can write to. What it has from the fork
        # server is not counted: that differs between builds of torch, and no run can help it.
        _, hard = resource.getrlimit(resource.RLIMIT_DATA)
        limit = _data_bytes() + memory
        resource.setrlimit(
            resource.RLIMIT_DATA, (limit if hard == resource.RLIM_INFINITY else min(limit, hard), hard)
        )


def _data_bytes() -> int:
    """Return the memory that this process can write to, as the system counts it against the limit."""
    pages = Path("/proc/self/statm").read_bytes().split()[5]
    return int(pages) * resource.getpagesize()


def _training_code(job: Job, lock_descriptor: int) -> Callable[[Handle], object]:
    """Return what trains: the search file's function, its command, or the bundled model."""
    search = load_search(job)
    if search is not None and search.train is not None:
        return search.train
    if search is not None and search.command is not None:
        command = search.command
        return lambda handle: run_command(command, job, handle, lock_descriptor)
    from hpq.model.train import train  # a search of the user's own needs none of it

    return train


def _failure(job: Job, handle: Handle, error: BaseException) -> tuple[Outcome, str]:
    if not isinstance(error, HpqError) or error.__cause__ is not None:
        traceback.print_exception(error.__cause__ or error)
    if isinstance(error, HpqError):
        print(f"hpq: {error}", file=sys.stderr)
    if handle.saw_stop:
        return _stopped(job)
    return Outcome.FAILED, describe(error)


def _stopped(job: Job) -> tuple[Outcome, str]:
    stop = None
    with contextlib.suppress(OSError):
        stop = Stop.read(job.paths.stop)
    return (stop.outcome, stop.reason) if stop else (Outcome.STOPPED, f"{reasons.STOPPED} by SIGTERM")


def describe(error: BaseException) -> str:
    """Return an error in one line, with what ran out of memory named so."""
    text = " ".join(str(error).split())
    if isinstance(error, MemoryError) or reasons.OUT_OF_MEMORY in text or "can't allocate memory" in text:
        return _describe_memory(text)
    reason = text if isinstance(error, HpqError) else f"{type(error).__name__}: {text}".removesuffix(": ")
    return reason[:MAX_REASON_CHARACTERS]


def _describe_memory(text: str) -> str:
    """Return what was asked for in vain, where torch's or numpy's long message tells it."""
    bytes_asked = re.search(r"tried to allocate (\d+) bytes", text)
    asked = format_size(int(bytes_asked[1])) if bytes_asked else None
    if asked is None and (size := re.search(r"(?i)(?:tried|unable) to allocate ([\d.]+ ?[KMGT]?i?B)", text)):
        asked = size[1]
    return reasons.OUT_OF_MEMORY + (f": {asked} more could not be had" if asked else "")


def _lift_limits() -> None:
    """Allow what the system does: a run that used all its memory or descriptors still has a result."""
    for limit in (resource.RLIMIT_DATA, resource.RLIMIT_NOFILE):
        _, hard = resource.getrlimit(limit)
        resource.setrlimit(limit, (hard, hard))


def _write_result(job: Job, handle: Handle, result: Result) -> None:
    """Write the result; while the disk refuses, try for a minute before leaving the verdict to readers."""
    for delay_s in (0.1, 1, 4, 15, 40, 0):
        try:
            handle.flush()
            result.write(job.paths.result)
            return
        except OSError as error:
            with contextlib.suppress(OSError):
                print(f"hpq: the result could not be written: {error}", file=sys.stderr)
            if error.errno == errno.ENOENT:
                return  # the root is gone
            time.sleep(delay_s)
