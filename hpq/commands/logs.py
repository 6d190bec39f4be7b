"""`hpq logs RUN`: what a run printed."""

import argparse
import os
import sys
import time
from pathlib import Path

from hpq.commands.arguments import read_selection
from hpq.errors import HpqError, UsageError
from hpq.queue.life import is_locked

_CHUNK_BYTES = 1 << 16
_LOOK_EVERY_S = 0.2


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("runs", nargs=1, metavar="RUN", help="the run's id, such as blog-017")
    parser.add_argument("-f", "--follow", action="store_true", help="go on as it grows, until the run ends")
    parser.add_argument("-n", "--lines", type=int, metavar="N", help="only the last N lines")
    parser.add_argument("--attempt", type=int, metavar="A", help="an earlier attempt (default: the newest)")
    parser.set_defaults(state=[])


def main(options: argparse.Namespace) -> int:
    paths, _, runs = read_selection(options)
    if len(runs) != 1:
        raise UsageError(f"{options.runs[0]!r} names {len(runs)} runs, and logs are shown one at a time")
    run = runs[0]
    attempt = paths.run(run.search, run.number).attempt(options.attempt or max(1, run.attempt))
    if not attempt.log.exists():
        raise HpqError(
            f"{run.id} has no log: it is {run.state}, and its attempt {attempt.folder.name} did not begin"
        )
    _print(attempt.log, attempt.lock, options.lines, options.follow)
    return 0


def _print(log: Path, lock: Path, lines: int | None, follow: bool) -> None:
    """Copy a log as it is to stdout: colours and bars mean to a terminal what they meant to the run."""
    with open(log, "rb") as file:
        if lines is not None:
            file.seek(_start_of_last(file.fileno(), lines))
        while True:
            is_over = not follow or not is_locked(lock)  # asked first, so that no last line is missed
            while chunk := file.read(_CHUNK_BYTES):
                sys.stdout.buffer.write(chunk)
            sys.stdout.buffer.flush()
            if is_over:
                return
            time.sleep(_LOOK_EVERY_S)


def _start_of_last(descriptor: int, lines: int) -> int:
    """Return where the last lines of a file begin, reading no more of it than they need."""
    position = os.fstat(descriptor).st_size
    tail = b""
    while position and tail.count(b"\n") <= lines:
        size = min(_CHUNK_BYTES, position)
        position -= size
        tail = os.pread(descriptor, size, position) + tail
    kept = tail.splitlines(keepends=True)[-lines:] if lines > 0 else []
    return os.fstat(descriptor).st_size - sum(map(len, kept))
