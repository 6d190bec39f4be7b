"""`hpq replicate`: runs that finished once more, with other seeds."""

import argparse
import json
from collections.abc import Sequence

from hpq.commands.arguments import add_json, add_selection, need_selection, read_selection
from hpq.commands.values import count, positive
from hpq.errors import UsageError
from hpq.queue.ids import span_text
from hpq.queue.replicate import distinct, draw_others, replicate
from hpq.queue.runs import Run
from hpq.queue.states import State

ASK_ABOVE = 100  # more replicates are queued only when the user says yes
_MOST = 1_000_000  # which are made in memory
_MOST_NAMED = 8  # originals that are told one by one


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_selection(parser)
    parser.add_argument("-n", type=positive, default=2, metavar="N", help="replicates a run (default: 2)")
    parser.add_argument(
        "--others",
        type=count,
        default=3,
        metavar="K",
        help="so many other finished runs of the search too, chosen at random (default: 3)",
    )
    parser.add_argument(
        "--seed", type=int, default=0, metavar="S", help="of the choice of others (default: 0)"
    )
    parser.add_argument(
        "--priority", type=int, default=0, metavar="P", help="higher ones start earlier (default: 0)"
    )
    parser.add_argument("--yes", action="store_true", help=f"queue more than {ASK_ABOVE:,} replicates")
    add_json(parser)


def main(options: argparse.Namespace) -> int:
    need_selection(options, "replicate")
    paths, reader, runs = read_selection(options)
    _check_finished(runs)
    chosen = distinct(runs)
    others = draw_others(reader.read(), chosen, options.others, options.seed)
    _check_size(options.n * (len(chosen) + len(others)), options.yes)
    queued = replicate(paths, reader, [*chosen, *others], options.n, options.priority)
    if options.json:
        print(json.dumps({"queued": list(queued), "replicates": queued}))
        return 0
    told = _named([run.original for run in chosen], "runs")
    told += f" and, chosen at random, {_named([run.id for run in others], 'others')}" if others else ""
    share = f"{options.n} of" if len(chosen) + len(others) == 1 else f"{options.n} each of"
    print(f"{len(queued)} queued: {span_text(list(queued))}, {share} {told}")
    return 0


def _check_finished(runs: Sequence[Run]) -> None:
    """Raise UsageError unless all runs finished: only those have a loss that their replicates can repeat."""
    if not runs:
        raise UsageError("no run is chosen; `hpq ls --state finished` lists those that can be replicated")
    left = [run for run in runs if run.state is not State.FINISHED]
    if not left:
        return
    run = left[0]
    if len(left) < len(runs):
        advice = f"add --state finished to leave out the {len(left)} of {len(runs)} that did not"
    elif run.state in (State.QUEUED, State.STARTING, State.RUNNING):
        advice = f"`hpq wait {run.id}` returns when it has"
    else:
        advice = f"`hpq requeue {run.id}` lets it try again"
    raise UsageError(f"{run.id} is {run.state}, and only runs that finished are replicated; {advice}")


def _check_size(total: int, is_allowed: bool) -> None:
    if total > _MOST:
        raise UsageError(f"these are {total:,} replicates, and {_MOST:,} are the most; name fewer runs")
    if total > ASK_ABOVE and not is_allowed:
        raise UsageError(
            f"these are {total:,} replicates, which is above {ASK_ABOVE}: add --yes to queue them all, "
            "or name fewer runs"
        )


def _named(ids: Sequence[str], what: str) -> str:
    return ", ".join(ids) if len(ids) <= _MOST_NAMED else f"{len(ids):,} {what}"
