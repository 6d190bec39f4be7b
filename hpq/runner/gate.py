"""The gate before the queue, which is closed while the root is paused."""

from hpq.queue.paths import RootPaths
from hpq.queue.pause import read_pause


class Gate:
    """What one runner knows of a pause."""

    def __init__(self, paths: RootPaths) -> None:
        self._paths = paths
        self.is_closed = False

    def look(self) -> str:
        """Look whether runs may be taken; return what to tell when that changed, or nothing."""
        pause = read_pause(self._paths)
        was_closed, self.is_closed = self.is_closed, pause is not None
        if self.is_closed == was_closed:
            return ""
        return (
            f"{pause}; what waits stays queued until `hpq resume`"
            if pause
            else "resumed: runs are taken again"
        )
