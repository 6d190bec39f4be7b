"""What the bundled model leaves of a run to use and to look at: its best network, and pictures."""

import contextlib
import os
import stat
from collections.abc import Iterator
from pathlib import Path

from hpq.queue.paths import AttemptPaths, RunPaths

SHEET = "sheet.png"  # in a numbered folder of samples, written last: with it the folder is whole
PREVIEW = "preview.png"  # beside these folders, left by training


def newest_best(run: RunPaths, attempts: int) -> AttemptPaths | None:
    """Return the newest attempt that left a network, None when none of so many did."""
    found = (run.attempt(number) for number in range(attempts, 0, -1))
    return next((attempt for attempt in found if _changed_ns(attempt.best)), None)


def newest_sheet(run: RunPaths, attempts: int) -> Path | None:
    """Return the picture of samples that was made last in any of so many attempts, None without one.

    In each attempt that is the sheet of the highest number, or the preview that training left since.
    """
    found = [path for number in range(1, attempts + 1) for path in _sheets(run.attempt(number))]
    return max(found, key=_changed_ns, default=None)


def _sheets(attempt: AttemptPaths) -> Iterator[Path]:
    """Yield the preview of an attempt and its sheet of the highest number, where there are such."""
    if _changed_ns(preview := attempt.samples / PREVIEW):
        yield preview
    for number in sorted(sample_numbers(attempt), reverse=True):
        if _changed_ns(sheet := attempt.samples / str(number) / SHEET):
            yield sheet
            return


def sample_numbers(attempt: AttemptPaths) -> list[int]:
    """Return the numbers of an attempt's folders of samples, half-written ones too."""
    names: list[str] = []
    with contextlib.suppress(OSError):
        names = os.listdir(attempt.samples)
    return [int(name) for name in names if name.isascii() and name.isdecimal() and str(int(name)) == name]


def _changed_ns(path: Path) -> int:
    """Return when a file was changed; 0 for what is no file."""
    with contextlib.suppress(OSError):
        told = os.stat(path)
        if stat.S_ISREG(told.st_mode):
            return told.st_mtime_ns
    return 0
