"""`hpq requeue`: a further attempt of runs that ended."""

import argparse
import json

from hpq.commands.arguments import add_json, add_selection, need_selection, read_selection
from hpq.commands.values import count
from hpq.queue.control import requeue
from hpq.queue.paths import RootPaths
from hpq.queue.reader import Reader
from hpq.queue.runs import Run
from hpq.queue.states import State


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_selection(parser)
    parser.add_argument(
        "--fresh", action="store_true", help="begin anew instead of at the checkpoint; finished runs too"
    )
    parser.add_argument(
        "--retries", type=count, metavar="N", help="leave alone what failed again after N retries"
    )
    parser.add_argument(
        "--priority", type=int, default=0, metavar="P", help="higher ones start earlier (default: 0)"
    )
    add_json(parser)


def main(options: argparse.Namespace) -> int:
    need_selection(options, "requeue")
    paths, reader, runs = read_selection(options)
    unfinished = [run for run in runs if options.fresh or run.state is not State.FINISHED]
    wanted = _with_retries_left(paths, reader, unfinished, options.retries)
    queued = requeue(paths, wanted, fresh=options.fresh, priority=options.priority)
    retried = len(unfinished) - len(wanted)
    if options.json:
        print(json.dumps({"queued": queued, "retried": retried}))
        return 0
    finished = len(runs) - len(unfinished)
    busy = len(wanted) - len(queued)
    parts = [f"{len(queued)} queued again"]
    parts += [f"{finished} finished and left alone, --fresh trains them anew"] if finished else []
    parts += [f"{retried} have no retries left"] if retried else []
    parts += [f"{busy} wait or train already"] if busy else []
    print("; ".join(parts))
    return 0


def _with_retries_left(paths: RootPaths, reader: Reader, runs: list[Run], most: int | None) -> list[Run]:
    """Return the runs that may fail once more; all of them without a number of retries."""
    if most is None:
        return runs
    from hpq.runner.failures import count_failures  # imports multiprocessing, for this option alone

    return [run for run in runs if count_failures(paths, reader, run) <= most]
