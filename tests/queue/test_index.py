"""The index of ended runs: it spares readers their results, and never says what is not so."""

import os
import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hpq.queue import search_reader
from hpq.queue.control import cancel, requeue
from hpq.queue.index import read_index
from hpq.queue.reader import Reader
from hpq.queue.records import Outcome, Result
from hpq.queue.states import State


@pytest.fixture(autouse=True)
def _few_are_many(monkeypatch) -> None:
    monkeypatch.setattr(search_reader, "_MANY", 1)


@pytest.fixture
def opened(monkeypatch) -> list[str]:
    """The results that were opened since."""
    paths: list[str] = []
    read = Result.read.__func__

    def note(cls, path) -> Result | None:
        paths.append(str(path))
        return read(cls, path)

    monkeypatch.setattr(Result, "read", classmethod(note))
    return paths


@pytest.fixture
def ended(put, life, paths):
    """Runs in every state that is final, and one that trains and one that waits."""
    put([{"lr": 0.1 * number, "kind": ["conv", number]} for number in range(6)])
    for outcome, best in ((Outcome.RETURNED, 0.5), (Outcome.FAILED, None), (Outcome.KILLED, 1.5)):
        life.end(life.begin(life.claim()), outcome, best, reason=str(outcome))
    cancel(paths, [run for run in Reader(paths).read() if run.number == 4])
    life.begin(life.claim())
    Reader(paths).read()
    assert paths.index("blog").exists()
    return paths


def test_a_new_reader_opens_no_result_that_is_in_the_index(ended, opened) -> None:
    indexed = Reader(ended).read()
    assert not [path for path in opened if any(f"blog-00{number}" in path for number in (1, 2, 3))]
    assert [run.state for run in indexed] == [
        State.FINISHED,
        State.CRASHED,
        State.UNFINISHED,
        State.CANCELLED,
        State.STARTING,
        State.QUEUED,
    ]
    ended.index("blog").unlink()
    assert Reader(ended).read() == indexed
    assert indexed[1].params == {"lr": 0.1, "kind": ["conv", 1]}


def test_what_happens_after_it_was_written_is_seen(ended, life, put) -> None:
    put(2)
    requeue(ended, [run for run in Reader(ended).read() if run.number in (1, 2)], fresh=True)
    shutil.rmtree(ended.run("blog", 3).folder)
    runs = life.read()
    assert [runs[f"blog-00{number}"].state for number in (1, 2, 8)] == [State.QUEUED] * 3
    assert runs["blog-001"].newest_attempt == 2
    assert runs["blog-003"].is_stranded
    life.end(life.begin(life.claim()), Outcome.RETURNED, 0.25)
    runs = life.read()
    ended.index("blog").unlink()
    assert life.read() == runs


def test_a_claim_that_is_gone_is_not_believed(ended, life) -> None:
    ended.claim("blog", 4, 1).unlink()
    assert life.read()["blog-004"].state is State.QUEUED


def test_a_batch_that_is_another_file_by_now_is_read_anew(ended, life) -> None:
    (batch,) = (path for path in ended.batches.iterdir() if "blog" in path.name)
    batch.write_bytes(batch.read_bytes()[:-9])
    assert Reader(ended).read() == ()


def test_an_index_outlives_all_batches_of_its_search(ended, put) -> None:
    (batch,) = ended.batches.iterdir()
    batch.write_bytes(b"torn")
    put(1, "another")
    assert [run.id for run in Reader(ended).read()] == ["another-001"]


def test_parameters_whose_batch_went_while_it_was_not_looked_at_are_none(ended) -> None:
    runs = Reader(ended).read()
    for batch in ended.batches.iterdir():
        batch.unlink()
    assert [run.params for run in runs] == [{}] * 6


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_a_damaged_index_says_nothing(ended, data) -> None:
    path = ended.index("blog")
    whole = path.read_bytes()
    place = data.draw(st.integers(0, len(whole) - 1))
    damaged = bytearray(whole)
    damaged[place] ^= data.draw(st.integers(1, 255))
    try:
        for odd in (bytes(damaged), whole[:place], b""):
            path.write_bytes(odd)
            assert len(read_index(path, "blog")) == 0
    finally:
        path.write_bytes(whole)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"best": [0.5', b'"best": ["x"'),
        (b'"best": [0.5', b'"best": [1e999'),
        (b'"best": [0.5', b'"best": [NaN'),
        (b'"number": [1, 2', b'"number": [2, 1'),
        (b'"number": [1, ', b'"number": ['),
        (b'"state": ["finished"', b'"state": ["queued"'),
        (b'"slot": [', b'"slot": [99, '),
        (b'"format": 1', b'"format": 2'),
        (b'"columns"', b'"rows"'),
    ],
)
def test_an_index_with_a_sound_checksum_says_only_what_a_run_can_be(ended, old, new) -> None:
    import zlib

    path = ended.index("blog")
    body = path.read_bytes().partition(b"\n")[2]
    assert old in body
    body = body.replace(old, new)
    path.write_bytes(b"%08x\n" % zlib.crc32(body) + body)
    assert len(read_index(path, "blog")) == 0


def test_a_root_that_is_not_ours_gets_no_index(put, life, paths, monkeypatch) -> None:
    put(1)
    life.end(life.begin(life.claim()), Outcome.RETURNED, 0.5)
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    assert Reader(paths).read()[0].state is State.FINISHED
    assert not Path(paths.index("blog")).exists()


def test_an_index_forgets_a_stopped_run_whose_folder_is_gone(put, life, paths) -> None:
    put(3)
    for outcome in (Outcome.STOPPED, Outcome.RETURNED):
        life.end(life.begin(life.claim()), outcome, None)
    assert life.read()["blog-001"].state is State.CANCELLED
    assert paths.index("blog").exists()
    shutil.rmtree(paths.run("blog", 1).folder)
    assert life.read()["blog-001"].state is State.QUEUED
