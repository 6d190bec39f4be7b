"""Runs that failed are tried again, up to a number of times, and those that somebody stopped are not."""

import json
import signal
from types import SimpleNamespace

import pytest

from hpq.queue.evidence import Verdict
from hpq.queue.paths import AttemptPaths, RootPaths
from hpq.queue.reader import Reader
from hpq.queue.runs import Run
from hpq.queue.states import State
from hpq.runner.retries import Retries

SEARCH = """
import os, signal, time
def sample(s):
    s.choice("way", ["good", "crashes", "dies late", "recovers", "no loss"])
def train(run):
    way = run.params["way"]
    if way == "crashes":
        raise ValueError("always")
    if way == "no loss":
        return
    run.log(1, loss=1.0)
    if way == "dies late" or way == "recovers" and run.attempt == 1:
        os.kill(os.getpid(), signal.SIGKILL)
"""
SLOW = """
import time
def sample(s):
    s.int("n", 1, 9)
def train(run):
    run.log(1, loss=1.0)
    while not run.should_stop:
        time.sleep(0.01)
"""


def attempts(hpq) -> dict[str, int]:
    return {run["params"]["way"]: run["attempt"] for run in hpq.ls().values()}


@pytest.fixture(scope="module")
def tried(module_hpq):
    """All ways to end, trained by one runner with two retries; returns what it printed."""
    module_hpq.write("ways.py", SEARCH)
    module_hpq("enqueue", "ways.py", "--sampler", "grid", "--priority", "5")
    return module_hpq("run", "--workers", "2", "--retries", "2")


def test_a_run_that_failed_is_tried_again_until_it_works_or_has_no_retries_left(module_hpq, tried) -> None:
    assert attempts(module_hpq) == {"good": 1, "crashes": 3, "dies late": 3, "recovers": 2, "no loss": 3}
    states = {run["params"]["way"]: run["state"] for run in module_hpq.ls().values()}
    assert states["recovers"] == "finished"
    assert states["crashes"] == "crashed"
    assert states["dies late"] == "unfinished"


def test_each_retry_is_told_with_its_number(module_hpq, tried) -> None:
    crashed = next(run["id"] for run in module_hpq.ls().values() if run["params"]["way"] == "crashes")
    assert tried.count(f"{crashed} waits again, retry 1 of 2") == 1
    assert tried.count(f"{crashed} waits again, retry 2 of 2") == 1
    assert tried.count("waits again, retry") == 7


def test_a_retry_keeps_the_priority_of_its_run(module_hpq, tried) -> None:
    batches = sorted(path.name for path in (module_hpq.root / ".queue" / "batches").iterdir())
    assert {name.partition("-")[0] for name in batches} == {"0995"}


def test_a_requeue_leaves_alone_what_has_no_retries_left(module_hpq, tried) -> None:
    assert module_hpq("requeue", "--state", "crashed", "--state", "unfinished", "--retries", "2") == (
        "0 queued again; 3 have no retries left\n"
    )
    told = json.loads(module_hpq("requeue", "--state", "crashed", "--retries", "2", "--json"))
    assert told == {"queued": [], "retried": 2}
    assert module_hpq("requeue", "--state", "unfinished", "--retries", "3") == "1 queued again\n"
    module_hpq("run", "--workers", "1")
    assert attempts(module_hpq)["dies late"] == 4


def test_without_retries_nothing_is_tried_again(hpq) -> None:
    hpq.write("ways.py", SEARCH)
    hpq("enqueue", "ways.py", "--sampler", "grid")
    hpq("run", "--workers", "2")
    assert set(attempts(hpq).values()) == {1}
    assert hpq("requeue", "ways", "--retries", "0") == (
        "0 queued again; 1 finished and left alone, --fresh trains them anew; 4 have no retries left\n"
    )


def test_what_was_stopped_or_cancelled_is_not_tried_again_and_uses_up_no_retry(hpq, wait_until) -> None:
    hpq.write("slow.py", SLOW)
    hpq("enqueue", "slow.py", "-n", "3")
    with open(hpq.folder / "printed", "w") as log:
        runner = hpq.start("run", "--workers", "2", "--retries", "5", stdout=log, stderr=log)
    wait_until(lambda: [run["state"] for run in hpq.ls().values()].count("running") == 2)
    hpq("cancel", "slow-001", "slow-003")
    wait_until(lambda: hpq.ls()["slow-001"]["state"] == "unfinished")
    runner.send_signal(signal.SIGTERM)
    assert runner.wait(20) == 128 + signal.SIGTERM
    assert [run["state"] for run in hpq.ls().values()] == ["unfinished", "unfinished", "cancelled"]
    assert [run["attempt"] for run in hpq.ls().values()] == [1, 1, 0]
    assert hpq("requeue", "slow", "--retries", "0") == "3 queued again\n"


def test_what_ran_out_of_time_is_not_tried_again(hpq) -> None:
    hpq.write("slow.py", SLOW)
    hpq("enqueue", "slow.py", "-n", "1")
    hpq("run", "--workers", "1", "--retries", "5", "--time-limit", "0.5")
    assert hpq.ls()["slow-001"]["attempt"] == 1
    assert hpq.ls()["slow-001"]["reason"] == "time limit of 0 s"


def test_what_cannot_be_queued_again_is_told_of_and_ends_no_runner(tmp_path, monkeypatch) -> None:
    def fail(*_args, **_options) -> list[str]:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("hpq.runner.retries.requeue", fail)
    paths = AttemptPaths(tmp_path / "blog-001" / "1")
    retries = Retries(RootPaths(tmp_path), Reader(RootPaths(tmp_path)), 2)
    assert retries.queue() == []
    for number in (2, 1):
        training = SimpleNamespace(id=f"blog-00{number}", paths=paths)
        retries.hear(training, Verdict(State.CRASHED))
    monkeypatch.setattr(
        retries,
        "_reader",
        SimpleNamespace(read=lambda: [Run("blog-001", "blog", 1, State.CRASHED)], attempts=lambda _: []),
    )
    assert retries.queue() == [
        "blog-001, blog-002 could not be queued again: [Errno 28] No space left on device"
    ]
    assert retries.queue() == []
