"""What the queue costs, beside other queues in the same run, and beside its budgets.

`python bench/queues.py` measures all of it in about fifteen minutes, and with names such as `claims start`
those parts. All contenders do the same work, with 1 kB of parameters a job, in processes and folders of their
own, in an order that turns round from round to round; a table has medians. TMPDIR names the disk. Where
nothing is to be synced, `os.fsync` does nothing for whoever calls it, and databases are told.

What was chosen for whom:
- hpq: the claimer, then the result as the training process writes it. A batch is durable, a claim never is.
- sqlite by hand: WAL, a partial index of what waits, a transaction a step; `synchronous` OFF, and FULL for
  queueing and for results where they are to be durable.
- huey: its storages alone, without its tasks' pickling; SqliteStorage with `fsync` as asked. Claiming deletes
  the job. FileStorage never syncs. It has no call that queues many.
- litequeue: WAL as it comes, `synchronous` OFF or FULL. Many are queued in one of its transactions. It stores
  no result: that a job is done is all.
- persist-queue: SQLiteAckQueue, the one that claims and completes; JSON instead of pickle, `synchronous` OFF
  or FULL. What is acknowledged is cleared every hundred jobs, for it walks past it at each claim. No results.
- Optuna: enqueue_trial, ask and tell, random sampling; the journal in a file, which syncs each line, and
  sqlite with WAL, `synchronous` OFF or FULL. `ask` reads all trials that wait.
guild and Ray Tune are measured as `bench/queue_runs.py` says.
"""

from collections.abc import Callable
from pathlib import Path

import queue_claims
import queue_commands
import queue_runs
from parts import measure_parts
from queue_folders import spread

PARTS: dict[str, Callable[[Path], None]] = {
    "bulk": queue_claims.measure_bulk,
    "claims": queue_claims.measure_claims,
    "durable": queue_claims.measure_durable,
    "waiting": queue_claims.measure_waiting,
    "enqueue": queue_commands.measure_enqueue,
    "readers": queue_commands.measure_readers,
    "rate": queue_runs.measure_rate,
    "start": queue_runs.measure_start,
}

if __name__ == "__main__":
    measure_parts("What the queue costs, beside others.", PARTS, spread)
