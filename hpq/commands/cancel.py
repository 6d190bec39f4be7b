"""`hpq cancel`: take back runs that wait, stop runs that train."""

import argparse
import json

from hpq.commands.arguments import add_json, add_selection, need_selection, read_selection
from hpq.queue.control import cancel


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_selection(parser)
    add_json(parser)


def main(options: argparse.Namespace) -> int:
    need_selection(options, "cancel")
    paths, _, runs = read_selection(options)
    taken, asked = cancel(paths, runs)
    if options.json:
        print(json.dumps({"cancelled": taken, "stopping": asked}))
        return 0
    left = len(runs) - len(taken) - len(asked)
    print(f"{len(taken)} cancelled, {len(asked)} asked to stop" + (f", {left} had ended" if left else ""))
    return 0
