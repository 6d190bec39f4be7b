"""`hpq ls`: a row a run."""

import argparse
import json
from typing import TYPE_CHECKING, Any

from hpq.commands.arguments import add_json, add_selection, read_selection
from hpq.errors import UsageError

if TYPE_CHECKING:
    from hpq.queue.runs import Run

COLUMNS = {
    "run": "id",
    "state": "state",
    "best": "best",
    "loss": "loss",
    "step": "step",
    "attempt": "attempt",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_selection(parser)
    parser.add_argument(
        "--sort", metavar="NAME", help="by run, state, best, loss, step, attempt or a hyperparameter"
    )
    parser.add_argument("--reverse", action="store_true", help="the other way round")
    add_json(parser)


def main(options: argparse.Namespace) -> int:
    from hpq.results.table import row_as_json

    _, _, runs = read_selection(options)
    if options.sort:
        runs = _sorted(runs, options.sort)
    if options.reverse:
        runs.reverse()
    if options.json:
        print(json.dumps([row_as_json(run) for run in runs]))
        return 0
    from hpq.results.text import print_tables, runs_table, terminal_width  # imports rich

    print_tables(*runs_table(runs, terminal_width()))
    return 0


def _sorted(runs: list["Run"], name: str) -> list["Run"]:
    """Return runs by a column: numbers as numbers, then text, and last what has no value."""
    known = sorted({param for run in runs for param in run.params})
    if name not in COLUMNS and name not in known:
        raise UsageError(f"--sort {name}: no such column; there are {', '.join([*COLUMNS, *known])}")

    def key(run: "Run") -> tuple[int, float, str]:
        value: Any = getattr(run, COLUMNS[name]) if name in COLUMNS else run.params.get(name)
        if value is None:
            return 2, 0.0, ""
        if isinstance(value, int | float):
            return 0, float(value), ""
        return 1, 0.0, str(value)

    return sorted(runs, key=key)
