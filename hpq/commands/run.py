"""`hpq run`: train what waits."""

import argparse
import contextlib
import sys
from collections.abc import Iterator

from hpq.commands.values import count, duration, size, size_or_none
from hpq.queue.paths import RootPaths
from hpq.queue.reader import Reader
from hpq.queue.root import create_root, open_root, root_folder
from hpq.queue.trust import check_owner
from hpq.runner.interrupts import Interrupts
from hpq.runner.job import Limits
from hpq.runner.lines import LinesReporter
from hpq.runner.loop import Runner
from hpq.runner.reporter import Reporter
from hpq.runner.room import check_room
from hpq.runner.rules import Rules
from hpq.runner.share import Share
from hpq.runner.slots import Slot, find_slots


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--gpus", metavar="0,1|all", help="the GPUs to train on, by index or UUID")
    parser.add_argument(
        "--per-gpu",
        metavar="K|8GiB",
        help="runs at a time on each GPU (default: 1), or the memory of a run: as many as fit",
    )
    parser.add_argument("--workers", type=int, metavar="K", help="train on the CPU instead, K runs at a time")
    parser.add_argument(
        "--watch", action="store_true", help="stay when nothing waits, for what is queued later"
    )
    parser.add_argument("--time-limit", type=duration, metavar="30m", help="stop a run after so long")
    parser.add_argument(
        "--memory", type=size, metavar="8GiB", help="what a run may take: GPU memory on a GPU, else its own"
    )
    parser.add_argument(
        "--stale-after",
        type=duration,
        metavar="10m",
        default="10m",
        help="silence that makes a run unfinished (default: 10m)",
    )
    parser.add_argument(
        "--grace",
        type=duration,
        metavar="30s",
        default="30s",
        help="time to save and stop before a run is killed (default: 30s)",
    )
    parser.add_argument(
        "--free", type=size, metavar="8GiB", help="start a run on a GPU once so much of its memory is free"
    )
    parser.add_argument(
        "--retries",
        type=count,
        default=0,
        metavar="N",
        help="queue a run that failed again, up to N times (default: 0)",
    )
    parser.add_argument(
        "--give-up-after",
        type=count,
        default=10,
        metavar="K",
        help="take no more runs where K in a row crashed at once and alike (default: 10; 0: never)",
    )
    parser.add_argument(
        "--log-limit",
        type=size_or_none,
        metavar="256MiB",
        default="1GiB",
        help="of a run's log, before its older part is kept aside once (default: 1GiB; 0: none)",
    )
    parser.add_argument(
        "--on-run-end",
        default="",
        metavar="COMMAND",
        help="call this after each run, told by HPQ_… variables",
    )
    parser.add_argument(
        "--on-end", default="", metavar="COMMAND", help="call this when nothing waits and the runner ends"
    )
    parser.add_argument(
        "--trust", action="store_true", help="run what another user queued, as if you had queued it"
    )


def main(options: argparse.Namespace) -> int:
    share = None if options.per_gpu is None else Share.parse(options.per_gpu)
    limits = Limits(
        stale_after_s=options.stale_after,
        time_s=options.time_limit,
        memory_bytes=options.memory or (share.memory_bytes if share else None),
    )
    rules = Rules(
        watch=options.watch,
        grace_s=options.grace,
        retries=options.retries,
        give_up_after=options.give_up_after,
        free_bytes=options.free,
        log_bytes=options.log_limit,
        on_run_end=options.on_run_end,
        on_end=options.on_end,
    )
    slots = find_slots(options.gpus, share, options.workers)
    if options.free is not None:
        check_room(options.free, slots)
    folder = root_folder(options.root)
    paths = create_root(folder) if options.watch else open_root(folder)
    if not options.trust:
        check_owner(paths)
    return run(paths, slots, limits, rules)


def run(paths: RootPaths, slots: list[Slot], limits: Limits, rules: Rules) -> int:
    """Train what waits and report on it; return the exit code."""
    interrupts = Interrupts()
    with _reporter(paths, slots) as reporter, interrupts.heard():
        runner = Runner(paths, slots, reporter, limits, rules, interrupts)
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
