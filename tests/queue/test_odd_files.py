"""Whatever lies on disk, a reader tells of all runs: one odd file must not hide the others."""

import fcntl
import json
import os
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hpq.queue.batches import BatchName
from hpq.queue.claimer import Claimer
from hpq.queue.enqueue import Origin, enqueue
from hpq.queue.paths import AttemptPaths, RootPaths
from hpq.queue.reader import Reader
from hpq.queue.records import Start
from hpq.queue.root import create_root
from hpq.queue.runs import Run
from hpq.queue.states import State
from hpq.results.overview import overview

HUGE = 10**400  # that no float can say
SUMMARY = {"step": 7, "loss": 1.5, "best": 1.25, "best_step": 6}
START = {
    "pid": 7,
    "ticks": 8,
    "host": "here",
    "boot": "b",
    "runner": "r",
    "slot": "cpu0",
    "device": "cpu",
    "at": 1000.0,
    "stale_after_s": 600.0,
    "time_limit_s": None,
    "memory_bytes": None,
}
HEARTBEAT = {"at": 1001.0, "monotonic_s": 5.0, "boot": "b", "summary": SUMMARY}
RESULT = {
    "outcome": "returned",
    "reason": "",
    "summary": SUMMARY,
    "started_at": 1000.0,
    "ended_at": 1060.0,
    "slot": "cpu0",
}
HEADER = {"search": "blog", "first": 1, "seed": 7, "enqueued_at": 900.0, "shared": {"lr": 0.1}}


@pytest.fixture(autouse=True, scope="module")
def _unsynced() -> Iterator[None]:
    """No power cut is tested here, and syncing the disk takes most of the time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda _: None)
        yield


def nested(depth: int) -> list[Any]:
    value: list[Any] = []
    for _ in range(depth):
        value = [value]
    return value


ODD = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)
    | st.sampled_from([HUGE, -HUGE, 2**63, -1, 0, 5000.5, 1e308, -1e308, 5e-324, 10**9, "9" * 5000])
    | st.sampled_from(["yesterday", "\ud800", "\0", "blog-001", f"blog-{'9' * 5000}", nested(300)]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=4,
)  # fmt: skip


def like(value: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Objects of which some fields are as they should be, some odd, some missing, and some unknown."""
    fields = {
        name: st.just(good) | (like(good) if isinstance(good, dict) else ODD) | ODD
        for name, good in value.items()
    }
    known = st.fixed_dictionaries({}, optional=fields)
    return known | st.builds(lambda some: {**value, **some}, known) | st.dictionaries(st.text(), ODD)


def lines(value: dict[str, Any]) -> st.SearchStrategy[bytes]:
    """What may be in a file of JSON objects, a line each."""
    objects = st.lists((like(value) | ODD).map(json.dumps), min_size=1, max_size=3)
    return objects.map("\n".join).map(str.encode) | st.binary(max_size=40)


def root(folder: Path) -> RootPaths:
    paths = create_root(folder)
    enqueue(paths, "blog", 1, [{"lr": 0.1}, {"lr": 0.2}], Origin(seed=7, sampler="random", folder=folder))
    return paths


def claimed(folder: Path) -> tuple[RootPaths, AttemptPaths]:
    """Return a root in which the first run is claimed, and nobody trains it."""
    paths = root(folder)
    task = Claimer(paths, "me").claim()
    assert task is not None
    os.close(task.lock_descriptor)
    return paths, task.paths


def add_batch(paths: RootPaths, name: BatchName, *objects: object) -> None:
    body = b"".join(json.dumps(each).encode() + b"\n" for each in objects)
    (paths.batches / name.text).write_bytes(body + b"#%d %08x\n" % (len(objects), zlib.crc32(body)))


def told(paths: RootPaths) -> list[Run]:
    """Read all that a monitor reads, twice as it would."""
    reader = Reader(paths)
    runs = [*reader.read()]
    assert [*reader.read()] == runs
    for run in runs:
        reader.attempts(run)
        reader.header(run)
    overview(runs)
    return runs


@given(
    start=st.just(json.dumps(START).encode()) | lines(START),
    heartbeat=st.just(json.dumps(HEARTBEAT).encode()) | lines(HEARTBEAT),
    result=st.none() | lines(RESULT),
    metrics=lines({"step": 1, "loss": 1.5}),
    lives=st.booleans(),
)
def test_odd_files_of_an_attempt(tmp_path_factory, start, heartbeat, result, metrics, lives: bool) -> None:
    paths, attempt = claimed(tmp_path_factory.mktemp("root"))
    attempt.start.write_bytes(start)
    attempt.heartbeat.write_bytes(heartbeat)
    attempt.metrics.write_bytes(metrics)
    if result is not None:
        attempt.result.write_bytes(result)
    with open(attempt.lock) as lock:
        if lives:
            fcntl.flock(lock, fcntl.LOCK_EX)
        assert [run.id for run in told(paths)] == ["blog-001", "blog-002"]


@given(header=like(HEADER) | ODD, line=like({"lr": 0.2}) | ODD)
def test_an_odd_batch(tmp_path_factory, header, line) -> None:
    paths = root(tmp_path_factory.mktemp("root"))
    add_batch(paths, BatchName.make(0, 1, "other", 1), header, line)
    assert [run.id for run in told(paths)][:2] == ["blog-001", "blog-002"]
    Claimer(paths, "me").claim()


