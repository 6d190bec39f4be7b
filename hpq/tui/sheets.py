"""The newest picture of a run's samples, for a screen that looks again and again."""

import os
import struct
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

from hpq.errors import HpqError
from hpq.queue.outputs import PREVIEW, newest_sheet
from hpq.queue.paths import RootPaths
from hpq.queue.runs import Run
from hpq.results.plain import plain
from hpq.tui.drawn import Drawn

if TYPE_CHECKING:
    from PIL.Image import Image as Pixels

_MOST_PIXELS = 50_000_000  # of a file, 150 MB once decoded: a sheet has a tenth of that
# What Pillow raises where a file is damaged.
_DAMAGE = (SyntaxError, ValueError, EOFError, IndexError, OverflowError, struct.error, zlib.error)


class Sheets:
    """Decodes a picture only where it changed. Called in a thread."""

    def __init__(self, paths: RootPaths, run: Run) -> None:
        self._run_id, self._folder = run.id, paths.run(run.search, run.number)
        self._attempts = run.attempt
        self._seen: object = None

    def __call__(self) -> Drawn | None:
        """Return the newest picture, None where it is that of the last time.

        Raises HpqError, with a sentence, where there is none or it cannot be shown.
        """
        while self._folder.attempt(self._attempts + 1).folder.is_dir():  # it was queued again
            self._attempts += 1
        path = newest_sheet(self._folder, self._attempts)
        if path is None:
            self._seen = None
            raise HpqError(
                f"{plain(self._run_id)} has no samples yet: `hpq sample {plain(self._run_id)}` makes some of "
                "a trained run of the bundled model"
            )
        try:
            told = os.stat(path)
            seen = path, told.st_mtime_ns, told.st_size, told.st_ino
            if seen == self._seen:
                return None
            self._seen = seen
            return Drawn(_read_png(path), path, _kind(path), told.st_mtime)
        except OSError as error:
            raise _trouble(path, error.strerror or str(error)) from error
        except _DAMAGE as error:
            raise _trouble(path, str(error)) from error


def _read_png(path: Path) -> "Pixels":
    """Return a PNG's pixels. Nothing but PNG is tried, and nothing huge is decoded."""
    from PIL.PngImagePlugin import PngImageFile

    with PngImageFile(path) as image:
        width, height = image.size
        if width * height > _MOST_PIXELS:
            raise ValueError(f"{width:,}×{height:,} pixels are too many")
        return image.convert("RGB")


def _kind(path: Path) -> str:
    return "preview" if path.name == PREVIEW else f"samples {path.parent.name}"


def _trouble(path: Path, why: str) -> HpqError:
    return HpqError(f"{plain(str(path))} cannot be shown: {plain(why, 200)}")
