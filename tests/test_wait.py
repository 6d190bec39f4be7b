"""`hpq wait` returns when runs ended, and says how."""

import json
import subprocess
from argparse import Namespace
from types import SimpleNamespace

import pytest

from hpq.commands.wait import _Wanted
from hpq.queue.runs import Run
from hpq.queue.states import State

SEARCH = """
import time
def sample(s):
    s.choice("way", ["good", "bad", "slow"])
def train(run):
    if run.params["way"] == "bad":
        raise ValueError("bad")
    run.log(1, loss=1.0)
    while run.params["way"] == "slow" and not (run.dir.parent.parent / "finish").exists():
        time.sleep(0.01)
"""


@pytest.fixture
def queue(hpq):
    """Queue runs of one way to end, in a search of that name."""
    hpq.write("ways.py", SEARCH)

    def queue(way: str, count: int = 1) -> None:
        hpq("enqueue", "ways.py", "-n", count, "--name", way, "--set", f"way={way}")

    return queue


def wait(hpq, *words: object) -> tuple[int, str, str]:
    process = hpq.start("wait", *words, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    out, err = process.communicate(timeout=60)
    return process.returncode, out, err


def test_the_exit_code_says_whether_all_finished(hpq, queue) -> None:
    queue("good", 2)
    queue("bad")
    hpq("run", "--workers", "2")
    assert wait(hpq, "good") == (0, "2 finished\n", "")
    assert wait(hpq) == (1, "2 finished, 1 crashed\n", "")
    assert wait(hpq, "bad-001", "good-1..2") == (1, "2 finished, 1 crashed\n", "")
    assert wait(hpq, "--state", "finished") == (0, "2 finished\n", "")
    assert wait(hpq, "--where", "way:bad") == (1, "1 crashed\n", "")
    assert wait(hpq, "--state", "queued") == (0, "there is no such run to wait for\n", "")
    code, out, _ = wait(hpq, "--json", "--timeout", "0.1s")
    assert code == 1
    assert json.loads(out) == {"ended": True, "runs": 3, "counts": {"finished": 2, "crashed": 1}}
    hpq("requeue", "bad")
    hpq("cancel", "bad")
    assert wait(hpq, "bad") == (1, "1 crashed\n", "")


def test_a_timeout_says_what_had_not_ended(hpq, queue) -> None:
    queue("good", 3)
    code, out, err = wait(hpq, "--timeout", "0.2s")
    assert (code, out) == (124, "")
    assert err == "hpq: after 0 s 3 of 3 runs had not ended: 3 queued\n"
    code, out, err = wait(hpq, "--timeout", "0.2s", "--json")
    assert (code, err) == (124, "")
    assert json.loads(out) == {"ended": False, "runs": 3, "counts": {"queued": 3}}


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["nothing"], "'nothing'"),
        (["good-099"], "good-099"),
        (["--timeout", "soon"], "soon"),
        (["--timeout", "0"], "longer than nothing"),
        (["--timeout", "-1"], "--timeout"),
        (["--state", "dead"], "dead"),
    ],
)
def test_a_wrong_call_gets_one_sentence(hpq, queue, words, told) -> None:
    queue("good")
    err = hpq("wait", *words, code=2)
    assert told in err
    assert len(err.splitlines()) == 1


def test_where_nothing_was_queued_there_is_nothing_to_wait_for(hpq) -> None:
    assert "hpq enqueue" in hpq("wait", code=1)


def test_it_waits_for_what_trains_and_for_what_is_queued_meanwhile(hpq, queue, wait_until) -> None:
    queue("slow")
    queue("good")
    waits = [hpq.start("wait", name, stdout=subprocess.PIPE) for name in ("slow", "slow-001", "good")]
    runner = hpq.start("run", "--workers", "1", "--watch", stdout=subprocess.DEVNULL)
    try:
        wait_until(lambda: hpq.ls()["slow-001"]["state"] == "running")
        queue("slow")
        assert [each.poll() for each in waits] == [None] * 3
        (hpq.root / "finish").touch()
        told = [each.communicate(timeout=60)[0] for each in waits]
    finally:
        runner.terminate()
        runner.wait(30)
    assert told == ["2 finished\n", "1 finished\n", "1 finished\n"]


class Readings:
    """A reader that returns the next of some readings each time, and the last one for ever."""

    def __init__(self, *readings: list[Run]) -> None:
        self._readings = [tuple(reading) for reading in readings]

    def read(self) -> tuple[Run, ...]:
        return self._readings.pop(0) if len(self._readings) > 1 else self._readings[0]


def run(number: int, state: State, **facts) -> Run:
    ended_at = 1.0 if state in (State.FINISHED, State.CRASHED, State.UNFINISHED) else None
    return Run(f"a-{number:03d}", "a", number, state, **{"ended_at": ended_at, **facts})


def wanted(chosen: list[Run], *names: str, state: tuple[str, ...] = ()) -> _Wanted:
    return _Wanted(Namespace(runs=list(names), state=list(state), where=None), chosen)


def test_a_failed_run_that_is_queued_again_at_once_is_waited_for() -> None:
    crashed, waits, done = (run(1, state) for state in (State.CRASHED, State.QUEUED, State.FINISHED))
    reader = Readings([crashed], [waits], [done])
    waiting = wanted([crashed], "a")
    assert [waiting.look(reader) for _ in range(3)] == [False, False, True]
    assert waiting.exit_code == 0


def test_a_silent_run_whose_process_lives_has_not_ended() -> None:
    silent = run(1, State.UNFINISHED, ended_at=None)
    waiting = wanted([silent])
    reader = Readings([silent])
    assert not any(waiting.look(reader) for _ in range(3))
    assert waiting.exit_code == 124


def test_deleted_runs_are_counted_and_did_not_finish() -> None:
    one, two = run(1, State.FINISHED), run(2, State.QUEUED)
    waiting = wanted([one, two])
    reader = Readings([one, two], [one])
    assert [waiting.look(reader) for _ in range(3)] == [False, False, True]
    assert waiting.exit_code == 1
    assert waiting.as_json()["counts"] == {"finished": 1, "deleted": 1}


def test_states_choose_runs_once_at_the_beginning() -> None:
    one, two = run(1, State.FINISHED), run(2, State.QUEUED)
    assert wanted([one], state=("finished",)).look(Readings([one, two]))
    assert not wanted([one]).look(Readings([one, two]))


def test_where_a_reading_takes_long_the_next_is_later(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter([0.0, 0.5])
    monkeypatch.setattr("hpq.commands.wait.time", SimpleNamespace(thread_time=lambda: next(clock)))
    waiting = wanted([])
    waiting.look(Readings([]))
    assert waiting.rest_s == 25


def test_what_did_not_change_is_not_counted_again(monkeypatch: pytest.MonkeyPatch) -> None:
    waiting = wanted([run(1, State.QUEUED)])
    reader = Readings([run(1, State.QUEUED)])
    waiting.look(reader)
    monkeypatch.delattr(_Wanted, "_count")
    assert not waiting.look(reader)
