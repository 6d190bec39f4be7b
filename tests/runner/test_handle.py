"""The handle: what it takes as a metric, and what a full disk costs."""

import os
from pathlib import Path

import pytest
import torch

from hpq.errors import HpqError
from hpq.queue.paths import RootPaths, RunPaths
from hpq.queue.records import Heartbeat, Summary, read_metrics
from hpq.runner.handle import Handle
from hpq.runner.job import Job, Limits
from hpq.runner.slots import Slot


@pytest.fixture
def handle(tmp_path: Path) -> Handle:
    root, run = RootPaths(tmp_path), RunPaths(tmp_path / "x-001")
    run.attempt(1).folder.mkdir(parents=True)
    job = Job("x-001", 1, 1, False, {"lr": 1}, {}, root, run, "me", Slot("cpu0", "cpu"), Limits(), 1)
    return Handle(job, seed=3, resumed=False)


def lines(handle: Handle) -> list[dict]:
    return [
        {name: value for name, value in line.items() if name != "at"}
        for line in read_metrics(handle.dir / "metrics.jsonl")
    ]


def test_numbers_of_all_libraries_are_metrics(handle: Handle) -> None:
    import numpy as np

    handle.log(1, loss=torch.tensor(0.5), a=np.float32(2), b=3, c=np.array([4.0]).sum(), d=True)
    handle.log(np.int64(2), loss=torch.tensor([0.25], requires_grad=True).sum())
    assert lines(handle) == [
        {"step": 1, "loss": 0.5, "a": 2.0, "b": 3, "c": 4.0, "d": 1.0},
        {"step": 2, "loss": 0.25},
    ]


def test_what_is_not_finite_is_kept_as_a_word_and_starts_no_run(handle: Handle) -> None:
    handle.log(1, loss=float("nan"), other=float("-inf"))
    assert lines(handle) == [{"step": 1, "loss": "nan", "other": "-inf"}]
    assert handle.summary == Summary(step=1)


@pytest.mark.parametrize("value", ["high", None, [1, 2], torch.zeros(2)])
def test_what_is_no_number_is_refused_by_its_name(handle: Handle, value) -> None:
    with pytest.raises(HpqError, match="'loss' must be a number"):
        handle.log(1, loss=value)


@pytest.mark.parametrize("step", [1.5, "1", True, None])
def test_a_step_is_a_whole_number(handle: Handle, step) -> None:
    with pytest.raises(HpqError, match="whole number"):
        handle.log(step, loss=1.0)


def test_the_first_finite_loss_is_in_the_heartbeat_at_once(handle: Handle) -> None:
    path = handle.dir / "heartbeat"
    handle.log(1, accuracy=0.5)
    assert Heartbeat.read(path).summary.best is None
    handle.log(2, loss=3.0)
    assert Heartbeat.read(path).summary == Summary(2, 3.0, 3.0, 2)
    assert Heartbeat.read(path).age_s < 5


def test_best_and_last_are_told_apart(handle: Handle) -> None:
    for step, loss in enumerate((3.0, 1.0, 2.0)):
        handle.log(step, loss=loss)
    assert handle.summary == Summary(step=2, loss=2.0, best=1.0, best_step=1)


def test_lines_that_a_full_disk_refuses_wait_and_are_written_later(
    handle: Handle, monkeypatch, capsys
) -> None:
    write, refused = os.write, []

    def full(descriptor: int, data: bytes) -> int:
        refused.append(data)
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "write", full)
    handle.log(1, loss=3.0)
    handle.log(2, loss=2.0)
    monkeypatch.setattr(os, "write", write)
    assert refused
    assert lines(handle) == []
    handle.log(3, loss=1.0)
    assert [line["step"] for line in lines(handle)] == [1, 2, 3]
    assert capsys.readouterr().err.count("No space left") == 1


def test_a_stop_file_asks_to_stop_and_it_is_remembered_that_training_saw_it(handle: Handle) -> None:
    assert not handle.should_stop
    (handle.dir / "stop").touch()
    handle._looked_at = 0.0
    assert not handle.saw_stop
    assert handle.should_stop
    assert handle.saw_stop


def test_what_another_program_appends_is_taken_in_by_whole_lines(handle: Handle) -> None:
    with open(handle.dir / "metrics.jsonl", "a") as metrics:
        metrics.write('{"step": 1, "loss": 2.0}\nnonsense\n[1]\n{"step": 2, "lo')
        metrics.flush()
        handle.look()
        assert handle.summary.step == 1
        metrics.write('ss": 1.0}\n')
    handle.look()
    assert handle.summary == Summary(2, 1.0, 1.0, 2)
