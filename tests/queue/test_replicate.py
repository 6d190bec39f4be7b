"""A replicate is a new run that repeats another one's hyperparameters with a seed of its own."""

import json
from collections.abc import Callable

import pytest

from hpq.errors import HpqError
from hpq.queue import replicate as replicating
from hpq.queue import search_reader
from hpq.queue.batches import list_batches, read_batch
from hpq.queue.control import requeue
from hpq.queue.enqueue import Origin, enqueue, newest_seed, next_number
from hpq.queue.paths import RootPaths
from hpq.queue.reader import Reader
from hpq.queue.records import Outcome
from hpq.queue.replicate import distinct, draw_others, replicate
from hpq.queue.runs import Run
from hpq.queue.states import State


@pytest.fixture
def finish(put, life) -> Callable[..., dict[str, Run]]:
    """Queue runs of a search and let them finish."""

    def finish(count: int, search: str = "blog") -> dict[str, Run]:
        put(count, search)
        for _ in range(count):
            life.end(life.begin(life.claim()), Outcome.RETURNED, 0.5)
        return dict(life.read())

    return finish


def repeat(paths: RootPaths, runs: list[Run], copies: int = 1, **options: int) -> dict[str, str]:
    reader = Reader(paths)
    reader.read()
    return replicate(paths, reader, runs, copies, **options)


def test_it_has_the_values_and_origin_of_its_original_and_the_next_number(finish, paths, life) -> None:
    runs = finish(3)
    queued = repeat(paths, [runs["blog-002"], runs["blog-003"]], 2, priority=5)
    assert queued == {
        "blog-004": "blog-002",
        "blog-005": "blog-003",
        "blog-006": "blog-002",
        "blog-007": "blog-003",
    }
    reader = Reader(paths)
    read = {run.id: run for run in reader.read()}
    for name, original in queued.items():
        run = read[name]
        assert (run.replicates, run.params) == (original, runs[original].params)
        assert (run.state, run.priority) == (State.QUEUED, 5)
        told = {name: reader.header(run).get(name) for name in ("seed", "sampler", "folder", "source")}
        assert told == {name: reader.header(runs[original]).get(name) for name in told}
    assert all(run.replicates == "" for run in read.values() if run.id not in queued)


def test_a_run_is_told_what_it_alone_repeats(finish, paths, life) -> None:
    runs = finish(2)
    repeat(paths, [runs["blog-001"], runs["blog-002"]])
    told = [life.claim().header for _ in range(2)]
    assert [header["replicates"] for header in told] == ["blog-001", "blog-002"]
    assert not told[0].keys() & {"shared", "first"}


def test_a_replicate_of_a_replicate_counts_for_the_original(finish, paths, life) -> None:
    runs = finish(1)
    repeat(paths, [runs["blog-001"]])
    life.end(life.begin(life.claim()), Outcome.RETURNED, 0.25)
    again = life.read()["blog-002"]
    assert repeat(paths, [again]) == {"blog-003": "blog-001"}
    assert distinct([again, runs["blog-001"]]) == [again]


def test_what_it_repeats_outlives_further_attempts_and_later_readings(finish, paths, life) -> None:
    repeat(paths, [finish(1)["blog-001"]])
    reader = Reader(paths)
    reader.read()
    life.end(life.begin(life.claim()), Outcome.FAILED, None)
    requeue(paths, [run for run in reader.read() if run.replicates])
    life.begin(life.claim())
    run = reader.read()[1]
    assert (run.id, run.attempt, run.replicates) == ("blog-002", 2, "blog-001")


def test_the_index_keeps_it(finish, paths, life, monkeypatch) -> None:
    monkeypatch.setattr(search_reader, "_MANY", 1)
    finish(2)
    repeat(paths, [life.read()["blog-002"]])
    life.end(life.begin(life.claim()), Outcome.RETURNED, 0.25)
    paths.index("blog").unlink()
    read = [Reader(paths).read() for _ in range(2)]
    assert paths.index("blog").exists()
    assert read[0] == read[1]
    assert [run.replicates for run in read[1]] == ["", "", "blog-002"]


