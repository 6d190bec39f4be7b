"""The search file of a run, from the copy that was queued."""

from functools import cache
from pathlib import Path

from hpq.errors import HpqError
from hpq.queue.enqueue import digest_of
from hpq.runner.job import Job
from hpq.search.file import Search, load


def load_search(job: Job) -> Search | None:
    """Return what a run's search file defines, None for the bundled one. It is executed once in a process.

    Raises HpqError for a copy that somebody changed.
    """
    if not job.header.get("source"):
        return None
    return _load(job.root.sources, job.header["source"], Path(job.header["file"]).parent)


@cache
def _load(sources: Path, digest: str, folder: Path) -> Search:
    copy = sources / f"{digest}.py"
    if digest_of(copy.read_bytes()) != digest:
        raise HpqError(
            f"{str(copy)!r} is not the search file that was queued: its text does not match its name, "
            "so it is not executed; queue the search anew"
        )
    return load(copy, folder=folder)