@given(
    header=like({"enqueued_at": 900.0}),
    asked=st.lists(like({"id": "blog-001", "attempt": 2, "fresh": True}), min_size=1, max_size=3),
)
def test_odd_lines_of_further_attempts(tmp_path_factory, header, asked) -> None:
    paths, _ = claimed(tmp_path_factory.mktemp("root"))
    add_batch(paths, BatchName.make(0, len(asked)), header, *asked)
    assert [run.id for run in told(paths)] == ["blog-001", "blog-002"]
    claimer = Claimer(paths, "me")
    while task := claimer.claim():
        os.close(task.lock_descriptor)


TARGETS = st.sampled_from(
    ["me@yesterday", "me@nan", "me@-inf", "me@1e308", "cancelled@inf", "cancelled@", "@", "@@1", "/", "é@1_0"]
)
NAMES = st.sampled_from(["1.2", "1.0", "1.999999999999", f"1.{'9' * 200}", f"{'9' * 200}.1", "٣.١", "1.-1"])


@given(targets=st.dictionaries(st.just("1.1") | NAMES, TARGETS, min_size=1))
def test_odd_claims(tmp_path_factory, targets: dict[str, str]) -> None:
    paths = root(tmp_path_factory.mktemp("root"))
    (paths.claims / "blog").mkdir()
    for name, target in targets.items():
        os.symlink(target, paths.claims / "blog" / name)
    assert [run.id for run in told(paths)] == ["blog-001", "blog-002"]


def test_a_claim_that_is_no_link(tmp_path: Path) -> None:
    paths = root(tmp_path / "root")
    (paths.claims / "blog" / "1.1").mkdir(parents=True)
    (paths.claims / "blog" / "2.1").touch()
    assert [run.id for run in told(paths)] == ["blog-001", "blog-002"]


def test_a_step_that_no_column_could_hold_is_left_out(tmp_path: Path) -> None:
    paths, attempt = claimed(tmp_path / "root")
    attempt.start.write_text(json.dumps(START))
    attempt.metrics.write_text(f'{{"step": 3}}\n{{"step": {HUGE}, "loss": 1.0}}\n{{"step": true}}\n')
    assert [(run.step, run.best) for run in told(paths)] == [(3, 1.0), (None, None)]
    summary = {"step": HUGE, "best_step": True, "loss": 1.5, "best": 1.25}
    attempt.result.write_text(json.dumps({**RESULT, "summary": summary}))
    assert [(run.step, run.best) for run in told(paths)] == [(None, 1.25), (None, None)]


@pytest.mark.parametrize("time_s", ["yesterday", 1e308, -1.0, HUGE, True, None, float("nan")])
def test_a_time_that_no_clock_shows_is_no_time(tmp_path: Path, time_s) -> None:
    paths, attempt = claimed(tmp_path / "root")
    attempt.result.write_text(json.dumps({**RESULT, "started_at": time_s, "ended_at": time_s}))
    assert (told(paths)[0].started_at, told(paths)[0].ended_at) == (0.0, 0.0)
    add_batch(paths, BatchName.make(0, 1, "other", 1), {**HEADER, "enqueued_at": time_s}, {})
    assert told(paths)[2].enqueued_at is None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("at", "yesterday"),
        ("at", 1e308),
        ("slot", 5),
        ("stale_after_s", None),
        ("pid", "x"),
        ("pid", -1),
        ("pid", True),
        ("ticks", HUGE),
        ("time_limit_s", "1h"),
        ("memory_bytes", 1.5),
        ("runner", None),
    ],
)
def test_a_start_with_an_odd_field_is_damaged(tmp_path: Path, name: str, value) -> None:
    paths, attempt = claimed(tmp_path / "root")
    attempt.start.write_text(json.dumps({**START, name: value}))
    assert Start.read(attempt.start) is None
    assert told(paths)[0].state is State.QUEUED


def test_a_start_may_have_fields_that_are_not_known_yet(tmp_path: Path) -> None:
    _, attempt = claimed(tmp_path / "root")
    attempt.start.write_text(json.dumps({**START, "new": 1}))
    assert Start.read(attempt.start) == Start(**START)


@pytest.mark.parametrize("shared", [5, None, [], "lr"])
def test_a_batch_without_its_shared_parameters_is_damaged(tmp_path: Path, shared) -> None:
    paths = root(tmp_path / "root")
    add_batch(paths, BatchName.make(0, 1, "other", 1), {**HEADER, "shared": shared}, {"lr": 1})
    reader = Reader(paths)
    assert [run.id for run in reader.read()] == ["blog-001", "blog-002"]
    assert len(reader.problems) == 1


@pytest.mark.parametrize("attempt", [10**9, HUGE, True, 0, -3, 2.0, "2", None])
def test_an_odd_attempt_is_asked_of_nobody(tmp_path: Path, attempt) -> None:
    paths, _ = claimed(tmp_path / "root")
    add_batch(paths, BatchName.make(0, 1), {}, {"id": "blog-001", "attempt": attempt})
    assert [run.newest_attempt for run in told(paths)] == [2, 1]  # stranded: the next one is the second


def test_a_pipe_or_a_device_in_place_of_a_file_blocks_nobody(put, life, paths: RootPaths) -> None:
    put(3)
    tasks = [life.begin(life.claim()) for _ in range(3)]
    os.mkfifo(tasks[0].paths.result)
    tasks[1].paths.heartbeat.unlink()
    tasks[1].paths.heartbeat.symlink_to("/dev/zero")
    for task in tasks:
        task.paths.metrics.unlink(missing_ok=True)
        os.mkfifo(task.paths.metrics)
    life.die(tasks[2])
    assert [run.state for run in Reader(paths).read()] == [State.STARTING, State.STARTING, State.CRASHED]
