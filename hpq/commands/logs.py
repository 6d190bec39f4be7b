"""`hpq logs RUN`: what a run printed."""

import argparse
import contextlib
import os
import re
import sys
import time
from typing import BinaryIO

from hpq.commands.arguments import read_selection
from hpq.errors import HpqError, UsageError
from hpq.queue.life import is_locked
from hpq.queue.paths import AttemptPaths

_CHUNK_BYTES = 1 << 16
_BREAK = re.compile(rb"\n|\r(?!\n)")  # a progress bar writes its lines over one another
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
    _print(attempt, options.lines, options.follow)
    return 0


def _print(attempt: AttemptPaths, lines: int | None, follow: bool) -> None:
    """Copy a log as it is to stdout: colours and bars mean to a terminal what they meant to the run."""
    seen = _kept(attempt)
    with open(attempt.log, "rb", buffering=0) as log:  # a buffer might outlive what it was read from
        start, missing = (0, None) if lines is None else _start_of_last(log.fileno(), lines)
        if missing != 0:
            _print_earlier(attempt, missing)
        log.seek(start)
        while True:
            is_over = not follow or not is_locked(attempt.lock)  # first, so that no last line is missed
            size, kept = os.fstat(log.fileno()).st_size, _kept(attempt)
            if kept and kept != seen and not _is_still_there(attempt, log.fileno()):  # it was begun anew
                seen = kept
                _print_earlier(attempt, None, start=log.tell())
                log.seek(0)
            elif size < log.tell():  # somebody emptied it
                log.seek(0)
            _copy(log)
            if is_over:
                return
            time.sleep(_LOOK_EVERY_S)


def _kept(attempt: AttemptPaths) -> tuple[int, int, int] | None:
    """Return what tells one part before a log from the next one, its size first, or None without one."""
    try:
        told = os.stat(attempt.earlier_log)
    except FileNotFoundError:
        return None
    return told.st_size, told.st_ino, told.st_mtime_ns


def _is_still_there(attempt: AttemptPaths, log: int) -> bool:
    """Tell whether a log still holds the part that was kept of it, since it is only about to be emptied."""
    try:
        with open(attempt.earlier_log, "rb", buffering=0) as earlier:
            start = max(0, earlier.seek(0, os.SEEK_END) - _CHUNK_BYTES)
            return os.pread(log, _CHUNK_BYTES, start).startswith(
                os.pread(earlier.fileno(), _CHUNK_BYTES, start)
            )
    except FileNotFoundError:
        return True


def _print_earlier(attempt: AttemptPaths, lines: int | None, start: int = 0) -> None:
    """Print the part before a log that was begun anew: its last lines, or all from a position on."""
    with contextlib.suppress(FileNotFoundError), open(attempt.earlier_log, "rb", buffering=0) as earlier:
        earlier.seek(start if lines is None else _start_of_last(earlier.fileno(), lines)[0])
        _copy(earlier)


def _copy(file: BinaryIO) -> None:
    while chunk := file.read(_CHUNK_BYTES):
        sys.stdout.buffer.write(chunk)
    sys.stdout.buffer.flush()


def _start_of_last(descriptor: int, lines: int) -> tuple[int, int]:
    """Return where the last lines of a file begin, reading no more of it than they need.

    With it comes how many of them the file lacks.
    """
    size = os.fstat(descriptor).st_size
    if lines <= 0:
        return size, 0
    position = max(0, size - 1)  # the last byte begins no line
    while position:
        count = min(_CHUNK_BYTES, position)
        position -= count
        chunk = os.pread(descriptor, count + 1, position)  # with the byte that tells whether \r ends a line
        begins = [found.end() for found in _BREAK.finditer(chunk) if found.start() < count]
        if len(begins) >= lines:
            return position + begins[-lines], 0
        lines -= len(begins)
    return 0, lines - (size > 0)
