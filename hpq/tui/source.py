"""Reads the root in a thread of its own, and posts what it saw as one immutable snapshot."""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from hpq.errors import HpqError
from hpq.queue.pause import read_pause
from hpq.queue.reader import Reader
from hpq.queue.root import open_root
from hpq.queue.runs import Run
from hpq.results.columns import Columns, overview
from hpq.results.overview import Overview
from hpq.runner.gpus import GpuUse, GpuWatch
from hpq.tui.bunches import Bunched, Bunches

_GPUS_EVERY_S = 2.0  # NVML takes milliseconds a card
_NOTHING = Columns()
_NOT_TESTED = Bunched()


@dataclass(frozen=True, slots=True, eq=False)
class Snapshot:
    """The root at one moment."""

    columns: Columns = _NOTHING
    overview: Overview = field(default_factory=lambda: overview(_NOTHING))
    gpus: tuple[GpuUse, ...] = ()
    problems: tuple[str, ...] = ()  # what the reading left out
    trouble: str = ""  # why there is nothing to show
    bunched: Bunched = _NOT_TESTED
    paused: str = ""  # since when, by whom and why, while runners take nothing new
    read_at_s: float = 0.0  # on the monotonic clock
    wall_at: float = 0.0  # seconds since the epoch


class Source:
    """A thread that reads a root again and again until it is closed."""

    def __init__(self, folder: Path, post: Callable[[Snapshot], object], every_s: float = 1.0) -> None:
        self.folder = folder
        self._post = post
        self._every_s = every_s
        self._gpu_watch = GpuWatch()
        self.bunches = Bunches(folder)
        self._gpus_read_s = time.monotonic()  # the first frame does without: NVML takes a while to load
        self._reader: Reader | None = None
        self._last = Snapshot()
        self._wake = threading.Event()
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="hpq-source", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def poke(self) -> None:
        """Read at once: something was changed from here."""
        self._wake.set()

    def close(self) -> None:
        self._closed = True
        self._wake.set()

    def read(self) -> Snapshot:
        """Return the root as it is now. A root that cannot be read is told of, and tried again."""
        try:
            if self._reader is None or not self._reader.paths.queue.exists():
                self._reader = Reader(open_root(self.folder))
            runs: Sequence[Run] = self._reader.read()
            problems, trouble = tuple(self._reader.problems), ""
        except (HpqError, OSError) as error:
            self._reader = None
            runs, problems, trouble = (), (), str(error)
        except Exception as error:  # a defect of ours must not leave an old screen that looks like a new one
            self._reader = None
            runs, problems, trouble = self._last.columns.runs, (_defect(error),), _defect(error)
        last = self._last
        columns = last.columns.successor(runs)
        self._last = Snapshot(
            columns=columns,
            overview=last.overview if columns is last.columns else overview(columns),
            gpus=self._gpus(),
            bunched=self.bunches.look(columns),
            problems=problems,
            trouble=trouble,
            paused=self._paused(),
            read_at_s=time.monotonic(),
            wall_at=time.time(),
        )
        return self._last

    def _paused(self) -> str:
        pause = read_pause(self._reader.paths) if self._reader else None
        return str(pause or "")

    def _gpus(self) -> tuple[GpuUse, ...]:
        now = time.monotonic()
        if now - self._gpus_read_s < _GPUS_EVERY_S:
            return self._last.gpus
        self._gpus_read_s = now
        return self._gpu_watch.read()

    def _run(self) -> None:
        while not self._closed:
            self._post(self.read())
            self._wake.wait(self._every_s)
            self._wake.clear()
        self.bunches.close()


def _defect(error: Exception) -> str:
    return f"the root cannot be read, and what is shown may be old: {type(error).__name__}: {error}"
