"""A root that an earlier hpq wrote is read, continued and drawn by this one."""

import json
import os
import shutil
from pathlib import Path

import pytest

from hpq.queue.claimer import Claimer
from hpq.queue.control import requeue, requeue_stranded
from hpq.queue.paths import RootPaths
from hpq.queue.reader import Reader
from hpq.queue.root import open_root

ROOTS = Path(__file__).parents[1] / "fixtures" / "roots"
STATES = {
    "lr-001": "finished",
    "lr-002": "queued",  # once more
    "lr-003": "crashed",
    "lr-004": "unfinished",  # its process is gone
    "lr-005": "queued",  # its runner died before it began
    "lr-006": "cancelled",
    "lr-007": "queued",
    "lr-008": "queued",
    "other-1x-001": "queued",
}


@pytest.fixture(params=["format-1"])
def old(request: pytest.FixtureRequest, tmp_path: Path) -> RootPaths:
    shutil.copytree(ROOTS / request.param, tmp_path / "runs", symlinks=True)
    return open_root(tmp_path / "runs")


def test_its_runs_are_in_the_states_in_which_they_were(old: RootPaths) -> None:
    reader = Reader(old)
    runs = {run.id: run for run in reader.read()}
    assert {run.id: str(run.state) for run in runs.values()} == STATES
    assert reader.problems == []
    first, gone = runs["lr-001"], runs["lr-004"]
    assert (first.best, first.loss, first.step, first.slot) == (0.5, 0.75, 2, "gpu0")
    assert (gone.best, gone.loss, gone.step) == (1.25, 1.25, 9)
    assert first.params == {"epochs": 3, "lr": 0.0003, "optimizer": "adam"}
    assert runs["lr-003"].reason == "AssertionError: é [/bold]"
    assert (runs["lr-002"].attempt, runs["lr-002"].newest_attempt) == (1, 2)
    assert reader.header(first)["file"] == "/home/ada/lr.py"


def test_its_runs_are_claimed_in_their_order_and_queued_again(old: RootPaths) -> None:
    claimer = Claimer(old, "me")
    assert requeue(old, list(Reader(old).read()), fresh=True) == ["lr-001", "lr-003", "lr-004", "lr-006"]
    assert requeue_stranded(old, Reader(old)) == ["lr-005"]
    taken = []
    while task := claimer.claim():
        os.close(task.lock_descriptor)
        taken.append((task.id, task.attempt))
    assert taken == [
        ("lr-002", 2),
        ("lr-007", 1),
        ("lr-008", 1),
        *((run, 2) for run in ("lr-001", "lr-003", "lr-004", "lr-006", "lr-005")),
        ("other-1x-001", 1),
    ]


def test_it_is_trained_to_its_end_and_drawn(old: RootPaths, hpq) -> None:
    hpq("run", "--workers", 2)
    states = {name: "finished" if state == "queued" else state for name, state in STATES.items()}
    assert {name: run["state"] for name, run in hpq.ls().items()} == states
    assert hpq.ls()["lr-002"]["best"] == pytest.approx(1 / 3)
    assert json.loads(hpq("show", "lr-005", "--json"))["attempt"] == 2
    assert (old.run("lr", 2).attempt(2).checkpoint).read_bytes() == b"weights"
    assert hpq("logs", "lr-003") == "lr-003 began\n"
    picture = hpq.folder / "picture.png"
    hpq("plot", "lr", "-o", picture)
    assert picture.read_bytes().startswith(b"\x89PNG")
