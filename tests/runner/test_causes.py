"""Causes of what real runs leave: one runner, one run for each way to crash."""

import subprocess

import pytest

from hpq.queue.causes import Cause, cause_of
from hpq.queue.paths import RootPaths
from hpq.queue.reader import Reader

SEARCH = """
import errno, os, signal, time

def sample(s):
    s.choice("way", %s)

def train(run):
    way = run.params["way"]
    if way == "allocates":
        import torch
        torch.ones(3 << 30)
    if way == "numpy allocates":
        import numpy
        numpy.ones(3 << 30)
    if way == "memory":
        raise MemoryError
    if way == "cuda":
        import torch
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 3.00 GiB. GPU 0 has a total")
    if way == "nan":
        run.log(1, loss=float("nan"))
    if way == "raises nan":
        raise FloatingPointError("loss is nan at step 1")
    if way == "imports":
        import no_such_module
    if way == "imports a name":
        from json import no_such_name
    if way == "killed":
        os.kill(os.getpid(), signal.SIGKILL)
    if way == "segfault":
        run.log(1, loss=1.0)
        os.kill(os.getpid(), signal.SIGSEGV)
    if way == "disk":
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    if way == "wrong":
        raise ValueError("no such layer")
    while way in ("slow", "deaf") and not (way == "slow" and run.should_stop):
        time.sleep(0.05)
"""
WAYS = {
    "allocates": Cause.OUT_OF_MEMORY,
    "numpy allocates": Cause.OUT_OF_MEMORY,
    "memory": Cause.OUT_OF_MEMORY,
    "cuda": Cause.OUT_OF_MEMORY,
    "nan": Cause.NAN,
    "raises nan": Cause.NAN,
    "imports": Cause.IMPORT,
    "imports a name": Cause.IMPORT,
    "killed": Cause.KILLED,
    "segfault": Cause.KILLED,
    "disk": Cause.MACHINE,
    "wrong": Cause.ERROR,
    "returns": Cause.ERROR,
    "slow": Cause.LIMIT,
    "deaf": Cause.LIMIT,
}
COMMANDS = {
    "exit 137": Cause.KILLED,
    "kill -9 $$": Cause.KILLED,
    "exit 3": Cause.ERROR,
    "echo 'torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2 GiB'; exit 1": Cause.OUT_OF_MEMORY,
    "echo 'ModuleNotFoundError: No module named x'; exit 1": Cause.IMPORT,
    """echo '{"step": 1, "loss": NaN}' >> $HPQ_METRICS""": Cause.NAN,
    "true": Cause.ERROR,
}


def causes(root, name: str) -> dict[str, Cause | None]:
    return {run.params[name]: cause_of(run) for run in Reader(RootPaths(root)).read()}


def test_every_way_to_crash_has_its_cause(hpq) -> None:
    hpq.write("ways.py", SEARCH % list(WAYS))
    hpq("enqueue", "ways.py", "--sampler", "grid")
    hpq("run", "--workers", "2", "--time-limit", "3s", "--grace", "1s", "--memory", "4GiB")
    assert causes(hpq.root, "way") == WAYS


def test_every_way_in_which_a_command_fails_has_its_cause(hpq) -> None:
    hpq.write("commands.py", f"command = 'eval {{line}}'\ndef sample(s): s.choice('line', {list(COMMANDS)})")
    hpq("enqueue", "commands.py", "--sampler", "grid")
    hpq("run", "--workers", "2")
    assert causes(hpq.root, "line") == COMMANDS


@pytest.mark.parametrize("word", ["a person", "its runner"])
def test_who_asks_a_run_to_stop_is_its_cause(hpq, wait_until, word: str) -> None:
    hpq.write(
        "slow.py",
        """
import time
def sample(s):
    s.int("n", 1, 9)
def train(run):
    run.log(1, loss=1.0)
    while not run.should_stop:
        time.sleep(0.05)
""",
    )
    hpq("enqueue", "slow.py", "-n", "1")
    runner = hpq.start("run", "--workers", "1", stdout=subprocess.DEVNULL)
    reader = Reader(RootPaths(hpq.root))
    wait_until(lambda: reader.read()[0].best is not None)
    if word == "a person":
        hpq("cancel", "slow-001")
    else:
        runner.terminate()
    runner.wait(30)
    assert cause_of(reader.read()[0]) is Cause.STOPPED
