"""`hpq wait`: return when runs ended, with an exit code that says how."""

import argparse
import json
import sys
import time
from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING

from hpq.commands.arguments import add_json, add_selection, read_selection
from hpq.commands.values import duration
from hpq.queue.states import ENDED, State
from hpq.units import format_duration

if TYPE_CHECKING:
    from hpq.queue.reader import Reader
    from hpq.queue.runs import Run

EXIT_TIMEOUT = 124  # as `timeout` has it
_DELETED = "deleted"
_LOOK_EVERY_S = 0.25
_MOST_LOAD = 0.02  # of a core: where a reading takes long, the next one waits longer


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_selection(parser)
    parser.add_argument(
        "--timeout", type=duration, metavar="1h", help="wait no longer, and exit with 124 (default: for ever)"
    )
    add_json(parser)


def main(options: argparse.Namespace) -> int:
    _, reader, chosen = read_selection(options)
    wanted = _Wanted(options, chosen)
    deadline_s = time.monotonic() + (options.timeout or float("inf"))
    while not wanted.look(reader) and (left_s := deadline_s - time.monotonic()) > 0:
        time.sleep(min(left_s, wanted.rest_s))
    if options.json:
        print(json.dumps(wanted.as_json()))
    else:
        _tell(wanted, options.timeout)
    return wanted.exit_code


class _Wanted:
    """The runs that are waited for; what is queued under a search's name meanwhile is one of them.

    Where states or a filter chose them, they are those that these chose when the command began.
    """

    def __init__(self, options: argparse.Namespace, chosen: list["Run"]) -> None:
        self._ids = {run.id for run in chosen}
        self._is_fixed = bool(options.state or options.where)
        self._searches = {run.search for run in chosen} & set(options.runs) if options.runs else None
        self._runs: tuple[Run, ...] | None = None
        self.ended: Counter[str] = Counter()
        self.others: Counter[str] = Counter()
        self.is_over = False
        self.rest_s = _LOOK_EVERY_S  # until the next look is due

    def look(self, reader: "Reader") -> bool:
        """Read where the runs stand, and return whether all ended.

        Where some did not finish, a second look has to confirm that: a runner with --retries queues them
        again at once.
        """
        began_s, had_ended = time.thread_time(), self._runs is not None and not self.others
        runs = reader.read()
        if runs is not self._runs:  # else none of them changed
            self._runs = runs
            self._count(runs)
        self.rest_s = max(_LOOK_EVERY_S, (time.thread_time() - began_s) / _MOST_LOAD)
        self.is_over = not self.others and (had_ended or self.has_finished)
        return self.is_over

    def _count(self, runs: Iterable["Run"]) -> None:
        if not self._is_fixed:
            self._ids |= {run.id for run in runs if self._searches is None or run.search in self._searches}
        some = [run for run in runs if run.id in self._ids]
        self.ended = Counter(str(run.state) for run in some if _has_ended(run))
        self.others = Counter(str(run.state) for run in some if not _has_ended(run))
        self.ended[_DELETED] = len(self._ids) - len(some)

    @property
    def has_finished(self) -> bool:
        """Whether all that ended finished."""
        return self.ended.total() == self.ended[State.FINISHED]

    @property
    def exit_code(self) -> int:
        return (0 if self.has_finished else 1) if self.is_over else EXIT_TIMEOUT

    def as_json(self) -> dict[str, object]:
        counts = self.ended + self.others
        return {"ended": self.is_over, "runs": counts.total(), "counts": dict(counts)}


def _has_ended(run: "Run") -> bool:
    """Tell whether no process of a run lives: one that is merely silent may go on."""
    return run.state in ENDED and run.ended_at is not None


def _tell(wanted: _Wanted, timeout_s: float | None) -> None:
    if wanted.is_over:
        print(_words(wanted.ended) or "there is no such run to wait for")
        return
    left, total = wanted.others.total(), (wanted.ended + wanted.others).total()
    after = format_duration(timeout_s or 0)
    what = f"after {after} {left} of {total} runs had not ended: {_words(wanted.others)}"
    print(f"hpq: {what}" if left else f"hpq: after {after} all runs had only just ended", file=sys.stderr)


def _words(counts: Counter[str]) -> str:
    """Return counts in words, such as `10 finished, 1 crashed`."""
    return ", ".join(f"{counts[name]} {name}" for name in (*map(str, State), _DELETED) if counts[name])
