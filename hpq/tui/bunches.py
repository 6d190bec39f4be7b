"""Tests now and then along which hyperparameters crashes bunch, in a process of its own.

A test takes up to seconds and a hundred megabytes, and what it imports would stay: the monitor has neither.
"""

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from hpq.queue.reader import Reader
from hpq.queue.root import open_root
from hpq.queue.states import ENDED, State
from hpq.results.columns import Columns

_FIRST_S = 2.0  # which a start has for itself
_PAUSE = 300  # times what a test cost, until other runs that ended are worth another
_LEAST_PAUSE_S = 5.0  # until another filter is
_COST_S = 1.0  # of a test that failed
_NICE = 19  # training comes first


@dataclass(frozen=True, slots=True)
class Bunched:
    """What a test found."""

    names: frozenset[str] = frozenset()
    filter_text: str = ""  # which let the runs pass that were tested


@dataclass(frozen=True, slots=True)
class _Question:
    """What a test is begun for; another one is worth its time where this differs."""

    filter_text: str
    ended: tuple[int, ...]  # runs by state
    last_at: float  # when the last of them ended

    @classmethod
    def of(cls, columns: Columns, filter_text: str) -> "_Question":
        states = columns.states[columns.where(ENDED)]
        ended_at = columns.numbers["ended_at"]
        return cls(filter_text, tuple(np.bincount(states).tolist()), float(np.nanmax(ended_at, initial=0.0)))


class _Test:
    """A process that looks for the answer."""

    def __init__(self, folder: Path, question: _Question) -> None:
        self.question = question
        command = [sys.executable, "-P", "-m", __name__, str(folder), question.filter_text]
        self.process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )

    def answer(self) -> tuple[Bunched, float]:
        """Return what it found, and what that cost. A test that failed marks nothing."""
        told, _ = self.process.communicate()
        names, cost_s = json.loads(told) if self.process.returncode == 0 else ([], _COST_S)
        return Bunched(frozenset(names), self.question.filter_text), cost_s


class Bunches:
    """Asks for tests. Called by one thread; another one may choose the filter."""

    def __init__(self, folder: Path, first_s: float = _FIRST_S) -> None:
        self.filter_text = ""
        self._folder = folder
        self._found = Bunched()
        self._asked: _Question | None = None  # last
        self._test: _Test | None = None
        self._ended_s, self._pause_s = time.monotonic(), first_s  # of the last test, or the start

    def look(self, columns: Columns) -> Bunched:
        """Return what the newest test found, and begin a further one where it is time for that."""
        if self._test is None:
            if columns.where([State.CRASHED]).any() and self._is_over_pause():
                self._begin(_Question.of(columns, self.filter_text))
        elif self._test.process.poll() is not None:
            self._found, cost_s = self._test.answer()
            self._test, self._ended_s = None, time.monotonic()
            self._pause_s = max(_LEAST_PAUSE_S, _PAUSE * cost_s)
        return self._found

    def _is_over_pause(self) -> bool:
        is_other = self._asked is not None and self._asked.filter_text != self.filter_text
        pause_s = min(self._pause_s, _LEAST_PAUSE_S) if is_other else self._pause_s
        return time.monotonic() - self._ended_s >= pause_s

    def _begin(self, question: _Question) -> None:
        if question == self._asked:
            return
        self._asked = question
        try:
            self._test = _Test(self._folder, question)
        except OSError:  # there is no memory, or another want that a pause may heal
            self._ended_s, self._pause_s = time.monotonic(), _PAUSE * _COST_S

    def close(self) -> None:
        if self._test is not None:
            self._test.process.kill()
            self._test.process.communicate()
            self._test = None


def main(folder: str, filter_text: str) -> None:
    """Print along which hyperparameters crashes bunch among the runs of a root, and what that cost."""
    from hpq.results.filter import parse_filter  # with what the monitor's first frame does without
    from hpq.results.report.crashes import bunched

    os.nice(_NICE)
    columns = Columns(Reader(open_root(Path(folder))).read())
    names = bunched(columns, np.flatnonzero(parse_filter(filter_text).rows(columns)))
    print(json.dumps([sorted(names), time.process_time()]))


if __name__ == "__main__":
    main(*sys.argv[1:])
