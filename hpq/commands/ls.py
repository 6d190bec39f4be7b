"""`hpq ls`: a row a run."""

import argparse
import json
from typing import TYPE_CHECKING

from hpq.commands.arguments import add_json, add_selection, read_selection
from hpq.errors import UsageError

if TYPE_CHECKING:
    from hpq.queue.runs import Run


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_selection(parser)
    parser.add_argument(
        "--sort", metavar="NAME", help="by run, state, best, loss, step, took, attempt, … or a hyperparameter"
    )
    parser.add_argument("--reverse", action="store_true", help="the other way round")
    add_json(parser)


def main(options: argparse.Namespace) -> int:
    from hpq.results.table import row_as_json

    _, _, runs = read_selection(options)
    if options.sort and runs:  # of no runs nobody knows the hyperparameters
        runs = _sorted(runs, options.sort, options.reverse)
    elif options.reverse:
        runs.reverse()
    if options.json:
        print(json.dumps([row_as_json(run) for run in runs]))
        return 0
    from hpq.results.lines import print_lines
    from hpq.results.tables import run_lines
    from hpq.results.text import terminal_width

    print_lines(run_lines(runs, terminal_width()))
    return 0


def _sorted(runs: list["Run"], name: str, reverse: bool) -> list["Run"]:
    from hpq.results.columns import Columns  # imports numpy
    from hpq.results.sorting import sorted_rows

    try:
        rows = sorted_rows(Columns(runs), name, reverse)
    except UsageError as error:
        raise UsageError(f"--sort {error}") from None
    return [runs[row] for row in rows]
