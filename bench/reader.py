"""What a monitor pays for reading a root: CPU time and memory for runs of the post's space.

Prints medians, beside the budgets that keep a monitor of 10,000 runs under 1 % of a core.
"""

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict
from pathlib import Path

from hpq.queue.claims import make_claim
from hpq.queue.enqueue import Origin, enqueue
from hpq.queue.files import write_json
from hpq.queue.life import boot_id, host_name, take_lock
from hpq.queue.paths import RootPaths
from hpq.queue.reader import Reader
from hpq.queue.records import Heartbeat, Outcome, Result, Start, Summary
from hpq.queue.root import create_root, locked
from hpq.results.columns import Columns
from hpq.search import post
from hpq.search.samplers import draw_run

SEARCH = "blog"
ROUNDS = 9
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


def build(folder: Path, count: int, ended: int) -> RootPaths:
    """Make a root with so many runs, of which the first ended."""
    paths = create_root(folder)
    draws = [draw_run(post.sample, 7, number).values for number in range(1, count + 1)]
    with locked(paths):
        enqueue(paths, SEARCH, 1, draws, Origin(seed=7, sampler="random", folder=folder))
    end(paths, range(1, ended + 1))
    return paths


def end(paths: RootPaths, numbers: Iterable[int]) -> None:
    """Let runs be claimed and end; without the fsync of each, which takes minutes."""
    for number in numbers:
        attempt = paths.run(SEARCH, number).attempt(1)
        attempt.folder.mkdir(parents=True)
        attempt.lock.touch()
        make_claim(paths.claim(SEARCH, number, 1), "bench")
        best = 1 + number % 97 / 97
        summary = Summary(step=1000, loss=best + 0.1, best=best, best_step=900)
        result = Result(Outcome.RETURNED, "", summary, 1000.0 + number, 1060.0 + number, f"gpu{number % 4}")
        write_json(attempt.result, asdict(result))


def live(paths: RootPaths, numbers: Iterable[int]) -> None:
    """Let this process play runs that train."""
    for number in numbers:
        attempt = paths.run(SEARCH, number).attempt(1)
        attempt.folder.mkdir(parents=True)
        take_lock(attempt.lock)  # freed when this process ends
        make_claim(paths.claim(SEARCH, number, 1), "bench")
        Start(
            pid=1,
            ticks=1,
            host=host_name(),
            boot=boot_id(),
            runner="bench",
            slot="gpu0",
            device="cuda",
            at=1000.0,
            stale_after_s=600.0,
        ).write(attempt.start)
        Heartbeat.now(Summary(step=7, loss=2.0, best=1.5, best_step=5)).write(attempt.heartbeat)


def settle(reader: Reader, clock: Clock) -> None:
    """Read until what folders say of themselves is believed."""
    for _ in range(2):
        reader.read()
        clock.ahead_s += 3


def cpu_ms(call: Callable[[], object], before: Callable[[], object] = lambda: None) -> float:
    """Return the median CPU time of a call in milliseconds; `before` is not counted."""
    times = []
    for _ in range(ROUNDS):
        before()
        began_s = time.process_time()
        call()
        times.append(1000 * (time.process_time() - began_s))
    return statistics.median(times)


def tell(what: str, ms: float, budget_ms: float) -> None:
    print(f"{what:54} {ms:8.2f} ms CPU (budget {budget_ms:g})")


def first_readings(folder: Path, count: int) -> None:
    """Measure what nothing is known of yet: a root in which all runs ended."""
    paths = build(folder / str(count), count, count)
    Reader(paths).read()  # warms the disk cache
    tell(f"first reading of {count:,} ended runs", cpu_ms(lambda: Reader(paths).read()), 0.04 * count)
    runs = Reader(paths).read()
    tell(f"columns of {count:,} runs", cpu_ms(lambda: Columns(runs)), 0.01 * count)
    asked = subprocess.run([sys.executable, "-c", MEMORY, str(paths.folder)], capture_output=True, check=True)
    print(f"{f'memory of {count:,} runs':54} {float(asked.stdout):8.2f} MiB")


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
