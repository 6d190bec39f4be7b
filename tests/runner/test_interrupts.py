"""Ctrl-C, signals and death of a runner."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

SLOW = """
import time
def sample(s):
    s.int("n", 1, 9)
def train(run):
    start = int(run.checkpoint.read_text()) if run.resumed else 0
    for step in range(start, 3000):
        run.log(step, loss=1.0 / (step + 1))
        if run.should_stop:
            run.checkpoint.write_text(str(step))
            return
        if (run.dir.parent.parent / "finish").exists():
            return
        time.sleep(0.01)
"""


@pytest.fixture
def started(hpq, wait_until):
    """Two workers with four slow runs, two of which train."""
    hpq.write("slow.py", SLOW)
    hpq("enqueue", "slow.py", "-n", "4")
    with open(hpq.folder / "printed", "w") as log:
        runner = hpq.start("run", "--workers", "2", stdout=log, stderr=log, start_new_session=True)
    wait_until(lambda: states(hpq)[:2] == ["running", "running"])
    yield runner
    (hpq.root / "finish").touch()
    if runner.poll() is None:
        runner.kill()
        runner.wait()
    wait_until(lambda: not {"running", "starting"} & set(states(hpq)))


def states(hpq) -> list[str]:
    return [run["state"] for run in hpq.ls().values()]


def interrupt(runner: subprocess.Popen, number: int) -> None:
    os.killpg(runner.pid, number)  # as a terminal does: all of the foreground's group


def printed(hpq) -> str:
    return (hpq.folder / "printed").read_text()


def test_ctrl_c_once_takes_nothing_new_and_lets_runs_finish(hpq, started, wait_until) -> None:
    interrupt(started, signal.SIGINT)
    wait_until(lambda: "nothing new is taken" in printed(hpq))
    assert states(hpq) == ["running", "running", "queued", "queued"]
    (hpq.root / "finish").touch()
    assert started.wait(20) == 130
    assert states(hpq) == ["finished", "finished", "queued", "queued"]


def test_ctrl_c_twice_makes_runs_save_and_a_requeue_goes_on_there(hpq, started, wait_until) -> None:
    interrupt(started, signal.SIGINT)
    wait_until(lambda: "nothing new" in printed(hpq))
    interrupt(started, signal.SIGINT)
    assert started.wait(20) == 130
    assert states(hpq) == ["unfinished", "unfinished", "queued", "queued"]
    stopped_at = int((hpq.root / "slow-001" / "1" / "checkpoint.pt").read_text())
    assert "2 queued again" in hpq("requeue", "--state", "unfinished")
    (hpq.root / "finish").touch()
    hpq("run", "--workers", "2")
    assert states(hpq) == ["finished"] * 4
    run = hpq.ls()["slow-001"]
    assert (run["attempt"], run["step"]) == (2, stopped_at)


def test_sigterm_stops_runs_at_once(hpq, started) -> None:
    started.send_signal(signal.SIGTERM)
    assert started.wait(20) == 128 + signal.SIGTERM
    assert states(hpq) == ["unfinished", "unfinished", "queued", "queued"]


def test_a_hang_up_lets_runs_finish(hpq, started, wait_until) -> None:
    interrupt(started, signal.SIGHUP)
    wait_until(lambda: "nothing new" in printed(hpq))
    (hpq.root / "finish").touch()
    assert started.wait(20) == 128 + signal.SIGHUP
    assert states(hpq) == ["finished", "finished", "queued", "queued"]


def test_killing_the_runner_neither_kills_nor_loses_a_run_and_its_slot_stays_taken(
    hpq, started, wait_until
) -> None:
    started.kill()
    started.wait()
    assert states(hpq) == ["running", "running", "queued", "queued"]
    with open(hpq.folder / "printed", "w") as log:
        second = hpq.start("run", "--workers", "2", stdout=log, stderr=log)
    wait_until(lambda: printed(hpq).count("still trains for a runner that died") == 2)
    assert states(hpq) == ["running", "running", "queued", "queued"]
    (hpq.root / "finish").touch()
    assert second.wait(30) == 0
    runs = hpq.ls()
    assert [run["state"] for run in runs.values()] == ["finished"] * 4
    assert [run["attempt"] for run in runs.values()] == [1] * 4


def test_a_run_is_stopped_from_another_terminal(hpq, started, wait_until) -> None:
    assert hpq("cancel", "slow-001", "slow-003") == "1 cancelled, 1 asked to stop\n"
    wait_until(lambda: states(hpq)[0] == "unfinished")
    assert hpq.ls()["slow-001"]["reason"] == "stopped by hpq cancel"
    wait_until(lambda: states(hpq)[3] == "running")
    assert states(hpq)[2] == "cancelled"


def kill_fork_server(hpq, wait_until) -> None:
    """Kill the process that training processes are forked from, their parent."""
    start = json.loads((hpq.root / "slow-001" / "1" / "start.json").read_text())
    server = int(Path(f"/proc/{start['pid']}/stat").read_text().rpartition(")")[2].split()[1])
    os.kill(server, signal.SIGKILL)
    wait_until(
        lambda: not Path(f"/proc/{server}").exists() or "Z" in Path(f"/proc/{server}/stat").read_text()
    )


def cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def test_killing_the_fork_server_ends_no_run_and_the_next_one_starts(hpq, started, wait_until) -> None:
    kill_fork_server(hpq, wait_until)
    assert states(hpq) == ["running", "running", "queued", "queued"]
    (hpq.root / "finish").touch()
    assert started.wait(30) == 0, printed(hpq)
    assert [run["state"] for run in hpq.ls().values()] == ["finished"] * 4


def test_without_its_fork_server_a_runner_still_stops_runs_and_does_not_spin(
    hpq, started, wait_until
) -> None:
    kill_fork_server(hpq, wait_until)
    before_s, until = cpu_s(started.pid), time.monotonic() + 1.5
    wait_until(lambda: time.monotonic() > until)
    assert cpu_s(started.pid) - before_s < 0.75
    started.send_signal(signal.SIGTERM)
    assert started.wait(20) == 128 + signal.SIGTERM
    assert states(hpq) == ["unfinished", "unfinished", "queued", "queued"]
    assert hpq.ls()["slow-001"]["reason"] == "stopped with its runner"


def test_what_nohup_ignores_stays_ignored(hpq, wait_until) -> None:
    hpq.write("slow.py", SLOW)
    hpq("enqueue", "slow.py", "-n", "4")
    with open(hpq.folder / "printed", "w") as log:
        command = ["nohup", sys.executable, "-m", "hpq", "run", "--workers", "2"]
        runner = subprocess.Popen(command, cwd=hpq.folder, env=hpq.environment, stdout=log, stderr=log)
    wait_until(lambda: states(hpq)[:2] == ["running", "running"])
    runner.send_signal(signal.SIGHUP)
    (hpq.root / "finish").touch()
    assert runner.wait(30) == 0
    assert states(hpq) == ["finished"] * 4


def test_without_its_fork_server_a_runner_still_kills_a_run_that_is_deaf(hpq, wait_until) -> None:
    hpq.write("slow.py", SLOW.replace("if run.should_stop:", "if False:"))
    hpq("enqueue", "slow.py", "-n", "1")
    with open(hpq.folder / "printed", "w") as log:
        runner = hpq.start("run", "--workers", "1", "--grace", "1s", stdout=log, stderr=log)
    wait_until(lambda: states(hpq) == ["running"])
    kill_fork_server(hpq, wait_until)
    runner.send_signal(signal.SIGTERM)
    assert runner.wait(20) == 128 + signal.SIGTERM
    run = hpq.ls()["slow-001"]
    assert run["state"] == "unfinished"
    assert run["reason"] == "stopped with its runner, killed when it did not stop by itself"
