"""How runs end, and what each end becomes: one runner, one run for each way to end."""

import os
from pathlib import Path

import pytest

SEARCH = """
import ctypes, os, signal, subprocess, sys, time

WAYS = ["good", "late error", "early error", "nan", "silent", "segfault", "exit", "out of memory", "prints",
        "slow", "deaf", "leaves a child", "writes", "bad metric", "stops by itself"]

def sample(s):
    s.choice("way", WAYS)

def train(run):
    way = run.params["way"]
    (run.dir / "environment").write_text(f"{os.environ['CUDA_VISIBLE_DEVICES']}|{run.device}|{os.getcwd()}")
    if way == "early error":
        raise ValueError("no\\nsuch [/bold] layer")
    if way == "exit":
        sys.exit(3)
    if way == "nan":
        run.log(1, loss=float("nan"))
        return
    if way == "silent":
        return
    if way == "out of memory":
        import torch
        torch.ones(3 << 30)
    if way == "bad metric":
        run.log(1, loss="low")
    if way == "prints":
        print("from python")
        os.write(2, b"from C\\n")
        subprocess.run(["echo", "from a program"])
        ctypes.CDLL(None).puts(b"from libc")
        ctypes.CDLL(None).fflush(None)
    for step in range(5):
        run.log(step, loss=5.0 - step, accuracy=step / 5)
    if way == "late error":
        raise RuntimeError("late")
    if way == "segfault":
        os.kill(os.getpid(), signal.SIGSEGV)
    if way == "leaves a child":
        child = subprocess.Popen(["sleep", "1000"])
        (run.dir / "child").write_text(str(child.pid))
    if way == "writes":
        (run.dir / "log.txt").open("ab").write(bytes(range(256)))
    while way == "slow" and not run.should_stop:
        run.log(6, loss=0.5)
        time.sleep(0.01)
    while way == "deaf":
        time.sleep(1)
"""
EXPECTED = {
    "good": ("finished", ""),
    "late error": ("unfinished", "RuntimeError: late"),
    "early error": ("crashed", "ValueError: no such [/bold] layer"),
    "nan": ("crashed", "training returned, and no loss of it was finite"),
    "silent": ("crashed", "training returned without a loss"),
    "segfault": ("unfinished", "killed by SIGSEGV"),
    "exit": ("crashed", "SystemExit: 3"),
    "out of memory": ("crashed", "out of memory: 12 GiB more could not be had"),
    "prints": ("finished", ""),
    "slow": ("unfinished", "time limit of 3 s"),
    "deaf": ("unfinished", "time limit of 3 s, killed when it did not stop by itself"),
    "leaves a child": ("finished", ""),
    "writes": ("finished", ""),
    "bad metric": ("crashed", "the metric 'loss' must be a number, not 'low'"),
    "stops by itself": ("finished", ""),
}


@pytest.fixture(scope="module")
def ended(module_hpq):
    """All ways to end, trained by one runner with limits; what `ls` tells, by way."""
    module_hpq.write("ways.py", SEARCH)
    module_hpq("enqueue", "ways.py", "--sampler", "grid")
    limits = ("--time-limit", "3s", "--grace", "1s", "--memory", "4GiB")
    module_hpq.printed = module_hpq("run", "--workers", "2", *limits)
    return {run["params"]["way"]: run for run in module_hpq.ls().values()}


def folder(module_hpq, run: dict) -> Path:
    return module_hpq.root / run["id"] / "1"


def test_every_way_to_end_becomes_its_state_and_says_why(ended) -> None:
    told = {way: (run["state"], run["reason"]) for way, run in ended.items()}
    assert told.keys() == EXPECTED.keys()
    for way, (state, reason) in EXPECTED.items():
        assert told[way][0] == state, (way, told[way])
        assert told[way][1].startswith(reason), (way, told[way])
        assert bool(told[way][1]) == bool(reason), (way, told[way])


def test_losses_steps_and_attempts_are_told(ended) -> None:
    good = ended["good"]
    assert (good["loss"], good["best"], good["step"], good["attempt"]) == (1.0, 1.0, 4, 1)
    assert ended["nan"]["best"] is None


def test_all_that_a_run_prints_is_in_its_log(module_hpq, ended) -> None:
    log = (folder(module_hpq, ended["prints"]) / "log.txt").read_text()
    for source in ("python", "C", "a program", "libc"):
        assert f"from {source}\n" in log


def test_the_log_of_an_error_ends_with_its_traceback(module_hpq, ended) -> None:
    assert module_hpq("logs", ended["late error"]["id"]).endswith("RuntimeError: late\n")
    assert module_hpq("logs", "-n", "1", ended["late error"]["id"]) == "RuntimeError: late\n"


def test_a_run_sees_its_device_and_the_folder_where_it_was_queued(module_hpq, ended) -> None:
    told = (folder(module_hpq, ended["good"]) / "environment").read_text()
    assert told == f"|cpu|{module_hpq.folder.resolve()}"


def test_no_process_of_a_run_outlives_it(module_hpq, ended) -> None:
    child = int((folder(module_hpq, ended["leaves a child"]) / "child").read_text())
    assert not Path(f"/proc/{child}").exists() or "State:\tZ" in Path(f"/proc/{child}/status").read_text()


def test_nothing_is_left_of_the_runner(module_hpq, ended) -> None:
    assert os.listdir(module_hpq.root / ".queue" / "runners") == []


def test_in_a_pipe_every_event_is_a_line(module_hpq, ended) -> None:
    lines = module_hpq.printed.splitlines()
    for run in ended.values():
        assert sum(f"{run['id']} started" in line for line in lines) == 1
        assert sum(f"{run['id']} {run['state']}" in line for line in lines) == 1


def test_what_lies_before_an_attempt_that_began_anew_is_not_gone_on_from(hpq) -> None:
    hpq.write(
        "saves.py",
        """
def sample(s):
    s.int("n", 1, 9)
def train(run):
    (run.dir / "resumed").write_text(str(run.resumed))
    if run.attempt != 2:
        run.checkpoint.write_text("saved")
    raise ValueError("no")
""",
    )
    hpq("enqueue", "saves.py", "-n", "1")
    for again in (["--fresh"], [], []):
        hpq("run", "--workers", "1")
        hpq("requeue", "saves", *again)
    hpq("run", "--workers", "1")
    folder = hpq.root / "saves-001"
    assert [(folder / str(attempt) / "resumed").read_text() for attempt in (1, 2, 3, 4)] == [
        "False",
        "False",
        "False",
        "True",
    ]
