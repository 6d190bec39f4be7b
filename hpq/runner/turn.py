"""Taking turns: who draws by what others drew waits for them, though not for ever."""

import contextlib
import os
import time
from collections.abc import Iterator
from pathlib import Path

from hpq.queue.life import take_lock

_PATIENCE_S = 60.0  # for another who hangs; then two may draw alike, and nothing worse
_LOOK_EVERY_S = 0.02


@contextlib.contextmanager
def turn(path: Path, patience_s: float = _PATIENCE_S) -> Iterator[None]:
    """Hold a lock that others take too, or go on without it when they keep it for too long."""
    path.parent.mkdir(exist_ok=True)
    deadline = time.monotonic() + patience_s
    while (descriptor := take_lock(path)) is None and time.monotonic() < deadline:
        time.sleep(_LOOK_EVERY_S)
    try:
        yield
    finally:
        if descriptor is not None:
            os.close(descriptor)