def test_runs_of_batches_that_differ_become_batches_of_their_own(finish, paths, life, tmp_path) -> None:
    finish(1)
    enqueue(paths, "blog", 2, [{"lr": 9}], Origin(seed=8, sampler="grid", folder=tmp_path / "elsewhere"))
    finish(1, "other")
    life.end(life.begin(life.claim()), Outcome.RETURNED, 0.5)
    runs = life.read()
    assert repeat(paths, [runs["blog-001"], runs["blog-002"], runs["other-001"]]) == {
        "blog-003": "blog-001",
        "blog-004": "blog-002",
        "other-002": "other-001",
    }
    reader = Reader(paths)
    headers = [reader.header(run) for run in reader.read() if run.replicates]
    assert [(header["seed"], header["sampler"]) for header in headers] == [
        (7, "random"),
        (8, "grid"),
        (7, "random"),
    ]


def test_a_search_goes_on_with_its_own_seed(finish, paths, tmp_path) -> None:
    runs = finish(1)
    enqueue(paths, "blog", 2, [{"lr": 9}], Origin(seed=8, sampler="random", folder=tmp_path))
    repeat(paths, [runs["blog-001"]])
    assert newest_seed(paths, "blog") == 8
    assert next_number(paths, "blog") == 4


def test_an_error_tells_what_was_queued_before_it(finish, paths, life, tmp_path, monkeypatch) -> None:
    finish(1)
    finish(1, "other")
    runs = life.read()
    queue_runs = replicating.queue_runs

    def fail_at_other(paths: RootPaths, search: str, *rest: object) -> list[str]:
        if search == "other":
            raise OSError(28, "No space left on device")
        return queue_runs(paths, search, *rest)

    monkeypatch.setattr(replicating, "queue_runs", fail_at_other)
    with pytest.raises(
        HpqError, match="No space left on device; 2 were queued before that: blog-002 to blog-003"
    ):
        repeat(paths, [runs["blog-001"], runs["other-001"]], 2)
    with pytest.raises(OSError, match="No space left"):
        repeat(paths, [runs["other-001"]])


def test_others_are_finished_draws_of_the_same_searches(finish, paths, life) -> None:
    finish(6)
    finish(3, "other")
    finish(2, "third")
    runs = life.read()
    repeat(paths, [runs["blog-001"]])
    life.end(life.begin(life.claim()), Outcome.RETURNED, 0.1)
    pool = list(life.read().values())
    chosen = [runs["blog-004"], runs["other-001"]]
    others = draw_others(pool, chosen, 3, seed=0)
    assert len([run for run in others if run.search == "blog"]) == 3
    assert {run.id for run in others if run.search == "other"} == {"other-002", "other-003"}
    assert not {run.id for run in others} & {"blog-004", "blog-007"}
    assert draw_others(pool, chosen, 0, seed=0) == []


def test_others_depend_on_the_seed_and_give_way_only_to_what_is_added() -> None:
    runs = [Run(f"x-{number:03d}", "x", number, State.FINISHED) for number in range(1, 101)]

    def ids(pool: list[Run], seed: int) -> set[str]:
        return {run.id for run in draw_others(pool, runs[:1], 10, seed)}

    first = ids(runs[:90], 3)
    assert ids(runs[:90], 3) == first
    assert ids(runs[:90], 4) != first
    assert ids(runs, 3) - first <= {run.id for run in runs[90:]}


@pytest.mark.parametrize("odd", [None, 3, "blog-001", {}, ["blog-001", 4], [["blog-001"]], ["[/bold]"]])
def test_an_odd_header_hides_no_run(finish, paths, odd: object) -> None:
    runs = finish(1)
    repeat(paths, [runs["blog-001"]], 2)
    name = next(name for name in list_batches(paths) if name.first == 2)
    batch = read_batch(paths, name)
    assert batch is not None
    batch.header["replicates"] = odd
    assert [batch.params(number) for number in name.numbers] == [runs["blog-001"].params] * 2
    told = batch.replicates
    assert told == ({2: "blog-001"} if odd == ["blog-001", 4] else {})
    assert json.dumps(batch.header_of(3)).count("replicates") == 0
