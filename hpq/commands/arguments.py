"""Arguments that several commands take, and what they mean."""

import argparse
import gc
import sys
from collections.abc import Sequence
from itertools import compress
from typing import TYPE_CHECKING

from hpq.errors import UsageError
from hpq.queue.states import State

if TYPE_CHECKING:
    from hpq.queue.paths import RootPaths
    from hpq.queue.reader import Reader
    from hpq.queue.runs import Run


_COLLECT_AFTER = (
    200_000  # new objects; after every 700, as Python does, takes a fifth of a short command's time
)


def add_selection(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments that name runs."""
    parser.add_argument(
        "runs", nargs="*", metavar="RUN", help="ids (blog-017), ranges (blog-3..9) or names of searches"
    )
    parser.add_argument(
        "--state",
        action="append",
        default=[],
        choices=[str(state) for state in State],
        help="only runs in this state; may be given again",
    )
    parser.add_argument(
        "--where",
        metavar="FILTER",
        help="only runs that a filter lets pass, such as 'state:crashed batch_size>20 merger.kind:conv'",
    )


def add_json(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print JSON for a program to read")


def read_selection(options: argparse.Namespace) -> "tuple[RootPaths, Reader, list[Run]]":
    """Return the root, its reader and the runs that the arguments name; warn of what was left out."""
    from hpq.queue.reader import Reader  # with what it needs 15 ms, which `hpq enqueue` shall not pay
    from hpq.queue.root import open_root, root_folder
    from hpq.queue.selection import select

    gc.set_threshold(_COLLECT_AFTER)
    paths = open_root(root_folder(options.root))
    reader = Reader(paths)
    runs = reader.read()
    for problem in reader.problems:
        print(f"hpq: {problem}", file=sys.stderr)
    chosen = select(runs, options.runs, options.state)
    where = getattr(options, "where", None)  # commands that show single runs have no filter
    return paths, reader, _passing(runs, chosen, where) if where else chosen


def _passing(runs: Sequence["Run"], chosen: list["Run"], where: str) -> list["Run"]:
    """Return the chosen runs that a filter lets pass; a name in it is one that any run has, chosen or not."""
    from hpq.results.columns import Columns  # imports numpy
    from hpq.results.filter import parse_filter

    passes = parse_filter(where).rows(Columns(runs))
    passing = {run.id for run in compress(runs, passes)}
    return [run for run in chosen if run.id in passing]


def need_selection(options: argparse.Namespace, verb: str) -> None:
    """Raise UsageError when no run is named: what changes runs never means all of them by itself."""
    if not options.runs and not options.state and not (options.where or "").strip():
        raise UsageError(f"say which runs to {verb}: ids, ranges, a search's name, --state or --where")


def need_passing(runs: Sequence["Run"], options: argparse.Namespace) -> None:
    """Raise UsageError when `--state` and `--where` leave no run, lest it be taken for an empty search."""
    where = [f"--where {options.where!r}"] if options.where else []
    filters = [*(f"--state {state}" for state in options.state), *where]
    if filters and not runs:
        raise UsageError(f"no run passes {', '.join(filters)}; `hpq ls` lists what there is")
