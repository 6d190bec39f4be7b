"""Pausing a root: runners take nothing new, what trains goes on, and everybody is told."""

import json
import os
import subprocess

import pytest

from hpq.queue.paths import RootPaths
from hpq.queue.pause import Pause, is_paused, pause, read_pause, resume
from hpq.queue.root import create_root

SLOW = """
import time
def sample(s):
    s.int("n", 1, 9)
def train(run):
    for step in range(3000):
        run.log(step, loss=1.0)
        if (run.dir.parent.parent / f"finish {run.id}").exists():
            return
        time.sleep(0.01)
"""


@pytest.fixture
def paths(tmp_path) -> RootPaths:
    return create_root(tmp_path)


@pytest.fixture
def queued(hpq):
    """A root in which two slow runs wait."""
    hpq.write("slow.py", SLOW)
    hpq("enqueue", "slow.py", "-n", "2")
    return hpq


@pytest.fixture
def start(queued, wait_until):
    """Start a runner with one slot that prints into a file; it has ended when the test has."""
    started = []

    def start(*words: str) -> subprocess.Popen[str]:
        with open(queued.folder / "printed", "w") as log:
            started.append(queued.start("run", "--workers", "1", *words, stdout=log, stderr=log))
        return started[-1]

    yield start
    for number in (1, 2):
        finish(queued, number)
    for runner in started:
        if runner.poll() is None:
            runner.terminate()
            runner.wait(30)


def finish(hpq, number: int) -> None:
    (hpq.root / f"finish slow-00{number}").touch()


def states(hpq) -> list[str]:
    return [run["state"] for run in hpq.ls().values()]


def printed(hpq) -> str:
    return (hpq.folder / "printed").read_text()


def test_while_paused_what_trains_goes_on_and_what_waits_waits(queued, start, wait_until) -> None:
    runner = start()
    wait_until(lambda: states(queued) == ["running", "queued"])
    queued("pause", "--reason", "the fan is loud")
    wait_until(lambda: "the fan is loud; what waits stays queued" in printed(queued))
    finish(queued, 1)
    wait_until(lambda: "slow-001 finished" in printed(queued))
    assert states(queued) == ["finished", "queued"]
    assert runner.poll() is None, "a runner stays while the pause keeps runs waiting"
    finish(queued, 2)
    queued("resume")
    assert runner.wait(30) == 0
    assert states(queued) == ["finished", "finished"]
    assert printed(queued).count("what waits stays queued") == 1
    assert printed(queued).count("resumed") == 1


def test_a_runner_that_starts_in_a_pause_waits_and_ends_once_nothing_does(queued, start, wait_until) -> None:
    queued("pause")
    runner = start()
    wait_until(lambda: "paused since" in printed(queued))
    assert states(queued) == ["queued", "queued"]
    queued("cancel", "slow")
    assert runner.wait(30) == 0
    assert "nothing waits" in printed(queued)


def test_a_watching_runner_hears_an_interrupt_while_paused(queued, start, wait_until) -> None:
    queued("pause")
    runner = start("--watch")
    wait_until(lambda: "paused since" in printed(queued))
    runner.terminate()
    assert runner.wait(30) == 128 + 15


def test_status_says_that_it_is_paused_and_since_when(queued) -> None:
    assert json.loads(queued("status", "--json"))["paused"] is None
    assert "paused" not in queued("status")
    queued("pause", "--reason", "a\n[/bold]\x1b[31m reason")
    told = json.loads(queued("status", "--json"))["paused"]
    assert told["reason"] == "a [/bold] [31m reason"
    assert told["by"]
    assert told["at"] > 1e9
    first = queued("status").splitlines()[0]
    assert first.startswith("paused since ")
    assert first.endswith("a [/bold] [31m reason; `hpq resume` ends it")


def test_pausing_twice_keeps_the_first_and_resuming_twice_says_so(queued) -> None:
    assert "`hpq resume` ends it" in queued("pause", "--reason", "one")
    again = queued("pause", "--reason", "two")
    assert again.startswith("it is already paused since ")
    assert "one" in again
    assert json.loads(queued("pause", "--json"))["changed"] is False
    assert "it was paused since" in queued("resume")
    assert queued("resume") == "'runs' was not paused\n"
    assert json.loads(queued("resume", "--json")) == {"ended": None, "changed": False}
    assert json.loads(queued("pause", "--json", "--reason", "x"))["paused"]["reason"] == "x"
    assert json.loads(queued("resume", "--json"))["ended"]["reason"] == "x"


def test_where_nothing_was_queued_nothing_is_paused(hpq) -> None:
    for command in ("pause", "resume"):
        assert "hpq enqueue" in hpq(command, code=1)
    assert os.listdir(hpq.folder) == []


def test_a_root_that_is_empty_can_be_paused(hpq) -> None:
    create_root(hpq.root)
    hpq("pause")
    assert "paused since" in hpq("status")


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"at": 1e400, "by": 3, "reason": null}', "\x00", '{"at": -1}']
)
def test_a_damaged_pause_pauses_too_and_can_be_ended(paths: RootPaths, text: str) -> None:
    paths.pause.write_text(text)
    assert read_pause(paths) == Pause(0.0, "", "")
    assert str(read_pause(paths)) == "paused"
    assert resume(paths) is not None
    assert not is_paused(paths)


def test_a_pause_is_told_in_one_short_line(paths: RootPaths) -> None:
    made, is_new = pause(paths, "x" * 5000)
    assert is_new
    assert len(str(made)) < 300
    assert pause(paths, "y") == (made, False)


def test_the_time_of_an_older_pause_has_its_date() -> None:
    assert str(Pause(86400.0 * 200, "ada", "")).startswith("paused since 1970-07-")
    assert str(Pause(2.4e11, "", "late")).endswith(": late")
