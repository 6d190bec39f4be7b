"""What became of every run: read from what lies on disk, without a lock."""

from collections import defaultdict
from typing import Any

from hpq.queue.batches import Batch, list_batches, read_batch
from hpq.queue.claims import list_claims, read_claim
from hpq.queue.evidence import Verdict, judge
from hpq.queue.ids import parse_run_id, run_id
from hpq.queue.paths import RootPaths
from hpq.queue.runs import Run
from hpq.queue.states import State


class Reader:
    """Reads a root again and again, and pays on each reading only for what can have changed."""

    def __init__(self, paths: RootPaths) -> None:
        self.paths = paths
        self.problems: list[str] = []  # what the last reading left out, a sentence each
        self._batches: dict[str, Batch | None] = {}
        self._final: dict[tuple[str, int, int], Verdict] = {}

    def read(self) -> list[Run]:
        """Return every run, ordered by search and number."""
        batches, again = self._read_batches()
        searches = {batch.name.search for batch in batches}
        claimed = {search: list_claims(self.paths.claims / search) for search in searches}
        runs = [
            self._read_run(batch, number, claimed[batch.name.search].get(number, []), again)
            for batch in batches
            for number in range(batch.name.first, batch.name.first + batch.name.count)
        ]
        return sorted(runs, key=lambda run: (run.search, run.number))

    def attempts(self, run: Run) -> list[tuple[int, Verdict]]:
        """Return what became of each attempt of a run that began, oldest first."""
        numbers = list_claims(self.paths.claims / run.search).get(run.number, [])
        verdicts = ((attempt, self._judge(run.search, run.number, attempt)) for attempt in numbers)
        return [(attempt, verdict) for attempt, verdict in verdicts if verdict and verdict.began]

    def header(self, run: Run) -> dict[str, Any]:
        """Return what the run shares with its batch: seed, sampler, search file, commit."""
        for batch in self._batches.values():
            if batch and batch.name.search == run.search:
                first = batch.name.first
                if first <= run.number < first + batch.name.count:
                    return batch.header
        return {}

    def _read_batches(self) -> tuple[list[Batch], dict[str, int]]:
        """Return the batches of new runs, and the newest attempt that was asked for by run id."""
        self.problems = []
        runs, again = [], defaultdict[str, int](int)
        for name in list_batches(self.paths):
            if name.text not in self._batches:
                self._batches[name.text] = read_batch(self.paths, name)
            batch = self._batches[name.text]
            if batch is None:
                where = self.paths.batches / name.text
                self.problems.append(f"{str(where)!r} is damaged, and its {name.count} runs are left out")
            elif name.search:
                runs.append(batch)
            else:
                for line in batch.lines:
                    again[str(line.get("id"))] = max(again[str(line.get("id"))], int(line.get("attempt", 0)))
        return runs, again

    def _read_run(self, batch: Batch, number: int, claimed: list[int], again: dict[str, int]) -> Run:
        search, name = batch.name.search, run_id(batch.name.search, number)
        newest = max(again.get(name, 1), claimed[-1] if claimed else 1)
        attempt, verdict = self._newest_verdict(search, number, newest)
        is_stranded = verdict.state is State.QUEUED and not verdict.began
        return Run(
            id=name,
            search=search,
            number=number,
            state=verdict.state,
            params=batch.params(number),
            loss=verdict.summary.loss,
            best=verdict.summary.best,
            step=verdict.summary.step,
            attempt=attempt,
            newest_attempt=newest + is_stranded,
            is_stranded=is_stranded,
            reason=verdict.reason,
            priority=batch.name.priority,
            slot=verdict.slot,
            enqueued_at=batch.header.get("enqueued_at"),
            started_at=verdict.started_at,
            ended_at=verdict.ended_at,
            heard_at=verdict.heard_at,
        )

    def _newest_verdict(self, search: str, number: int, newest: int) -> tuple[int, Verdict]:
        """Return the attempt that counts and what became of it: the newest that was not taken back."""
        waiting = taken_back = None
        for attempt in range(newest, 0, -1):
            verdict = self._judge(search, number, attempt)
            if verdict is None:
                waiting = waiting or Verdict(State.QUEUED)
            elif verdict.state is State.CANCELLED:
                taken_back = taken_back or verdict
            elif verdict.began:
                return attempt, waiting or verdict
            elif not taken_back:
                waiting = waiting or verdict
        return 0, waiting or taken_back or Verdict(State.QUEUED)

    def _judge(self, search: str, number: int, attempt: int) -> Verdict | None:
        """Return what became of an attempt, or None while nobody claimed it."""
        key = (search, number, attempt)
        if key in self._final:
            return self._final[key]
        claim = read_claim(self.paths.claim(search, number, attempt))
        if claim is None:
            return None
        if claim.is_cancel:
            verdict = Verdict(State.CANCELLED, is_final=True, ended_at=claim.at)
        else:
            verdict = judge(self.paths.run(search, number).attempt(attempt), claim)
        if verdict.is_final:
            self._final[key] = verdict
        return verdict


def find_batch(paths: RootPaths, text: str) -> tuple[Batch, int] | None:
    """Return the batch that holds a run's parameters, and the run's number in its search."""
    parsed = parse_run_id(text)
    if parsed is None:
        return None
    search, number = parsed
    for name in list_batches(paths):
        if name.search == search and name.first <= number < name.first + name.count:
            batch = read_batch(paths, name)
            return (batch, number) if batch else None
    return None
