"""`hpq pause`: let runners take nothing new."""

import argparse
import json
from dataclasses import asdict

from hpq.commands.arguments import add_json
from hpq.queue.pause import pause
from hpq.queue.root import open_root, root_folder


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--reason", default="", metavar="TEXT", help="why, for whoever wonders")
    add_json(parser)


def main(options: argparse.Namespace) -> int:
    there, is_new = pause(open_root(root_folder(options.root)), options.reason)
    if options.json:
        print(json.dumps({"paused": asdict(there), "changed": is_new}))
    elif is_new:
        print("paused: runners take nothing new, what trains goes on; `hpq resume` ends it")
    else:
        print(f"it is already {there}; nothing was changed")
    return 0
