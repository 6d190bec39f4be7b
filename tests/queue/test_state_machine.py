"""Clients do what they like to one root, in any order: what lies on disk says what a model in memory says.

Everything is in this process: an attempt lives while its descriptor is open, and dies when that is closed.
"""

import os
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from hpq.queue import search_reader
from hpq.queue.claimer import Claimer, Task
from hpq.queue.control import cancel, requeue, requeue_stranded
from hpq.queue.enqueue import Origin, enqueue, next_number
from hpq.queue.life import boot_id, host_name, start_ticks
from hpq.queue.listing import Listing
from hpq.queue.paths import AttemptPaths
from hpq.queue.reader import Reader
from hpq.queue.records import Heartbeat, Outcome, Result, Start, Summary
from hpq.queue.replicate import distinct, replicate
from hpq.queue.root import create_root, locked
from hpq.queue.runs import Run
from hpq.queue.states import State
from hpq.queue.values import is_late, keep_values

from .model import LIVES, Attempt, Life, Model, told

STALE_AFTER_S = 600.0
SEARCHES = ("blog", "blog-2x")  # one name begins as the other


class Client:
    """Someone who works on the root, with a claimer and a reader of their own."""

    def __init__(self, machine: "Root", name: str) -> None:
        self.claimer = Claimer(machine.paths, name)
        self.claimer._listing = Listing(machine.paths.batches, machine.clock)
        self.reader = Reader(machine.paths, machine.clock)
        self.seen: tuple[Run, ...] = ()  # at its last look, which may be long ago

    def look(self) -> None:
        self.seen = self.reader.read()

    def pick(self, some: list[int]) -> list[Run]:
        return [self.seen[index % len(self.seen)] for index in some] if self.seen else []


CLIENTS = st.integers(0, 2)
SOME = st.lists(st.integers(0, 30), min_size=1, max_size=3)
ANY = st.integers(0, 30)
SAMPLERS = st.sampled_from(["random", "tpe"])
PRIORITIES = st.sampled_from([0, 0, 0, 5, -3, 999, -999])
LOSSES = st.lists(st.sampled_from([2.0, 1.0, 0.5, -3.0, 1e300]), max_size=2)


