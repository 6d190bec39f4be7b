"""Commands of the user's own, called when runs and runners end."""

import os
import signal
import subprocess
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from hpq.queue.evidence import Verdict
from hpq.queue.paths import AttemptPaths, RootPaths
from hpq.queue.records import Summary
from hpq.queue.states import State
from hpq.runner.family import MARK
from hpq.runner.hooks import Hooks

SEARCH = """
def sample(s):
    s.choice("way", ["good", "bad"])
def train(run):
    if run.params["way"] == "bad":
        raise ValueError("$(touch injected) `touch injected` '; touch injected; \\x00")
    run.log(1, loss=0.25)
    run.log(2, loss=0.5)
"""
TELL = (
    """printf '%s|%s|%s|%s|%s|%s|%s\\n' "$HPQ_ID" "$HPQ_STATE" "$HPQ_LOSS" "$HPQ_BEST" "$HPQ_ATTEMPT" """
    """"$HPQ_REASON" "$HPQ_DIR" >> told"""
)
TELL_ALL = """echo "$HPQ_FINISHED $HPQ_UNFINISHED $HPQ_CRASHED $HPQ_CANCELLED $HPQ_ROOT" >> told"""


@pytest.fixture
def queued(hpq):
    hpq.write("ways.py", SEARCH)
    hpq("enqueue", "ways.py", "--sampler", "grid")
    return hpq


@pytest.fixture
def hooks(tmp_path: Path):
    """Make hooks in a folder, and end what they started."""
    made = []

    def make(on_run_end: str = "", on_end: str = "") -> Hooks:
        made.append(Hooks(RootPaths(tmp_path), on_run_end, on_end))
        return made[-1]

    yield make
    for each in made:
        each.end()


def ended(hooks: Hooks, folder: Path, **facts) -> None:
    training = SimpleNamespace(id="a-1", attempt=1, paths=AttemptPaths(folder))
    hooks.run_ended(training, Verdict(**{"state": State.FINISHED, **facts}))


def finish(hooks: Hooks) -> list[str]:
    """Run the hooks to their ends; return what they tell."""
    told, deadline = [], time.monotonic() + 30
    while hooks.count:
        told += hooks.look()
        assert time.monotonic() < deadline
        time.sleep(0.01)
    return told


def test_each_run_and_the_end_are_told_through_the_environment_alone(queued) -> None:
    out = queued("run", "--workers", "1", "--on-run-end", TELL, "--on-end", TELL_ALL)
    good, bad, everything = (queued.folder / "told").read_text().splitlines()
    root = queued.root.resolve()
    assert good == f"ways-001|finished|0.5|0.25|1||{root}/ways-001/1"
    assert bad.startswith("ways-002|crashed|||1|ValueError: $(touch injected) `touch injected` '; touch")
    assert bad.endswith(f"|{root}/ways-002/1")
    assert everything == f"1 0 1 0 {root}"
    assert not (queued.folder / "injected").exists()
    assert "failed" not in out


def test_a_hook_that_fails_is_told_and_changes_nothing(queued) -> None:
    out = queued("run", "--workers", "1", "--on-run-end", "exit 3", "--on-end", "kill -9 $$")
    assert "--on-run-end for ways-001 failed: exit code 3" in out
    assert "--on-end failed: killed by SIGKILL" in out
    assert [run["state"] for run in queued.ls().values()] == ["finished", "crashed"]


def test_what_hooks_print_goes_to_stderr(queued) -> None:
    words = ("run", "--workers", "1", "--on-end", "echo to stdout; echo to stderr >&2")
    process = queued.start(*words, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0
    assert err == "to stdout\nto stderr\n"
    assert "to stdout" not in out


def test_a_slow_hook_holds_up_no_slot_and_ends_with_an_interrupted_runner(queued, wait_until) -> None:
    slow = 'echo $$ > "hook $HPQ_ID"; exec sleep 1000'
    with open(queued.folder / "printed", "w") as log:
        runner = queued.start("run", "--workers", "1", "--on-run-end", slow, stdout=log, stderr=log)
    noted = [queued.folder / f"hook ways-00{number}" for number in (1, 2)]
    wait_until(lambda: all(path.exists() and path.read_text() for path in noted))
    assert [run["state"] for run in queued.ls().values()] == ["finished", "crashed"]
    pids = [int(path.read_text()) for path in noted]
    wait_until(lambda: "2 commands of --on-run-end or --on-end run still" in log_of(queued))
    runner.send_signal(signal.SIGINT)
    assert runner.wait(30) == 130
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


def log_of(hpq) -> str:
    return (hpq.folder / "printed").read_text()


def test_an_interrupted_runner_does_not_call_the_hook_for_the_end(queued, wait_until) -> None:
    queued("pause")
    runner = queued.start("run", "--workers", "1", "--on-end", "touch ended", stdout=subprocess.DEVNULL)
    wait_until(lambda: list((queued.root / ".queue" / "runners").iterdir()))
    runner.terminate()
    assert runner.wait(30) == 128 + signal.SIGTERM
    assert not (queued.folder / "ended").exists()


def test_at_most_eight_run_at_a_time_and_all_get_their_turn(hooks, tmp_path: Path) -> None:
    made = hooks(f"cd {tmp_path}; echo x >> told; until [ -e go ]; do sleep 0.01; done")
    for _ in range(12):
        ended(made, tmp_path)
    made.look()
    assert (len(made._running), made.count) == (8, 12)
    (tmp_path / "go").touch()
    assert finish(made) == []
    assert len((tmp_path / "told").read_text().split()) == 12


def test_a_hook_that_ignores_a_request_to_end_is_killed(hooks, tmp_path: Path, wait_until) -> None:
    made = hooks(f"trap '' TERM; touch {tmp_path}/ready; while :; do sleep 0.01; done")
    ended(made, tmp_path)
    made.look()
    wait_until((tmp_path / "ready").exists)
    made.end()
    assert made.count == 0


@pytest.mark.parametrize("reason", ["a\0b", "\ud800", "é" * 10_000, "$(exit 1)", "\n"])
def test_every_reason_can_be_told(hooks, tmp_path: Path, reason: str) -> None:
    made = hooks(f'cd {tmp_path}; [ -n "$HPQ_REASON" ] && [ -z "${MARK}" ] && touch told')
    ended(made, tmp_path, state=State.CRASHED, reason=reason, summary=Summary())
    assert finish(made) == []
    assert (tmp_path / "told").exists()


def test_an_attempt_that_never_began_and_no_command_call_nothing(hooks, tmp_path: Path) -> None:
    made = hooks("exit 1")
    ended(made, tmp_path, state=State.QUEUED, began=False)
    blank = hooks(" ")
    ended(blank, tmp_path)
    blank.all_ended()
    assert (made.count, blank.count) == (0, 0)


def test_where_nothing_can_be_started_that_is_told(hooks, tmp_path: Path, monkeypatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(12, "Cannot allocate memory")

    monkeypatch.setattr(subprocess, "Popen", refuse)
    made = hooks("", "true")
    made.all_ended()
    assert finish(made) == ["--on-end could not be started: Cannot allocate memory"]
