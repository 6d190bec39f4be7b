"""`hpq resume`: let runners take runs again."""

import argparse
import json
from dataclasses import asdict

from hpq.commands.arguments import add_json
from hpq.queue.pause import resume
from hpq.queue.root import open_root, root_folder


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_json(parser)


def main(options: argparse.Namespace) -> int:
    paths = open_root(root_folder(options.root))
    ended = resume(paths)
    if options.json:
        print(json.dumps({"ended": asdict(ended) if ended else None, "changed": ended is not None}))
    elif ended:
        print(f"resumed: it was {ended}")
    else:
        print(f"{str(paths.folder)!r} was not paused")
    return 0
