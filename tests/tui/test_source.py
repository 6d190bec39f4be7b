"""The thread that reads the root."""

import threading

import pytest

from hpq.queue.pause import pause, resume
from hpq.queue.records import Outcome
from hpq.tui.messages import SnapshotRead
from hpq.tui.source import Snapshot, Source


def source_of(root, post=lambda _: None) -> Source:
    return Source(root.paths.folder, post, every_s=0.01)


def test_a_snapshot_stays_as_it_was(full_root) -> None:
    source = source_of(full_root)
    first = source.read()
    states, best = first.columns.states.copy(), first.overview.best
    task = full_root.begin(0.01)
    second = source.read()
    assert (first.columns.states == states).all()
    assert (first.overview.best, second.overview.best) == (best, 0.01)
    full_root.end(task, Outcome.RETURNED, 0.01)
    assert second.overview.counts.get("finished") == 1
    with pytest.raises(ValueError, match="read-only"):
        second.columns.states[0] = 0


def test_nothing_new_costs_no_new_columns(full_root) -> None:
    full_root.close()
    full_root._held.clear()
    source = source_of(full_root)
    first, second = source.read(), source.read()
    assert second.columns is first.columns
    assert second.overview is first.overview
    assert second.read_at_s > first.read_at_s


def test_a_root_that_comes_goes_and_comes_back_is_read(full_root) -> None:
    source, folder = source_of(full_root), full_root.paths.folder
    assert len(source.read().columns.runs) == 5
    folder.rename(folder.with_name("away"))
    gone = source.read()
    assert "there is no folder" in gone.trouble
    assert gone.columns.runs == ()
    folder.with_name("away").rename(folder)
    back = source.read()
    assert len(back.columns.runs) == 5
    assert back.trouble == ""


def test_a_pause_is_told_until_it_ends(full_root) -> None:
    source = source_of(full_root)
    assert source.read().paused == ""
    pause(full_root.paths, "the fan")
    assert source.read().paused.endswith(": the fan")
    resume(full_root.paths)
    assert source.read().paused == ""


def test_a_newer_root_is_told_of_and_not_read(full_root) -> None:
    full_root.paths.format.write_text("hpq root, format 99\n")
    assert "written by a newer hpq" in source_of(full_root).read().trouble


def test_a_damaged_batch_is_told_of_beside_the_runs_that_can_be_read(full_root) -> None:
    full_root.put([{"lr": 1}], search="other")
    (batch,) = (path for path in full_root.paths.batches.iterdir() if "other" in path.name)
    batch.write_bytes(batch.read_bytes()[:-3])
    snapshot = source_of(full_root).read()
    assert len(snapshot.columns.runs) == 5
    assert len(snapshot.problems) == 1


def test_it_reads_until_it_is_closed_and_at_once_when_poked(full_root) -> None:
    seen: list[Snapshot] = []
    came = threading.Semaphore(0)

    def post(snapshot: Snapshot) -> None:
        seen.append(snapshot)
        came.release()

    source = Source(full_root.paths.folder, post, every_s=1000)
    source.start()
    assert came.acquire(timeout=20)
    source.poke()
    assert came.acquire(timeout=20)
    source.close()
    source._thread.join(20)
    assert not source._thread.is_alive()
    assert len(seen) == 2


def test_of_two_snapshots_that_wait_the_newer_one_counts() -> None:
    assert SnapshotRead(Snapshot()).can_replace(SnapshotRead(Snapshot()))
