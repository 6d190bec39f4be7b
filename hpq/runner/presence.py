"""The lock that shows a runner to live."""

import contextlib
import os
from collections.abc import Iterator

from hpq.queue.life import take_lock
from hpq.queue.paths import RootPaths


@contextlib.contextmanager
def present(paths: RootPaths, runner: str) -> Iterator[None]:
    """Hold a runner's lock for the length of a block; a process that is killed lets go of it too."""
    path = paths.runners / runner
    path.parent.mkdir(exist_ok=True)  # a copy of a root may lack its empty folders
    lock = take_lock(path)
    try:
        yield
    finally:
        path.unlink(missing_ok=True)
        if lock is not None:
            os.close(lock)
