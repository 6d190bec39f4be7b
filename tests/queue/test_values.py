"""Late runs: their values lie in their folders, are written once, and appear once they are there."""

import json
import shutil
import zlib
from collections.abc import Callable

import pytest

from hpq.queue import search_reader
from hpq.queue.control import cancel, requeue
from hpq.queue.enqueue import Origin, enqueue, next_number
from hpq.queue.reader import Reader
from hpq.queue.records import Outcome
from hpq.queue.replicate import replicate
from hpq.queue.root import locked
from hpq.queue.states import State
from hpq.queue.values import is_late, keep_values, read_values

FIXED = {"steps": 10}
DEEP = b"[" * 99 + b"]" * 99


@pytest.fixture
def put_late(paths, tmp_path) -> Callable[[int], list[str]]:
    def put_late(count: int) -> list[str]:
        with locked(paths):
            origin = Origin(seed=7, sampler="tpe", folder=tmp_path)
            return enqueue(paths, "blog", next_number(paths, "blog"), [FIXED] * count, origin)

    return put_late


def draw(task, lr: float):
    keep_values(task.run.params, {"id": task.id, "params": {**FIXED, "lr": lr}})
    return task


def test_a_run_has_what_is_fixed_until_it_is_drawn(put_late, life, paths) -> None:
    put_late(2)
    reader = Reader(paths)
    assert [run.params for run in reader.read()] == [FIXED, FIXED]
    task = life.claim()
    assert reader.read()[0].params == FIXED
    life.begin(draw(task, 0.1))
    for run in (reader.read()[0], Reader(paths).read()[0]):
        assert (run.state, run.params) == (State.STARTING, {**FIXED, "lr": 0.1})
    assert reader.read()[1].params == FIXED


def test_a_run_that_did_not_change_is_the_same_object_with_the_same_values(put_late, life, paths) -> None:
    put_late(1)
    task = life.begin(draw(life.claim(), 0.1))
    reader = Reader(paths)
    (before,) = reader.read()
    life.beat(task, 0.5)
    (after,) = reader.read()
    assert after.state is State.RUNNING
    assert after.params is before.params
    assert reader.read()[0] is after


def test_a_run_that_ended_has_its_values_although_a_power_cut_took_the_claim(put_late, life, paths) -> None:
    put_late(1)
    life.end(life.begin(draw(life.claim(), 0.1)), Outcome.RETURNED, 0.5)
    paths.claim("blog", 1, 1).unlink()
    (run,) = Reader(paths).read()
    assert (run.state, run.params) == (State.FINISHED, {**FIXED, "lr": 0.1})


def test_the_first_who_writes_values_decides(tmp_path) -> None:
    path = tmp_path / "params.json"
    assert keep_values(path, {"params": {"lr": 0.1}}) == {"lr": 0.1}
    assert keep_values(path, {"params": {"lr": 0.2}}) == {"lr": 0.1}
    assert read_values(path) == {"lr": 0.1}
    assert [each.name for each in tmp_path.iterdir()] == ["params.json"]


@pytest.mark.parametrize("odd", [b"", b"{", b"[]", b'{"params": 3}', b'{"params": %s}' % DEEP])
def test_damaged_values_count_as_missing_and_are_replaced(put_late, life, paths, odd: bytes) -> None:
    put_late(1)
    task = life.claim()
    task.run.params.write_bytes(odd)
    life.begin(task)
    assert life.read()["blog-001"].params == FIXED
    assert keep_values(task.run.params, {"params": {"lr": 0.3}}) == {"lr": 0.3}
    assert life.read()["blog-001"].params == {"lr": 0.3}


def test_a_further_attempt_and_a_void_claim_change_no_values(put_late, life, paths) -> None:
    put_late(2)
    life.end(life.begin(draw(life.claim(), 0.1)), Outcome.FAILED, None)
    life.die(draw(life.claim(), 0.2))  # killed before it began
    requeue(paths, [*Reader(paths).read()])
    runs = life.read()
    assert [run.state for run in runs.values()] == [State.QUEUED] * 2
    assert [run.params["lr"] for run in runs.values()] == [0.1, 0.2]


def test_a_run_whose_folder_is_deleted_waits_without_values(put_late, life, paths) -> None:
    put_late(1)
    task = life.begin(draw(life.claim(), 0.1))
    reader = Reader(paths)
    assert reader.read()[0].params["lr"] == 0.1
    life.die(task)
    shutil.rmtree(task.run.folder)
    assert (reader.read()[0].state, reader.read()[0].params) == (State.QUEUED, FIXED)


def test_a_replicate_has_its_values_from_the_start(put_late, life, paths) -> None:
    put_late(1)
    life.end(life.begin(draw(life.claim(), 0.1)), Outcome.RETURNED, 0.5)
    reader = Reader(paths)
    replicate(paths, reader, [*reader.read()], 1)
    again = reader.read()[1]
    assert (again.state, again.params) == (State.QUEUED, {**FIXED, "lr": 0.1})
    assert not is_late(life.claim().header)


def test_values_of_runs_that_ended_are_in_the_index(put_late, life, paths, monkeypatch) -> None:
    monkeypatch.setattr(search_reader, "_MANY", 1)
    put_late(4)
    cancel(paths, [run for run in Reader(paths).read() if run.number == 3])
    for lr in (0.1, 0.2):
        life.end(life.begin(draw(life.claim(), lr)), Outcome.RETURNED, lr)
    first = Reader(paths).read()
    opened: list[str] = []
    monkeypatch.setattr(search_reader, "read_values", lambda path: opened.append(path))
    indexed = Reader(paths).read()
    assert opened == []
    assert [run.params for run in indexed] == [run.params for run in first]
    assert [run.params.get("lr") for run in indexed] == [0.1, 0.2, None, None]


@pytest.mark.parametrize("odd", [b"", b"{", b"[]", b'{"1": 3}', b'{"1": {"a": %s}}' % DEEP])
def test_an_index_with_odd_values_has_none(put_late, life, paths, monkeypatch, odd: bytes) -> None:
    monkeypatch.setattr(search_reader, "_MANY", 1)
    put_late(1)
    life.end(life.begin(draw(life.claim(), 0.1)), Outcome.RETURNED, 0.1)
    life.read()
    path = paths.index("blog")
    body = path.read_bytes().splitlines()[1]
    assert json.loads(path.read_bytes().splitlines()[2]) == {"1": {**FIXED, "lr": 0.1}}
    body += b"\n" + odd
    path.write_bytes(b"%08x\n" % zlib.crc32(body) + body)
    (run,) = Reader(paths).read()
    assert (run.state, run.params) == (State.FINISHED, {})
