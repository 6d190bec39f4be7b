"""What a monitor pays for reading a root: CPU time and memory for runs of the post's space.

Prints medians, beside the budgets that keep a monitor of 10,000 runs under 1 % of a core.
"""

import subprocess
import sys
import tempfile
import time
from pathlib import Path

from costs import ROUNDS, cpu_ms, tell, tell_figure
from roots import build, end, live

from hpq.queue.reader import Reader
from hpq.results.columns import Columns

LIVE = 4
# Prints the memory in MiB that reading adds to a process.
MEMORY = """
import resource, sys
from pathlib import Path
from hpq.queue.paths import RootPaths
from hpq.queue.reader import Reader
def resident_mib():
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 2**20
before = resident_mib()
reader = Reader(RootPaths(Path(sys.argv[1])))
runs = reader.read()
print(resident_mib() - before)
"""


class Clock:
    """The monotonic clock, which can be put forward: folders are believed two seconds after a change."""

    ahead_s = 0.0

    def __call__(self) -> float:
        return time.monotonic() + self.ahead_s


def settle(reader: Reader, clock: Clock) -> None:
    """Read until what folders say of themselves is believed."""
    for _ in range(2):
        reader.read()
        clock.ahead_s += 3


def first_readings(folder: Path, count: int) -> None:
    """Measure what nothing is known of yet: a root in which all runs ended."""
    paths = build(folder / str(count), count, count)
    Reader(paths).read()  # warms the disk cache
    tell(f"first reading of {count:,} ended runs", cpu_ms(lambda: Reader(paths).read()), 0.04 * count)
    runs = Reader(paths).read()
    tell(f"columns of {count:,} runs", cpu_ms(lambda: Columns(runs)), 0.01 * count)
    asked = subprocess.run([sys.executable, "-c", MEMORY, str(paths.folder)], capture_output=True, check=True)
    tell_figure(f"memory of {count:,} runs", float(asked.stdout), "MiB")


def ticks(folder: Path, count: int) -> None:
    """Measure readings of which the last one knew nearly all."""
    ended = count // 2
    paths, clock = build(folder / "ticks", count, ended), Clock()
    live(paths, range(count - LIVE + 1, count + 1))
    reader = Reader(paths, clock)
    columns = Columns(reader.read())
    settle(reader, clock)
    each = count // 100
    batches = iter(range(ended + 1, count - LIVE, each))

    def end_some() -> None:
        first = next(batches)
        end(paths, range(first, first + each))

    tell(f"{each} of {count:,} runs ended", cpu_ms(reader.read, end_some), 10)
    runs = reader.read()
    newer = cpu_ms(lambda: columns.successor(runs))
    tell(f"columns in which {ROUNDS * each} of {count:,} runs changed", newer, 2)
    settle(reader, clock)
    tell(f"nothing changed, {LIVE} of {count:,} runs live", cpu_ms(reader.read), 1)


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        for count in (1_000, 10_000):
            first_readings(Path(name), count)
        ticks(Path(name), 10_000)


if __name__ == "__main__":
    main()
