"""A file system that stops without flushing, as in a power cut, keeps all that was acknowledged.

ext4 and xfs are shut down in the midst of work. btrfs cannot be: whoever works is killed, and what it has
written by then is mounted, as after a cut at that moment. The kernel lets root alone do this.
"""

import fcntl
import os
import shutil
import signal
import struct
import subprocess
import time
import warnings
from pathlib import Path

import pytest

from hpq.queue import records
from hpq.queue.claimer import Claimer
from hpq.queue.claims import runner_id
from hpq.queue.control import requeue
from hpq.queue.reader import Reader
from hpq.queue.records import Outcome, Result
from hpq.queue.values import keep_values, read_values
from hpq.runner.orphans import adopt_orphans
from hpq.runner.slots import cpu_slots

GOING_DOWN = 0x8004587D  # EXT4_IOC_SHUTDOWN and XFS_IOC_GOINGDOWN
NO_LOG_FLUSH = struct.pack("I", 2)
IMAGE_BYTES = 400 << 20  # xfs wants 300 MiB
ACKNOWLEDGED = 60  # lines until the power goes
ROUNDS = 3


class Disk:
    """A file system in a file."""

    def __init__(self, folder: Path, kind: str) -> None:
        self._kind = kind
        self.folder, self._image, self._written = folder / "disk", folder / "image", folder / "written"
        self.folder.mkdir()
        with open(self._image, "wb") as image:
            image.truncate(IMAGE_BYTES)
        quiet = ["-q", "-F"] if kind == "ext4" else ["-q", "-f"]
        subprocess.run([f"mkfs.{kind}", *quiet, self._image], check=True)

    def mount(self) -> None:
        done = subprocess.run(
            ["mount", "-o", "loop", self._image, self.folder], capture_output=True, text=True
        )
        if done.returncode != 0:
            pytest.skip(f"a file system cannot be mounted here: {done.stderr.strip()}")

    def cut_power(self, workers: list["Worker"]) -> None:
        """End workers, and lose what was not written by then."""
        if self._kind != "btrfs":
            self._shut_down()
        for worker in workers:
            worker.end()
        if self._kind == "btrfs":
            subprocess.run(["cp", "--sparse=always", self._image, self._written], check=True)
        subprocess.run(["umount", self.folder], check=True)  # which writes the rest
        if self._kind == "btrfs":
            self._written.replace(self._image)
        self.mount()

    def _shut_down(self) -> None:
        descriptor = os.open(self.folder, os.O_RDONLY)
        try:
            fcntl.ioctl(descriptor, GOING_DOWN, NO_LOG_FLUSH)
        except OSError as error:
            pytest.skip(f"a file system cannot be shut down here: {error.strerror}")
        finally:
            os.close(descriptor)


@pytest.fixture(params=["ext4", "xfs", "btrfs"])
def disk(request, tmp_path: Path):
    if shutil.which(f"mkfs.{request.param}") is None:
        pytest.skip(f"mkfs.{request.param} is not installed")
    disk = Disk(tmp_path, request.param)
    disk.mount()
    yield disk
    subprocess.run(["umount", "-l", disk.folder], capture_output=True)


def enqueue_forever(root, tell) -> None:
    while True:
        tell("queued", *root.put(5))


def train_forever(root, tell) -> None:
    claimer = Claimer(root.paths, runner_id())
    while True:
        task = claimer.claim()
        if task is None:
            continue
        values = keep_values(task.run.params, {"params": {"at": time.time_ns()}})
        tell("drawn", task.id, str(values["at"]))
        root.begin(task)
        outcome = Outcome.FAILED if task.number % 7 == 0 and task.attempt == 1 else Outcome.RETURNED
        Result(outcome, "", root.beat(task), 1000.0, 1060.0, "cpu0").write(task.paths.result)
        tell("finished" if outcome is Outcome.RETURNED else "failed", task.id)
        os.close(task.lock_descriptor)
        if outcome is Outcome.FAILED:
            (run,) = [run for run in Reader(root.paths).read() if run.id == task.id]
            tell("requeued", *requeue(root.paths, [run]))


class Worker:
    """A process that does something until it is killed, and what it acknowledged, on another disk."""

    def __init__(self, act, root, told: Path) -> None:
        self._told = told
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # the child needs none of the other threads
            self._pid = os.fork()
        if self._pid == 0:
            descriptor = os.open(told, os.O_CREAT | os.O_APPEND | os.O_WRONLY)

            def tell(*facts: str) -> None:
                # While a file system is shut down, a sync under way may return as if it had been made, on xfs
                # in one of ten cuts. Without power nothing is acknowledged, so this must not fail first.
                os.utime(root.paths.folder)
                os.write(descriptor, " ".join(facts).encode() + b"\n")

            try:
                act(root, tell)
            finally:
                os._exit(1)  # the disk is gone

    def facts(self) -> list[list[str]]:
        return [line.split() for line in self._told.read_text().splitlines()] if self._told.exists() else []

    def end(self) -> None:
        os.kill(self._pid, signal.SIGKILL)
        os.waitpid(self._pid, 0)


def test_what_was_acknowledged_survives_a_power_cut(disk, tmp_path, root_at, wait_until, monkeypatch):
    for number in range(ROUNDS):
        root = root_at("disk/runs")
        acts = enumerate([enqueue_forever, train_forever, train_forever])
        workers = [Worker(act, root, tmp_path / f"{number}-{index}") for index, act in acts]
        wait_until(lambda workers=workers: sum(len(worker.facts()) for worker in workers) > ACKNOWLEDGED)
        disk.cut_power(workers)
        facts = [fact for worker in workers for fact in worker.facts()]
        monkeypatch.setattr(records, "boot_id", lambda number=number: f"boot{number}")
        assert adopt_orphans(root.paths, Reader(root.paths), cpu_slots(2)) == []
        again = {run.id for run in Reader(root.paths).read() if run.newest_attempt > 1}
        assert {run for fact in facts if fact[0] == "requeued" for run in fact[1:]} <= again
        for fact in facts:
            if fact[0] == "drawn":
                assert read_values(root.paths.folder / fact[1] / "params.json") == {"at": int(fact[2])}
        queued = [run for fact in facts if fact[0] == "queued" for run in fact[1:]]
        root.check(acknowledged=queued, finished=[fact[1] for fact in facts if fact[0] == "finished"])
        assert {fact[0] for fact in facts} >= {"queued", "drawn", "finished"}
