"""hpq's queue, and the one that somebody would write by hand."""

import json
import os
import sqlite3
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from queue_contender import BUSY_TIMEOUT_S, Contender
from queue_jobs import RESULT, RESULT_TEXT

from hpq.queue.claimer import Claimer, Task
from hpq.queue.claims import runner_id
from hpq.queue.enqueue import Origin, enqueue
from hpq.queue.root import create_root, locked

_SEARCH = "blog"
_BATCH = 10_000  # runs that one `hpq enqueue` queues


class Hpq(Contender):
    """A root; results are written as the training process writes them."""

    name = "hpq"
    is_library = False

    def __init__(self, folder: Path, is_durable: bool) -> None:
        super().__init__(folder, is_durable)  # the race takes fsync away where it is not durable
        self._paths = create_root(folder)
        self._claimer = Claimer(self._paths, runner_id())
        with locked(self._paths):  # imports filelock, as a runner did long ago when it claims
            pass

    def fill(self, jobs: Sequence[dict[str, Any]]) -> None:
        origin = Origin(seed=7, sampler="random", folder=self._paths.folder)
        for first in range(0, len(jobs), _BATCH):
            with locked(self._paths):
                enqueue(self._paths, _SEARCH, 1 + first, list(jobs[first : first + _BATCH]), origin)

    def claim(self) -> Task | None:
        return self._claimer.claim()

    def complete(self, job: Task) -> None:
        RESULT.write(job.paths.result)
        os.close(job.lock_descriptor)


class ByHand(Contender):
    """A table of jobs, an index of those that wait, a transaction a step.

    A claim need not survive a power cut, since its process doesn't either: only results are synced.
    """

    name = "sqlite by hand"
    is_library = False

    def __init__(self, folder: Path, is_durable: bool) -> None:
        self._connection = sqlite3.connect(
            folder / "jobs.db", timeout=BUSY_TIMEOUT_S, isolation_level=None, cached_statements=16
        )
        self._safe = "PRAGMA synchronous = FULL" if is_durable else ""
        self._owner = runner_id()
        self._run("PRAGMA journal_mode = WAL")
        self._run("PRAGMA synchronous = OFF")
        self._run(
            "CREATE TABLE IF NOT EXISTS job"
            " (id INTEGER PRIMARY KEY, owner TEXT, at REAL, result TEXT, params TEXT)"
        )
        self._run("CREATE INDEX IF NOT EXISTS waiting ON job (id) WHERE owner IS NULL")

    def _run(self, statement: str, values: Sequence[object] = ()) -> sqlite3.Cursor:
        return self._connection.execute(statement, values)

    def fill(self, jobs: Sequence[dict[str, Any]]) -> None:
        self._run(self._safe)
        self._run("BEGIN IMMEDIATE")
        self._connection.executemany(
            "INSERT INTO job (params) VALUES (?)", ((json.dumps(job),) for job in jobs)
        )
        self._run("COMMIT")

    def claim(self) -> tuple[int, dict[str, Any]] | None:
        row = self._run(
            "UPDATE job SET owner = ?, at = ? WHERE id ="
            " (SELECT id FROM job WHERE owner IS NULL ORDER BY id LIMIT 1) RETURNING id, params",
            (self._owner, time.time()),
        ).fetchall()
        return (row[0][0], json.loads(row[0][1])) if row else None

    def complete(self, job: tuple[int, dict[str, Any]]) -> None:
        self._run(self._safe)
        self._run("UPDATE job SET result = ? WHERE id = ?", (RESULT_TEXT, job[0]))
        if self._safe:
            self._run("PRAGMA synchronous = OFF")

    def close(self) -> None:
        self._connection.close()
