"""The network that a run left, and the data it learned from, for commands that use them."""

import contextlib
import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from hpq.errors import HpqError
from hpq.queue.outputs import newest_best
from hpq.queue.paths import AttemptPaths, RootPaths
from hpq.queue.reader import Reader
from hpq.queue.runs import Run


def best_attempt(paths: RootPaths, reader: Reader, run: Run) -> AttemptPaths:
    """Return the newest attempt of a run that left a network. Raises HpqError where none did."""
    header = reader.header(run)
    if header.get("command"):
        raise HpqError(
            f"{run.id} was trained by its search's own command: only the bundled model leaves a network "
            "that hpq can use"
        )
    attempt = newest_best(paths.run(run.search, run.number), run.attempt)
    if attempt is None:
        others = "; training code of a search's own leaves none" if header.get("source") else ""
        raise HpqError(
            f"{run.id} has no best.pt: it is {run.state}, and the bundled model leaves one at its first "
            f"validation{others}"
        )
    return attempt


@contextlib.contextmanager
def as_trained(paths: RootPaths, run: Run, header: Mapping[str, object]) -> Iterator[tuple[Path, int]]:
    """Work where the run trained, from where its data may be named; give the cache and the run's seed."""
    from hpq.search.streams import run_seed

    seed, folder, cache = header.get("seed"), header.get("folder"), paths.cache.absolute()
    with contextlib.chdir(folder if isinstance(folder, str) and os.path.isdir(folder) else "."):
        yield cache, run_seed(seed if isinstance(seed, int) else 0, run.number)
