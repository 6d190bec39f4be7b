"""Processes that do the same work with a queue, from a common start."""

import multiprocessing
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from queue_contender import Contender

PATIENCE_S = 300.0  # for a process that neither works nor fails
_LONGEST_REASON = 150
_fork = multiprocessing.get_context("fork")  # this process opens no queue, so that none is inherited

Work = Callable[[Contender], Any]


class FailedError(Exception):
    """A contender could not do it; the message is the reason in one line."""


@dataclass(frozen=True, slots=True)
class Lap:
    """What one process did, in seconds of the monotonic clock that all share."""

    began_s: float
    ended_s: float
    done: Any  # what the work returned


def race(
    kind: type[Contender], folder: Path, work: Work, *, is_durable: bool = False, processes: int = 1
) -> list[Lap]:
    """Let processes open the queue in a folder, and start on their work at once when all are ready."""
    folder.mkdir(parents=True, exist_ok=True)
    barrier = _fork.Barrier(processes)
    started = []
    for _ in range(processes):
        ours, theirs = _fork.Pipe(duplex=False)
        process = _fork.Process(target=_run, args=(kind, folder, is_durable, work, barrier, theirs))
        process.start()
        theirs.close()
        started.append((process, ours))
    try:
        answers = [_answer(pipe) for _, pipe in started]
    finally:
        for process, pipe in started:
            process.kill()  # those that answered have ended, or are about to
            process.join()
            pipe.close()
    reasons = [answer for answer in answers if isinstance(answer, str)]
    if reasons:
        raise FailedError(min(reasons, key=lambda reason: reason.startswith("BrokenBarrier")))
    return answers


def _answer(pipe: Connection) -> Any:
    if not pipe.poll(PATIENCE_S):
        return f"nothing within {PATIENCE_S:.0f} s"
    try:
        return pipe.recv()
    except EOFError:
        return "its process died"


def _run(
    kind: type[Contender], folder: Path, is_durable: bool, work: Work, barrier: Any, pipe: Connection
) -> None:
    if not is_durable:
        os.fsync = os.fdatasync = _sync_nothing
    try:
        queue = kind(folder, is_durable)
        barrier.wait(PATIENCE_S)
        began_s = time.monotonic()
        done = work(queue)
        lap = Lap(began_s, time.monotonic(), done)
        queue.close()
        pipe.send(lap)
    except Exception as error:
        barrier.abort()
        pipe.send(f"{type(error).__name__}: {' '.join(str(error).split())}"[:_LONGEST_REASON])


def _sync_nothing(fd: object) -> None:
    """Stand in for fsync."""


def rate(laps: list[Lap]) -> float:
    """Return the jobs a second from the common start to the last end, where each lap counted its jobs."""
    wall_s = max(lap.ended_s for lap in laps) - min(lap.began_s for lap in laps)
    return float(sum(lap.done for lap in laps)) / wall_s
