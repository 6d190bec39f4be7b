"""Every path of a root, of a run and of an attempt."""

from dataclasses import dataclass
from pathlib import Path

from hpq.queue.ids import run_id

# Names for those who make ten thousand paths at once: a text takes a tenth of the time of a Path.
LOCK, RESULT, PARAMS = "lock", "result.json", "params.json"


@dataclass(frozen=True, slots=True)
class AttemptPaths:
    """The folder of one attempt: all that one training process writes."""

    folder: Path

    @property
    def lock(self) -> Path:
        """Held by flock for as long as any process of the attempt lives."""
        return self.folder / LOCK

    @property
    def start(self) -> Path:
        return self.folder / "start.json"

    @property
    def stop(self) -> Path:
        """Exists once somebody asked the attempt to stop; says why."""
        return self.folder / "stop"

    @property
    def log(self) -> Path:
        return self.folder / "log.txt"

    @property
    def earlier_log(self) -> Path:
        """What the log held before it was begun anew, once it outgrew its limit."""
        return self.folder / "log.1.txt"

    @property
    def metrics(self) -> Path:
        return self.folder / "metrics.jsonl"

    @property
    def heartbeat(self) -> Path:
        return self.folder / "heartbeat"

    @property
    def result(self) -> Path:
        return self.folder / RESULT

    @property
    def checkpoint(self) -> Path:
        return self.folder / "checkpoint.pt"

    @property
    def best(self) -> Path:
        """The network of the lowest loss so far; the bundled model leaves one."""
        return self.folder / "best.pt"

    @property
    def samples(self) -> Path:
        """Pictures that were filled in: a preview, and a numbered folder for each `hpq sample`."""
        return self.folder / "samples"


@dataclass(frozen=True, slots=True)
class RunPaths:
    """The folder of one run: its parameters, and a folder for each attempt."""

    folder: Path

    @property
    def params(self) -> Path:
        return self.folder / PARAMS

    def attempt(self, attempt: int) -> AttemptPaths:
        return AttemptPaths(self.folder / str(attempt))


@dataclass(frozen=True, slots=True)
class RootPaths:
    """The folder of everything."""

    folder: Path

    @property
    def queue(self) -> Path:
        return self.folder / ".queue"

    @property
    def format(self) -> Path:
        return self.queue / "format"

    @property
    def lock(self) -> Path:
        return self.queue / "lock"

    @property
    def batches(self) -> Path:
        return self.queue / "batches"

    @property
    def claims(self) -> Path:
        return self.queue / "claims"

    @property
    def sources(self) -> Path:
        """Copies of search files, each named by the digest of its text."""
        return self.queue / "sources"

    def index(self, search: str) -> Path:
        """What its ended runs came to; may be deleted at any time."""
        return self.queue / "index" / f"{search}.json"

    def turn(self, search: str) -> Path:
        """Held by the process that draws a late run of a search, so that the next one knows of it."""
        return self.queue / "turns" / search

    @property
    def runners(self) -> Path:
        return self.queue / "runners"

    @property
    def pause(self) -> Path:
        """Exists while the root is paused; says who did it and why."""
        return self.queue / "pause"

    @property
    def cache(self) -> Path:
        """Decoded data that the runs share; may be deleted when nothing trains."""
        return self.folder / ".cache"

    def claim(self, search: str, number: int, attempt: int) -> Path:
        return self.claims / search / f"{number}.{attempt}"

    def run(self, search: str, number: int) -> RunPaths:
        return RunPaths(self.folder / run_id(search, number))
