"""The queues that others wrote, each set up as its documentation advises for speed.

`bench/queues.py` says what was chosen. They are imported by the process that opens one: whoever has not
installed one of them can still race the others.
"""

import json
import uuid
from abc import abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from queue_contender import BUSY_TIMEOUT_S, Contender
from queue_jobs import RESULT_TEXT

_CLEAR_EVERY = 100  # acknowledged jobs that persist-queue walks past at each claim until they are cleared


class _Huey(Contender):
    package = "huey"
    bulk = False
    _storage: Any

    def fill(self, jobs: Sequence[dict[str, Any]]) -> None:
        for job in jobs:
            self._storage.enqueue(json.dumps({"id": uuid.uuid4().hex, "params": job}).encode())

    def claim(self) -> dict[str, Any] | None:
        data = self._storage.dequeue()
        return None if data is None else json.loads(bytes(data))

    def complete(self, job: dict[str, Any]) -> None:
        self._storage.put_data(job["id"], RESULT_TEXT.encode(), is_result=True)


class HueySqlite(_Huey):
    name = "huey SqliteStorage"

    def __init__(self, folder: Path, is_durable: bool) -> None:
        from huey.storage import SqliteStorage

        self._storage = SqliteStorage(
            filename=str(folder / "huey.db"), fsync=is_durable, timeout=BUSY_TIMEOUT_S
        )

    def close(self) -> None:
        self._storage.close()


class HueyFile(_Huey):
    name = "huey FileStorage"
    never_durable = "it never syncs"

    def __init__(self, folder: Path, is_durable: bool) -> None:
        super().__init__(folder, is_durable)
        from huey.storage import FileStorage

        self._storage = FileStorage("bench", str(folder))


class LiteQueue(Contender):
    name = "litequeue"
    package = "litequeue"

    def __init__(self, folder: Path, is_durable: bool) -> None:
        from litequeue import LiteQueue

        self._queue = LiteQueue(folder / "litequeue.db", timeout=BUSY_TIMEOUT_S)
        self._queue.conn.execute(f"PRAGMA synchronous = {'FULL' if is_durable else 'OFF'}")

    def fill(self, jobs: Sequence[dict[str, Any]]) -> None:
        with self._queue.transaction():
            for job in jobs:
                self._queue.put(json.dumps(job))

    def claim(self) -> Any | None:
        message = self._queue.pop()
        if message is not None:
            json.loads(message.data)
        return message

    def complete(self, job: Any) -> None:
        self._queue.done(job.message_id)

    def close(self) -> None:
        self._queue.close()


class PersistQueue(Contender):
    name = "persist-queue"
    package = "persistqueue"
    one_process = "two processes get the same job: its get reads in one transaction and marks in another"
    bulk = False

    def __init__(self, folder: Path, is_durable: bool) -> None:
        from persistqueue import Empty, SQLiteAckQueue
        from persistqueue.serializers import json as as_json

        self._empty = Empty
        self._queue = SQLiteAckQueue(
            str(folder), auto_resume=False, timeout=BUSY_TIMEOUT_S, serializer=as_json
        )
        self._acknowledged = 0
        connection: Any = self._queue._putter  # no setting of its own for this
        connection.execute(f"PRAGMA synchronous = {'FULL' if is_durable else 'OFF'}")

    def fill(self, jobs: Sequence[dict[str, Any]]) -> None:
        for job in jobs:
            self._queue.put(job)

    def claim(self) -> dict[str, Any] | None:
        try:
            job: dict[str, Any] = self._queue.get(block=False, raw=True)
        except self._empty:
            return None
        return job

    def complete(self, job: dict[str, Any]) -> None:
        self._queue.ack(job)
        self._acknowledged += 1
        if self._acknowledged % _CLEAR_EVERY == 0:
            self._queue.clear_acked_data(max_delete=_CLEAR_EVERY, keep_latest=0)

    def close(self) -> None:
        self._queue.close()


class _Optuna(Contender):
    package = "optuna"
    slow_fill = "each claim reads all that wait, and queueing so many takes minutes"
    bulk = False

    def __init__(self, folder: Path, is_durable: bool) -> None:
        super().__init__(folder, is_durable)
        import optuna

        optuna.logging.set_verbosity(optuna.logging.ERROR)
        self._study = optuna.create_study(
            study_name="bench",
            storage=self._open(),
            sampler=optuna.samplers.RandomSampler(),
            load_if_exists=True,
        )

    @abstractmethod
    def _open(self) -> Any:
        """Return the storage."""

    def fill(self, jobs: Sequence[dict[str, Any]]) -> None:
        for job in jobs:
            self._study.enqueue_trial(job)

    def claim(self) -> Any | None:
        trial = self._study.ask()  # a new trial when none waits, without fixed parameters
        # To ask for each with suggest_float, as one does, would write all of them to the storage again.
        return trial if trial._fixed_params else None

    def complete(self, job: Any) -> None:
        self._study.tell(job, 1.5)


class OptunaJournal(_Optuna):
    name = "Optuna, journal file"

    def _open(self) -> Any:
        from optuna.storages import JournalStorage
        from optuna.storages.journal import JournalFileBackend

        return JournalStorage(JournalFileBackend(str(self.folder / "journal.log")))


class OptunaSqlite(_Optuna):
    name = "Optuna, sqlite"

    def _open(self) -> Any:
        from optuna.storages import RDBStorage
        from sqlalchemy import event
        from sqlalchemy.engine import Engine

        @event.listens_for(Engine, "connect")
        def hurry(connection: Any, _record: Any) -> None:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute(f"PRAGMA synchronous = {'FULL' if self.is_durable else 'OFF'}")

        return RDBStorage(
            f"sqlite:///{self.folder / 'optuna.db'}",
            engine_kwargs={"connect_args": {"timeout": BUSY_TIMEOUT_S}},
        )


RIVALS: tuple[type[Contender], ...] = (
    HueySqlite,
    HueyFile,
    LiteQueue,
    PersistQueue,
    OptunaJournal,
    OptunaSqlite,
)
