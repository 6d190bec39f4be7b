"""SIGKILL of runners and of training processes at random moments: every run ends once, in the right state."""

import contextlib
import json
import os
import random
import signal
import subprocess
import time
from collections import Counter
from pathlib import Path

import pytest

from hpq.queue.paths import RootPaths
from hpq.queue.reader import Reader
from hpq.queue.records import Start
from hpq.queue.states import State

RUNS = 200
ROUNDS = 8  # in each of which the runner is killed
SEED = 20170501
SEARCH = """
import os, time
def sample(s):
    s.int("steps", 0, 6)
    s.float("pause", 0.0, 0.08)
def train(run):
    with open(run.dir.parent.parent / "ledger", "a") as ledger:  # one write of a short line is atomic
        ledger.write(f"{run.id} {run.attempt} {os.getpid()}\\n")
    for step in range(run.params["steps"]):
        time.sleep(run.params["pause"])
        run.log(step, loss=1.0 / (step + 1))
    if run.params["steps"] == 0:
        raise ValueError("no steps")
"""


def living(root: RootPaths) -> list[Start]:
    """Return the training processes of the newest attempts that have no result yet."""
    starts = [
        start
        for folder in root.folder.glob("*/[0-9]*")
        if not (folder / "result.json").exists() and (start := Start.read(folder / "start.json"))
    ]
    return [start for start in starts if os.path.exists(f"/proc/{start.pid}")]


def kill(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


@pytest.mark.timeout(300)
def test_nothing_is_lost_or_runs_twice_whoever_is_killed(hpq, wait_until) -> None:
    hpq.write("short.py", SEARCH)
    hpq("enqueue", "short.py", "-n", RUNS)
    paths, chance = RootPaths(hpq.root), random.Random(SEED)
    killed: Counter[str] = Counter()
    victims: set[tuple[int, int]] = set()

    def kill_children(starts: list[Start], why: str) -> None:
        for start in starts:
            victims.add((start.pid, start.ticks))
            kill(start.pid)
            killed[why] += 1

    for round_number in range(ROUNDS + 1):
        with open(hpq.folder / "printed", "a") as log:
            runner = hpq.start("run", "--workers", "2", stdout=log, stderr=log)
        wait_until(lambda runner=runner: runner.poll() is not None or trains(paths, runner.pid), 100)
        is_last = round_number == ROUNDS  # it may end what is left, whoever of its children is killed
        deadline = time.monotonic() + (60 if is_last else 1.5 * chance.random())
        while runner.poll() is None and time.monotonic() < deadline:
            time.sleep(0.1 * chance.random())
            if chance.random() < 0.2:
                kill_children(living(paths)[:1], "child")
        if runner.poll() is not None:
            break
        kill(runner.pid)
        killed["runner"] += 1
        if round_number % 2:
            kill_children(living(paths), "both")
        runner.wait()
    assert runner.returncode == 0, (hpq.folder / "printed").read_text()
    assert killed["runner"] > 3, killed
    assert min(killed["child"], killed["both"]) > 1, killed
    check_ends(hpq, victims)


def trains(root: RootPaths, runner: int) -> bool:
    """Tell whether a runner has a run that trains; its pid is the last but one part of its id."""
    return any(start.runner.split("-")[-2] == str(runner) for start in living(root))


def check_ends(hpq, victims: set[tuple[int, int]]) -> None:
    """Compare what readers say with what the runs themselves wrote down, and with who was killed."""
    reader = Reader(RootPaths(hpq.root))
    runs = reader.read()
    assert len(runs) == RUNS
    trained = Counter(line.split()[0] for line in (hpq.root / "ledger").read_text().splitlines())
    for run in runs:
        began = reader.attempts(run)
        assert len(began) == 1, (run, began)
        folder = hpq.root / run.id / str(run.attempt)
        assert trained[run.id] <= 1, run
        assert run.state in (State.FINISHED, State.UNFINISHED, State.CRASHED), run
        start = Start.read(folder / "start.json")
        assert start is not None
        was_killed = (start.pid, start.ticks) in victims
        check_state(run, folder, was_killed)
    assert subprocess.run(["fuser", hpq.root / ".queue" / "lock"], capture_output=True).returncode != 0


def check_state(run, folder: Path, was_killed: bool) -> None:
    metrics = folder / "metrics.jsonl"
    lines = metrics.read_bytes().split(b"\n")[:-1] if metrics.exists() else []
    steps = [json.loads(line)["step"] for line in lines]
    returned = len(steps) == run.params["steps"] > 0
    if run.state is State.FINISHED:
        assert returned, run
    elif steps:
        assert run.state is State.UNFINISHED, run
        assert was_killed, run
    else:
        assert run.state is State.CRASHED, run
        assert was_killed or run.params["steps"] == 0, run


def test_an_enqueue_that_is_killed_queues_all_of_its_batch_or_nothing(hpq) -> None:
    hpq.write("short.py", SEARCH)
    began_s = time.monotonic()
    hpq("enqueue", "short.py", "-n", "1501")
    took_s = time.monotonic() - began_s
    chance = random.Random(SEED)
    acknowledged = 1501
    outcomes = Counter()
    for _ in range(25):
        process = hpq.start(
            "enqueue", "short.py", "-n", "1500", stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        time.sleep(took_s * chance.random())
        kill(process.pid)
        out, _ = process.communicate()
        acknowledged += 1500 * ("1500 queued" in out)
        outcomes["1500 queued" in out] += 1
    runs = Reader(RootPaths(hpq.root)).read()
    assert acknowledged <= len(runs)
    assert len(runs) % 1500 == 1
    assert [run.number for run in runs] == list(range(1, len(runs) + 1))
    assert outcomes[False] > 0


def test_enqueues_at_the_same_time_share_no_number(hpq) -> None:
    hpq.write("short.py", SEARCH)
    processes = [hpq.start("enqueue", "short.py", "-n", "25", stdout=subprocess.PIPE) for _ in range(4)]
    for process in processes:
        process.communicate(timeout=60)
        assert process.returncode == 0
    numbers = [run.number for run in Reader(RootPaths(hpq.root)).read()]
    assert numbers == list(range(1, 101))
