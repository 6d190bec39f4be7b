"""`hpq status`: how the searches stand."""

import argparse
import json
from dataclasses import asdict

from hpq.commands.arguments import add_json, read_selection
from hpq.queue.pause import read_pause


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("runs", nargs="*", metavar="SEARCH", help="only these searches (or runs)")
    parser.set_defaults(state=[])
    add_json(parser)


def main(options: argparse.Namespace) -> int:
    from hpq.results.overview import overview

    paths, _, runs = read_selection(options)
    by_search = {
        name: [run for run in runs if run.search == name] for name in sorted({run.search for run in runs})
    }
    paused = read_pause(paths)
    if options.json:
        searches = {name: asdict(overview(some)) for name, some in by_search.items()}
        told = {**asdict(overview(runs)), "searches": searches, "paused": asdict(paused) if paused else None}
        print(json.dumps(told))
        return 0
    if paused:
        print(f"{paused}; `hpq resume` ends it")
    from hpq.results.lines import print_lines
    from hpq.results.tables import overview_lines

    print_lines(overview_lines([(name, overview(some)) for name, some in by_search.items()]))
    return 0
