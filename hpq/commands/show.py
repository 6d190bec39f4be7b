"""`hpq show RUN`: all that is known of a run."""

import argparse
import json
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path

from hpq.commands.arguments import add_json, read_selection
from hpq.queue.evidence import Verdict
from hpq.queue.outputs import newest_sheet
from hpq.queue.runs import Run
from hpq.queue.states import State

_TAIL_LINES = 12
_TAIL_BYTES = 8192


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("runs", nargs="+", metavar="RUN", help="ids (blog-017) or ranges (blog-3..5)")
    parser.set_defaults(state=[])
    add_json(parser)


def main(options: argparse.Namespace) -> int:
    from hpq.results.table import row_as_json

    paths, reader, runs = read_selection(options)
    by_original = _by_original(reader.read())
    told = []
    for run in runs:
        attempts, header = reader.attempts(run), reader.header(run)
        samples = newest_sheet(paths.run(run.search, run.number), run.attempt)
        replicates = by_original.get(run.id, [])
        if options.json:
            origin = {
                name: header.get(name) for name in ("seed", "sampler", "file", "folder", "commit", "dirty")
            }
            found = {
                "attempts": [_attempt_as_json(*each) for each in attempts],
                "samples": str(samples) if samples else None,
                "replicated_by": [each.id for each in replicates],
            }
            told.append({**row_as_json(run), **origin, **found})
            continue
        from hpq.results.text import print_tables, run_parts  # imports rich

        went_wrong = run.attempt and run.state in (State.CRASHED, State.UNFINISHED)
        log = paths.run(run.search, run.number).attempt(run.attempt).log
        tail = _tail(log) if went_wrong else []
        print_tables(*run_parts(run, header, attempts, tail, samples, replicates))
    if options.json:
        print(json.dumps(told[0] if len(told) == 1 else told))
    return 0


def _by_original(runs: Iterable[Run]) -> dict[str, list[Run]]:
    """Return the replicates of each run that has any, by its id."""
    found: dict[str, list[Run]] = {}
    for run in runs:
        if run.replicates:
            found.setdefault(run.replicates, []).append(run)
    return found


def _attempt_as_json(attempt: int, verdict: Verdict) -> dict[str, object]:
    told = asdict(verdict)
    del told["began"], told["is_final"]
    return {"attempt": attempt, **told}


def _tail(log: Path) -> list[str]:
    """Return the last lines of a log, however long it is."""
    try:
        with open(log, "rb") as file:
            file.seek(max(0, file.seek(0, 2) - _TAIL_BYTES))
            return file.read().decode(errors="replace").splitlines()[-_TAIL_LINES:]
    except OSError:
        return []
