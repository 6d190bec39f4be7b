"""What a monitor pays for reading a root: CPU time and memory for runs of the post's space.

Prints medians, beside the budgets that keep a monitor of 10,000 runs under 1 % of a core.
"""

import subprocess
import sys
import tempfile
import time
from dataclasses import asdict
from pathlib import Path

from costs import ROUNDS, cpu_ms, tell, tell_figure
from roots import SEARCH, build, draws, end, live, result

from hpq.queue.enqueue import Origin, enqueue
from hpq.queue.files import write_json
from hpq.queue.paths import RootPaths
from hpq.queue.reader import Reader
from hpq.queue.records import Start
from hpq.queue.root import create_root, locked
from hpq.results.columns import Columns

LIVE = 4
SINGLES = 1_500  # batches of one run, as a script makes them that queues one at a time
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


def singles(folder: Path) -> RootPaths:
    """Make a root with batches of one run each, whose processes are gone and left no result."""
    paths = create_root(folder)
    for number, draw in enumerate(draws(SINGLES), 1):
        with locked(paths):
            enqueue(paths, SEARCH, number, [draw], Origin(seed=7, sampler="random", folder=folder))
        end(paths, [number])
        attempt = paths.run(SEARCH, number).attempt(1)
        attempt.result.unlink()
        Start(1, 1, "elsewhere", "", "bench", "gpu0", "cuda", time.time(), 600.0).write(attempt.start)
        attempt.metrics.write_text('{"step": 1, "loss": 1.5}\n')
    return paths


def many_batches(folder: Path) -> None:
    """Measure batches of one run, of which first no process lives, and then all have a result."""
    paths, clock = singles(folder / "singles"), Clock()
    reader = Reader(paths, clock)
    settle(reader, clock)
    settle(reader, clock)
    tell(f"nothing changed, {SINGLES:,} batches of a run that is gone", cpu_ms(reader.read), 15)

    def distrust() -> None:
        clock.ahead_s += 31

    tell("the same, once in half a minute", cpu_ms(reader.read, distrust), 300)
    for number in range(1, SINGLES + 1):
        write_json(paths.run(SEARCH, number).attempt(1).result, asdict(result(number)))
    settle(reader, clock)
    settle(reader, clock)
    tell(f"nothing changed, {SINGLES:,} batches of a run that ended", cpu_ms(reader.read), 1)


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        for count in (1_000, 10_000):
            first_readings(Path(name), count)
        ticks(Path(name), 10_000)
        many_batches(Path(name))


if __name__ == "__main__":
    main()
