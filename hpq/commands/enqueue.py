"""`hpq enqueue`: sample runs, check them, queue them."""

import argparse
import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hpq.commands.arguments import add_json
from hpq.errors import UsageError
from hpq.queue.enqueue import Origin, enqueue, newest_seed, next_number
from hpq.queue.ids import check_name, name_from, span_text
from hpq.queue.paths import RootPaths
from hpq.queue.root import create_root, locked, root_folder
from hpq.search import post
from hpq.search.file import Search, load
from hpq.search.git import commit_of
from hpq.search.grid import COUNT_LIMIT, Extent
from hpq.search.overrides import parse_overrides
from hpq.search.plan import ASK_ABOVE, DEFAULT_POINTS, SAMPLERS, Plan

DEFAULT_SEED = 0
DRY_RUN_ROWS = 10
_NAMED = 3  # hyperparameters in a sentence


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "file", nargs="?", type=Path, metavar="SEARCH.py", help="what to search; without it, the post's space"
    )
    parser.add_argument("-n", type=int, metavar="N", help="how many runs (default: 50, or all of a grid)")
    parser.add_argument(
        "--seed", type=int, metavar="S", help="of the draws (default: the search's last, or 0)"
    )
    parser.add_argument("--name", metavar="NAME", help="of the search (default: the file's, or blog)")
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="fix a hyperparameter; may be given again",
    )
    parser.add_argument("--sampler", choices=SAMPLERS, default="random", help="how to draw (default: random)")
    parser.add_argument(
        "--points",
        type=int,
        metavar="K",
        help=f"of a range without steps in a grid (default: {DEFAULT_POINTS})",
    )
    parser.add_argument(
        "--priority", type=int, default=0, metavar="P", help="higher ones start earlier (default: 0)"
    )
    parser.add_argument(
        "--shared",
        action="store_true",
        help="a new root is for others too, as your umask says (default: yours)",
    )
    parser.add_argument("--dry-run", action="store_true", help="print the first draws and queue nothing")
    parser.add_argument("--yes", action="store_true", help=f"queue a grid of more than {ASK_ABOVE:,} runs")
    add_json(parser)


def main(options: argparse.Namespace) -> int:
    search = load(options.file) if options.file else None
    name = check_name(options.name or (name_from(options.file.stem) if options.file else "blog"))
    folder = root_folder(options.root)
    plan = Plan(
        sample=search.sample if search else post.sample,
        path=options.file,
        seed=_seed(options, folder, name),
        fixed=_absolute(parse_overrides(options.set)) if search is None else parse_overrides(options.set),
        sampler=options.sampler,
        count=options.n,
        points=_points(options),
        command=search.command if search else None,
        is_bundled=search is None or (search.train is None and search.command is None),
    )
    plan.check()
    _tell_grid_size(plan, options.yes or options.dry_run, options.json)
    if options.dry_run:
        first = next_number(RootPaths(folder), name)
        if plan.is_late and not options.json:
            print("a run is drawn when it starts, from what became of the others; the first are random:")
        _print_draws(plan.preview(first)[:DRY_RUN_ROWS], first, name, options.json)
        return 0
    paths = create_root(folder, is_shared=options.shared)
    origin = _origin(plan, search)
    with locked(paths):
        first = next_number(paths, name)
        queued = enqueue(paths, name, first, plan.draw(first), origin, options.priority)
    _print_queued(queued, name, plan.is_late, options.json)
    return 0


def _points(options: argparse.Namespace) -> int:
    """Return the points of a range in a grid; nobody asks for them who draws in another way."""
    if options.points is None:
        return DEFAULT_POINTS
    if options.sampler != "grid":
        raise UsageError("--points is for a grid: add --sampler grid, or leave it out")
    return int(options.points)


def _seed(options: argparse.Namespace, folder: Path, name: str) -> int:
    """Return the seed: numbers go on within a search, so its last seed gives new draws too."""
    if options.seed is not None:
        return int(options.seed)
    last = newest_seed(RootPaths(folder), name)
    return DEFAULT_SEED if last is None else last


def _absolute(fixed: dict[str, Any]) -> dict[str, Any]:
    """Name the bundled model's data by an absolute path: a run may train with another working directory."""
    data = fixed.get("data")
    if isinstance(data, str) and data != post.FIXED["data"]:
        if not Path(data).is_dir():
            raise UsageError(f"--set data={data}: there is no such folder of photographs")
        fixed["data"] = os.path.abspath(data)
    return fixed


def _origin(plan: Plan, search: Search | None) -> Origin:
    file = search.path.resolve() if search else None
    commit, dirty = commit_of(file.parent if file else Path.cwd())
    return Origin(
        seed=plan.seed,
        sampler=plan.sampler,
        folder=Path.cwd(),
        file=file,
        text=search.text if search else b"",
        command=plan.command,
        commit=commit,
        dirty=dirty,
        fixed=plan.fixed,
    )


def _tell_grid_size(plan: Plan, is_allowed: bool, as_json: bool) -> None:
    """Say how large a grid is before it is queued, and stop at one that is larger than anybody means."""
    if plan.sampler != "grid":
        return
    extent = plan.grid_extent()
    if not as_json:
        print(_describe_grid(extent))
        if plan.count and plan.count < extent.count:
            print(f"-n {plan.count} takes the first of them, in which some hyperparameters hardly change")
    wanted = min(extent.count, plan.count or extent.count)
    if wanted > COUNT_LIMIT:
        raise UsageError(
            f"a grid is queued up to {COUNT_LIMIT:,} runs; fix some with --set, or draw at random"
        )
    if wanted > ASK_ABOVE and not is_allowed:
        raise UsageError(f"that is above {ASK_ABOVE:,}: add --yes to queue them all, or -n for the first few")


def _describe_grid(extent: Extent) -> str:
    """Return the size of a grid, and what as many random draws would try besides."""
    if extent.count > COUNT_LIMIT:
        return f"the grid has more than {COUNT_LIMIT:,} runs"
    size = "the grid has 1 run" if extent.count == 1 else f"the grid has {extent.count:,} runs"
    if len(extent.tried) < 2:
        return size
    least, most = min(extent.tried.values()), max(extent.tried.values())
    each = f"{most:,}" if least == most else f"{least:,} to {most:,}"
    told = f"{size}, spent on {len(extent.tried)} hyperparameters with {each} values each"
    if not extent.cut:
        return told
    return f"{told}; random draws would try up to {extent.count:,} values of {_named(extent.cut)}"


def _named(names: Sequence[str]) -> str:
    """Return the first few of some names."""
    *first, last = names[:_NAMED]
    if len(names) > _NAMED:
        return f"{', '.join(names[:_NAMED])} and {len(names) - _NAMED} more"
    return f"{', '.join(first)} and {last}" if first else last


def _print_draws(draws: list[dict[str, Any]], first: int, name: str, as_json: bool) -> None:
    if as_json:
        print(json.dumps(draws))
        return
    from hpq.results.text import draws_table, print_tables  # imports rich

    print_tables(draws_table(draws, first, name))


def _print_queued(queued: list[str], name: str, is_late: bool, as_json: bool) -> None:
    if as_json:
        print(json.dumps({"search": name, "queued": queued}))
        return
    late = ", drawn when it starts" if len(queued) == 1 else ", drawn when they start"
    print(f"{len(queued)} queued: {span_text(queued)}{late if is_late else ''}")