class Root(RuleBasedStateMachine):
    """A root on disk, three clients, and a model."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.now_s = 0.0
        self.clock: Callable[[], float] = lambda: self.now_s
        self.paths = create_root(self.folder / "runs")
        self.clients = [Client(self, f"client-{index}") for index in range(3)]
        self.watcher = Reader(self.paths, self.clock)
        self.runs: dict[str, Model] = {}
        self.tasks: dict[str, Task] = {}  # that live, by run id
        self.batches = 0
        self.draws = 100  # of late runs, each another

    def teardown(self) -> None:
        for task in self.tasks.values():
            os.close(task.lock_descriptor)
        shutil.rmtree(self.folder)

    def _finished(self) -> set[str]:
        return {run for run, model in self.runs.items() if model.state is State.FINISHED}

    def _has(self, *lives: Life) -> bool:
        return any(model.newest.life in lives for model in self.runs.values())

    # What clients do to the queue. Preconditions keep most steps from doing nothing.

    @precondition(lambda self: len(self.runs) < 7)
    @rule(search=st.sampled_from(SEARCHES), count=st.integers(1, 3), priority=PRIORITIES, sampler=SAMPLERS)
    def enqueue(self, search: str, count: int, priority: int, sampler: str) -> None:
        self.batches += 1
        origin = Origin(seed=7, sampler=sampler, folder=self.folder)
        with locked(self.paths):
            first = next_number(self.paths, search)
            drawn = [first + place if sampler == "random" else None for place in range(count)]
            draws = [{"same": True} if x is None else {"x": x, "same": True} for x in drawn]
            ids = enqueue(self.paths, search, first, draws, origin, priority)
        for place, run in enumerate(ids):
            attempt = Attempt((-priority, self.batches, place))
            self.runs[run] = Model(first + place, priority, [attempt], drawn[place], sampler)

    @precondition(lambda self: len(self.runs) < 9 and self._finished())
    @rule(client=CLIENTS, copies=st.integers(1, 2), priority=PRIORITIES)
    def replicate(self, client: int, copies: int, priority: int) -> None:
        """Repeat what finished, a batch for each search and sampler."""
        self.clients[client].look()
        chosen = distinct(run for run in self.clients[client].seen if run.id in self._finished())
        queued = replicate(self.paths, self.clients[client].reader, chosen, copies, priority)
        groups: dict[tuple[str, str], list[Run]] = {}
        for run in chosen:
            groups.setdefault((run.search, self.runs[run.id].sampler), []).append(run)
        for (search, sampler), some in groups.items():
            self.batches += 1
            first = 1 + max(model.number for run, model in self.runs.items() if run.startswith(f"{search}-0"))
            for number, source in enumerate(some * copies, first):
                attempt = Attempt((-priority, self.batches, number))
                x = self.runs[source.id].x  # of the original it may be another by now, if its folder went
                assert queued.pop(f"{search}-{number:03d}") == source.original
                new = Model(number, priority, [attempt], x, sampler, replicates=source.original)
                self.runs[f"{search}-{number:03d}"] = new
        assert not queued

    @precondition(lambda self: not self.runs or self._has(Life.WAITS))
    @rule(client=CLIENTS)
    def claim(self, client: int) -> None:
        self._claim(client)

    @precondition(lambda self: self._has(Life.WAITS))
    @rule(client=CLIENTS, losses=LOSSES, outcome=st.sampled_from(Outcome))
    def train(self, client: int, losses: list[float], outcome: Outcome) -> None:
        """Let a client train what comes next to its end, which would else be reached too seldom."""
        if task := self._claim(client):
            self._begin(task)
            self._log(task, losses)
            self._end(task, outcome, "")

    def _claim(self, client: int) -> Task | None:
        waiting = sorted(
            (model.newest.rank, run) for run, model in self.runs.items() if model.newest.life is Life.WAITS
        )
        task = self.clients[client].claimer.claim()
        assert (task.id if task else None) == (waiting[0][1] if waiting else None)
        if task is None:
            return None
        model = self.runs[task.id]
        assert (task.attempt, task.fresh) == (len(model.attempts), model.newest.fresh)
        assert is_late(task.header) == model.is_late
        assert task.params == ({"same": True} if model.is_late else model.params)
        assert task.header.get("replicates", "") == model.replicates
        model.newest.life = Life.CLAIMED
        self.tasks[task.id] = task
        return task

    @precondition(lambda self: self.runs)
    @rule(client=CLIENTS, some=SOME, looks=st.booleans())
    def cancel(self, client: int, some: list[int], looks: bool) -> None:
        """Take runs back as they looked when the client last looked: by now they may train, or have ended."""
        if looks:
            self.clients[client].look()
        chosen = list({run.id: run for run in self.clients[client].pick(some)}.values())
        taken, asked = cancel(self.paths, chosen)
        for run in chosen:
            model = self.runs[run.id]
            claims = run.state is State.QUEUED and self._is_free(model, run.newest_attempt)
            assert (run.id in taken) == claims
            lives = run.id in self.tasks and self.tasks[run.id].attempt == run.newest_attempt
            assert (run.id in asked) == lives
            if claims and run.newest_attempt > len(model.attempts):  # it was stranded
                model.attempts.append(Attempt((), life=Life.TAKEN_BACK))
            elif claims:
                model.newest.life = Life.TAKEN_BACK

    def _is_free(self, model: Model, attempt: int) -> bool:
        """Tell whether nobody claimed an attempt yet."""
        return attempt > len(model.attempts) or model.attempts[attempt - 1].life is Life.WAITS

    @precondition(lambda self: self._has(Life.GONE, Life.ENDED, Life.TAKEN_BACK, Life.SILENT))
    @rule(client=CLIENTS, some=st.none() | SOME, fresh=st.booleans(), priority=PRIORITIES)
    def requeue(self, client: int, some: list[int] | None, fresh: bool, priority: int) -> None:
        if some is None:
            self.clients[client].look()
        chosen = self.clients[client].pick(list(range(len(self.runs))) if some is None else some)
        expected = sorted({run.id for run in chosen if self.runs[run.id].can_requeue}, key=self._place)
        assert requeue(self.paths, chosen, fresh=fresh, priority=priority) == expected
        self._ask_again(expected, priority, fresh=dict.fromkeys(expected, fresh))

    @precondition(lambda self: self._has(Life.VOID))
    @rule(client=CLIENTS)
    def requeue_stranded(self, client: int) -> None:
        void = [run for run in sorted(self.runs, key=self._place) if self.runs[run].newest.life is Life.VOID]
        queued = requeue_stranded(self.paths, self.clients[client].reader)
        assert sorted(queued, key=self._place) == void
        kinds = {run: (self.runs[run].priority, self.runs[run].newest.fresh) for run in void}
        for kind in sorted(set(kinds.values())):
            some = [run for run in void if kinds[run] == kind]
            self._ask_again(some, kind[0], fresh=dict.fromkeys(some, kind[1]))

    def _ask_again(self, runs: list[str], priority: int, fresh: dict[str, bool]) -> None:
        self.batches += 1
        for place, run in enumerate(runs):
            self.runs[run].attempts.append(Attempt((-priority, self.batches, place), fresh[run]))

    def _place(self, run: str) -> tuple[str, int]:
        """Return what orders runs as readers do."""
        return run.rpartition("-")[0], self.runs[run].number

    # What attempts do.

    def _living(self, index: int, *lives: Life) -> Task | None:
        some = [task for run, task in self.tasks.items() if self.runs[run].newest.life in lives]
        return some[index % len(some)] if some else None

    @precondition(lambda self: self._has(Life.CLAIMED))
    @rule(index=ANY)
    def begin(self, index: int) -> None:
        if task := self._living(index, Life.CLAIMED):
            self._begin(task)

    @precondition(lambda self: self._has(Life.CLAIMED))
    @rule(index=ANY)
    def draw(self, index: int) -> None:
        """Draw a late run, and do not begin yet."""
        if task := self._living(index, Life.CLAIMED):
            self._draw(task)

    def _draw(self, task: Task) -> None:
        model = self.runs[task.id]
        if model.is_late:
            self.draws += 1
            model.x = model.x or self.draws
            kept = keep_values(task.run.params, {"params": {"x": self.draws, "same": True}})
            assert kept == model.params

    def _begin(self, task: Task) -> None:
        self._draw(task)
        pid = os.getpid()
        Start(
            pid=pid,
            ticks=start_ticks(pid),
            host=host_name(),
            boot=boot_id(),
            runner="elsewhere",
            slot="cpu0",
            device="cpu",
            at=1000.0,
            stale_after_s=STALE_AFTER_S,
        ).write(task.paths.start)
        self.runs[task.id].newest.life = Life.BEGUN
        self._beat(task)

    @precondition(lambda self: self._has(Life.BEGUN, Life.SILENT))
    @rule(index=ANY, losses=LOSSES)
    def log(self, index: int, losses: list[float]) -> None:
        """Log, and wake up where it was silent."""
        if task := self._living(index, Life.BEGUN, Life.SILENT):
            self._log(task, losses)

    def _log(self, task: Task, losses: list[float]) -> None:
        attempt = self.runs[task.id].newest
        attempt.losses += losses
        attempt.life = Life.BEGUN
        with open(task.paths.metrics, "a") as metrics:
            metrics.writelines(f'{{"loss": {loss}}}\n' for loss in losses)
            metrics.write('{"loss": ')  # torn, and then more
            metrics.write('"nan"}\n')
        self._beat(task)

    @precondition(lambda self: self._has(Life.BEGUN))
    @rule(index=ANY)
    def fall_silent(self, index: int) -> None:
        if task := self._living(index, Life.BEGUN):
            self.runs[task.id].newest.life = Life.SILENT
            self._beat(task, silent_s=STALE_AFTER_S + 60)

    @precondition(lambda self: self._has(Life.BEGUN, Life.SILENT))
    @rule(index=ANY, outcome=st.sampled_from(Outcome), reason=st.sampled_from(["", "é [/bold]"]))
    def end(self, index: int, outcome: Outcome, reason: str) -> None:
        """Write a result, and end."""
        if task := self._living(index, Life.BEGUN, Life.SILENT):
            self._end(task, outcome, reason)

    def _end(self, task: Task, outcome: Outcome, reason: str) -> None:
        self._write_result(task.paths, self.runs[task.id].newest, outcome, reason)
        self._die(task, Life.ENDED)

    @precondition(lambda self: self.tasks)
    @rule(index=ANY)
    def kill(self, index: int) -> None:
        if task := self._living(index, *LIVES):
            began = self.runs[task.id].newest.life is not Life.CLAIMED
            self._die(task, Life.GONE if began else Life.VOID)

    @precondition(lambda self: self._has(Life.GONE))
    @rule(index=ANY)
    def settle(self, index: int) -> None:
        """Let a runner write the result of an attempt that is gone."""
        gone = [run for run, model in self.runs.items() if model.newest.life is Life.GONE]
        if gone:
            model = self.runs[run := gone[index % len(gone)]]
            paths = self.paths.run(run.rpartition("-")[0], model.number).attempt(len(model.attempts))
            self._write_result(paths, model.newest, Outcome.KILLED, "killed")
            model.newest.life = Life.ENDED

    def _beat(self, task: Task, silent_s: float = 0.0) -> None:
        now = Heartbeat.now(self._summary(self.runs[task.id].newest))
        replace(now, monotonic_s=now.monotonic_s - silent_s).write(task.paths.heartbeat)

    def _write_result(self, paths: AttemptPaths, attempt: Attempt, outcome: Outcome, reason: str) -> None:
        attempt.outcome = outcome
        Result(outcome, reason, self._summary(attempt), 1000.0, 1060.0, "cpu0").write(paths.result)

    def _summary(self, attempt: Attempt) -> Summary:
        summary = Summary()
        for loss in attempt.losses:
            summary = summary.add({"loss": loss})
        return summary

    def _die(self, task: Task, life: Life) -> None:
        self.runs[task.id].newest.life = life
        os.close(self.tasks.pop(task.id).lock_descriptor)

    # What happens around them.

    @rule(client=CLIENTS)
    def look(self, client: int) -> None:
        self.clients[client].look()

    @rule(client=CLIENTS)
    def restart_a_client(self, client: int) -> None:
        self.clients[client] = Client(self, f"client-{client}-again")

    @rule(passed_s=st.sampled_from([1.0, 3.0, 40.0]))
    def let_time_pass(self, passed_s: float) -> None:
        """Let all folders become older, so that readers may believe their times of change."""
        for folder, _, _ in os.walk(self.paths.folder):
            told = os.stat(folder)
            os.utime(folder, ns=(told.st_atime_ns, told.st_mtime_ns - int(passed_s * 1e9)))
        self.watcher.read()
        self.now_s += passed_s

    @precondition(lambda self: self._has(Life.GONE, Life.ENDED, Life.VOID))
    @rule(index=ANY)
    def delete_a_folder(self, index: int) -> None:
        """Delete the folder of a run: nothing then shows that it began, so that it waits again."""
        run = sorted(self.runs)[index % len(self.runs)]
        folder = self.paths.folder / run
        if run in self.tasks or not folder.exists():
            return
        shutil.rmtree(folder)
        self.runs[run].x = None if self.runs[run].is_late else self.runs[run].x
        self.now_s += 11.0  # readers look for that now and then
        for attempt in self.runs[run].attempts:
            if attempt.life in (Life.GONE, Life.ENDED):
                attempt.life, attempt.losses, attempt.outcome = Life.VOID, [], None

    @invariant()
    def readers_agree_with_the_model(self) -> None:
        expected = {run: self.runs[run].told() for run in sorted(self.runs, key=self._place)}
        fresh = Reader(self.paths, self.clock)
        seen = []
        for reader in (self.watcher, fresh):
            runs = reader.read()
            seen.append([run._replace(drawn=run.params) for run in runs])
            wrong = [(run, self.runs[run.id]) for run in runs if told(run) != expected[run.id]]
            assert not wrong, f"{reader is self.watcher}: {wrong}"
            assert [run.id for run in runs] == list(expected)
            assert not reader.problems
        assert seen[0] == seen[1]

    @invariant()
    def nothing_lives_twice(self) -> None:
        for model in self.runs.values():
            assert sum(attempt.life in LIVES for attempt in model.attempts) <= 1


@pytest.fixture
def _unsynced(monkeypatch: pytest.MonkeyPatch) -> None:
    """No power cut is tested here; and an index is kept of few results, so that readers use it."""
    monkeypatch.setattr(os, "fsync", lambda _: None)
    monkeypatch.setattr(search_reader, "_MANY", 2)


@pytest.mark.timeout(240)
@pytest.mark.usefixtures("_unsynced")
def test_readers_and_claimers_agree_with_a_model() -> None:
    few = settings(max_examples=180, stateful_step_count=50, suppress_health_check=[HealthCheck.too_slow])
    run_state_machine_as_test(Root, settings=few)
