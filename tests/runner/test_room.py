"""A GPU gets its next run when it has room for it: enough free memory, and nothing that still loads."""

import json
import os
import subprocess
import sys
import time
from dataclasses import replace
from types import SimpleNamespace

import pytest

from hpq.errors import UsageError
from hpq.queue.paths import AttemptPaths
from hpq.queue.records import Heartbeat, Summary
from hpq.runner.gpus import Gpu
from hpq.runner.room import LOADING_S, Room, check_room
from hpq.runner.share import Share
from hpq.runner.slots import cpu_slots, gpu_slots

GIB = 1 << 30
GPUS = [Gpu(index, f"GPU-{index}", "H100", 80 * GIB) for index in range(2)]
SLOTS = gpu_slots(GPUS, Share(2))  # gpu0.0, gpu1.0, gpu0.1, gpu1.1
FIRST, OTHER, SECOND, _ = SLOTS


class Memory:
    """What is free on each GPU, by UUID."""

    def __init__(self) -> None:
        self.free: dict[str, int | None] = {"GPU-0": 80 * GIB, "GPU-1": 80 * GIB}
        self.asked = 0

    def __call__(self, uuid: str) -> int | None:
        self.asked += 1
        return self.free[uuid]


@pytest.fixture
def memory() -> Memory:
    return Memory()


@pytest.fixture
def train(tmp_path):
    """Make a training in a slot, so many seconds old, with the loss that its heartbeat tells of."""

    def train(slot, age_s=1.0, loss=None, beats=True, is_loss_carried_over=False):
        paths = AttemptPaths(tmp_path / slot.name)
        paths.folder.mkdir(exist_ok=True)
        if beats:
            Heartbeat.now(Summary(loss=loss, best=loss)).write(paths.heartbeat)
        for path, at_s in ((paths.start, 100), (paths.metrics, 99 if is_loss_carried_over else 101)):
            path.touch()
            os.utime(path, (at_s, at_s))
        return SimpleNamespace(attempt=2, slot=slot, paths=paths, began_s=time.monotonic() - age_s)

    return train


def test_a_gpu_waits_until_enough_memory_is_free_and_says_once_why(memory: Memory) -> None:
    room = Room(8 * GIB, memory)
    memory.free["GPU-0"] = 3 * GIB
    for _ in range(3):
        assert not room.has(FIRST, [])
        assert not room.has(SECOND, [])
        assert room.has(OTHER, [])
    held = [FIRST, SECOND]
    assert room.explain(held) == ["gpu0 waits: 3 GiB of its memory are free, and --free wants 8 GiB"]
    assert room.explain(held) == []
    memory.free["GPU-0"] = 8 * GIB
    assert room.has(FIRST, [])
    memory.free["GPU-0"] = 8 * GIB - 1
    assert not room.has(FIRST, [])
    assert len(room.explain(held)) == 1


def test_only_slots_that_are_held_back_are_explained(memory: Memory) -> None:
    room = Room(8 * GIB, memory)
    memory.free = {"GPU-0": 0, "GPU-1": 1}
    assert not room.has(FIRST, [])
    assert not room.has(OTHER, [])
    assert room.explain([OTHER]) == ["gpu1 waits: 1 B of its memory are free, and --free wants 8 GiB"]


def test_a_gpu_that_does_not_tell_its_free_memory_waits(memory: Memory) -> None:
    room = Room(8 * GIB, memory)
    memory.free["GPU-0"] = None
    assert not room.has(FIRST, [])
    assert "does not tell" in room.explain([FIRST])[0]


def test_a_slot_waits_while_a_run_on_its_gpu_loads(memory: Memory, train) -> None:
    room = Room(GIB, memory)
    for loading in (train(FIRST), train(FIRST, beats=False), train(FIRST, age_s=LOADING_S - 5)):
        assert not room.has(SECOND, [loading])
        assert room.has(OTHER, [loading])
    assert not room.has(SECOND, [train(FIRST, loss=1.0, is_loss_carried_over=True)])
    assert room.explain([SECOND]) == []  # that is how it goes, and no want of memory


def test_a_run_with_a_loss_or_one_that_takes_too_long_holds_nobody_back(memory: Memory, train) -> None:
    room = Room(GIB, memory)
    assert room.has(SECOND, [train(FIRST, loss=1.0)])
    assert room.has(SECOND, [train(FIRST, age_s=LOADING_S + 1)])


