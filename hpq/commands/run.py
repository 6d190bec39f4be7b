"""`hpq run`: train what waits."""

import argparse
import contextlib
import sys
from collections.abc import Iterator

from hpq.queue.paths import RootPaths
from hpq.queue.reader import Reader
from hpq.queue.root import create_root, open_root, root_folder
from hpq.runner.interrupts import Interrupts
from hpq.runner.job import Limits
from hpq.runner.lines import LinesReporter
from hpq.runner.loop import Reporter, Runner
from hpq.runner.slots import Slot, find_slots
from hpq.units import parse_duration, parse_size


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--gpus", metavar="0,1|all", help="the GPUs to train on, by index or UUID")
    parser.add_argument(
        "--per-gpu", type=int, default=1, metavar="K", help="runs at a time on each GPU (default: 1)"
    )
    parser.add_argument("--workers", type=int, metavar="K", help="train on the CPU instead, K runs at a time")
    parser.add_argument(
        "--watch", action="store_true", help="stay when nothing waits, for what is queued later"
    )
    parser.add_argument("--time-limit", metavar="30m", help="stop a run after so long")
    parser.add_argument(
        "--memory", metavar="8GiB", help="what a run may take: GPU memory on a GPU, else its own"
    )
    parser.add_argument(
        "--stale-after",
        metavar="10m",
        default="10m",
        help="silence that makes a run unfinished (default: 10m)",
    )
    parser.add_argument(
        "--grace",
        metavar="30s",
        default="30s",
        help="time to save and stop before a run is killed (default: 30s)",
    )


def main(options: argparse.Namespace) -> int:
    limits = Limits(
        stale_after_s=parse_duration(options.stale_after),
        time_s=parse_duration(options.time_limit) if options.time_limit else None,
        memory_bytes=parse_size(options.memory) if options.memory else None,
    )
    grace_s = parse_duration(options.grace)
    slots = find_slots(options.gpus, options.per_gpu, options.workers)
    folder = root_folder(options.root)
    paths = create_root(folder) if options.watch else open_root(folder)
    return run(paths, slots, limits, grace_s=grace_s, watch=options.watch)


def run(
    paths: RootPaths, slots: list[Slot], limits: Limits, *, grace_s: float = 30.0, watch: bool = False
) -> int:
    """Train what waits and report on it; return the exit code."""
    interrupts = Interrupts()
    with _reporter(paths, slots) as reporter, interrupts.heard():
        runner = Runner(paths, slots, reporter, limits, watch, grace_s, interrupts)
        runner.run()
    if not runner.ended and not interrupts.signal:
        print(f"nothing waits in {str(paths.folder)!r}: queue runs with `hpq enqueue`")
    return 128 + interrupts.signal if interrupts.signal else 0


@contextlib.contextmanager
def _reporter(paths: RootPaths, slots: list[Slot]) -> Iterator[Reporter]:
    if not sys.stdout.isatty():
        yield LinesReporter(sys.stdout)
        return
    from rich.console import Console  # and all of rich, which a pipe does not need

    from hpq.runner.live import LiveReporter

    with LiveReporter(Console(), slots, Reader(paths)) as reporter:
        yield reporter
