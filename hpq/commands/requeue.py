"""`hpq requeue`: a further attempt of runs that ended."""

import argparse
import json

from hpq.commands.arguments import add_json, add_selection, need_selection, read_selection
from hpq.queue.control import requeue
from hpq.queue.states import State


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_selection(parser)
    parser.add_argument(
        "--fresh", action="store_true", help="begin anew instead of at the checkpoint; finished runs too"
    )
    parser.add_argument(
        "--priority", type=int, default=0, metavar="P", help="higher ones start earlier (default: 0)"
    )
    add_json(parser)


def main(options: argparse.Namespace) -> int:
    need_selection(options, "requeue")
    paths, _, runs = read_selection(options)
    wanted = [run for run in runs if options.fresh or run.state is not State.FINISHED]
    queued = requeue(paths, wanted, fresh=options.fresh, priority=options.priority)
    if options.json:
        print(json.dumps({"queued": queued}))
        return 0
    finished = len(runs) - len(wanted)
    busy = len(wanted) - len(queued)
    parts = [f"{len(queued)} queued again"]
    parts += [f"{finished} finished and left alone, --fresh trains them anew"] if finished else []
    parts += [f"{busy} wait or train already"] if busy else []
    print("; ".join(parts))
    return 0
