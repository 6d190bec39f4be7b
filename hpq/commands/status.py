"""`hpq status`: how the searches stand."""

import argparse
import json
from dataclasses import asdict

from hpq.commands.arguments import add_json, read_selection


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("runs", nargs="*", metavar="SEARCH", help="only these searches (or runs)")
    parser.set_defaults(state=[])
    add_json(parser)


def main(options: argparse.Namespace) -> int:
    from hpq.results.table import overview

    _, _, runs = read_selection(options)
    by_search = {
        name: [run for run in runs if run.search == name] for name in sorted({run.search for run in runs})
    }
    if options.json:
        searches = {name: asdict(overview(some)) for name, some in by_search.items()}
        print(json.dumps({**asdict(overview(runs)), "searches": searches}))
        return 0
    from hpq.results.text import overview_table, print_tables  # imports rich

    print_tables(overview_table([(name, overview(some)) for name, some in by_search.items()]))
    return 0