def test_without_the_option_nothing_is_asked_and_nothing_waits(memory: Memory, train) -> None:
    room = Room(None, memory)
    assert room.has(SECOND, [train(FIRST)])
    assert memory.asked == 0
    assert Room(None).has(cpu_slots(1)[0], [])


@pytest.mark.parametrize(
    ("slots", "words"),
    [
        (cpu_slots(2), ["--free", "--workers"]),
        (SLOTS, ["--free 81 GiB", "GPU 0 (H100)", "80 GiB"]),
        (gpu_slots([replace(GPUS[1], memory_bytes=0)], Share()), ["GPU 1 (H100)", "does not tell"]),
    ],
)
def test_memory_that_can_never_be_free_is_refused(slots, words: list[str]) -> None:
    with pytest.raises(UsageError) as refused:
        check_room(81 * GIB, slots)
    assert all(word in str(refused.value) for word in words)


SEARCH = """
import time
def sample(s):
    s.int("n", 1, 9)
def train(run):
    (run.dir / "began").touch()
    while not (run.dir.parent.parent / "load").exists():
        time.sleep(0.01)
    run.log(1, loss=1.0)
    while not (run.dir.parent.parent / "finish").exists():
        time.sleep(0.01)
"""
RUN_ON_A_GPU = """
import sys
from pathlib import Path
from hpq.queue.root import open_root
from hpq.runner import room
from hpq.runner.gpus import Gpu
from hpq.runner.lines import LinesReporter
from hpq.runner.loop import Runner
from hpq.runner.rules import Rules
from hpq.runner.share import Share
from hpq.runner.slots import gpu_slots
if __name__ == "__main__":
    root = Path(sys.argv[1])
    room.FreeMemory = lambda: lambda uuid: int((root / "free").read_text())
    slots = gpu_slots([Gpu(0, "GPU-0", "H100", 80 << 30)], Share(2))
    Runner(open_root(root), slots, LinesReporter(sys.stdout), rules=Rules(free_bytes=8 << 30)).run()
"""


@pytest.fixture
def start(hpq):
    """Queue runs and start a runner with two slots on a GPU, of which so much memory is free."""
    started = []

    def start(runs: int, free: int):
        hpq.write("search.py", SEARCH)
        hpq("enqueue", "search.py", "-n", runs)
        (hpq.root / "free").write_text(str(free))
        script = hpq.write("run.py", RUN_ON_A_GPU)
        with open(hpq.folder / "printed", "w") as log:
            command = [sys.executable, script, hpq.root]
            started.append(
                subprocess.Popen(command, cwd=hpq.folder, env=hpq.environment, stdout=log, stderr=log)
            )
        return started[-1]

    yield start
    for name in ("load", "finish"):
        (hpq.root / name).touch()
    for runner in started:
        runner.kill()
        runner.wait()


def began(hpq) -> int:
    return len(list(hpq.root.glob("*/1/began")))


def test_a_runner_waits_for_memory_and_then_for_each_run_to_load(hpq, start, wait_until) -> None:
    runner = start(2, free=GIB)
    printed = hpq.folder / "printed"
    wait_until(
        lambda: "gpu0 waits: 1 GiB of its memory are free, and --free wants 8 GiB" in printed.read_text()
    )
    assert began(hpq) == 0
    whole = hpq.root / "whole"
    whole.write_text(str(80 * GIB))
    whole.replace(hpq.root / "free")
    wait_until(lambda: began(hpq) == 1)
    (hpq.root / "load").touch()
    wait_until(lambda: began(hpq) == 2)
    (hpq.root / "finish").touch()
    assert runner.wait(20) == 0, printed.read_text()
    first, second = (hpq.root / f"search-00{number}" / "1" for number in (1, 2))
    loaded = json.loads((first / "metrics.jsonl").read_text())["at"]
    assert json.loads((second / "start.json").read_text())["at"] >= loaded
    assert printed.read_text().count("gpu0 waits") == 1
    assert {run["slot"] for run in hpq.ls().values()} == {"gpu0.0", "gpu0.1"}


def test_a_runner_that_lacks_memory_ends_when_nothing_waits(hpq, start, wait_until) -> None:
    runner = start(1, free=0)
    wait_until(lambda: "gpu0 waits" in (hpq.folder / "printed").read_text())
    hpq("cancel", "search-001")
    assert runner.wait(20) == 0
