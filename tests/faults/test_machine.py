"""Full disks, read-only roots, roots that vanish: one clear sentence, and nothing is lost."""

import json
import os
import resource
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

SEARCH = """
import time
def sample(s):
    s.int("n", 1, 9)
def train(run):
    for step in range(5):
        run.log(step, loss=1.0)
        time.sleep(0.01)
"""


@pytest.fixture
def small_disk(tmp_path: Path):
    """A file system of 256 KiB; the kernel gives it to root alone."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", folder], capture_output=True, check=False
    )
    if mount.returncode != 0:
        pytest.skip("a small file system can be mounted only by root")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


def fill(folder: Path, leave: int = 0) -> Path:
    """Fill a file system but for some bytes; return the file that fills it."""
    ballast = folder / "ballast"
    with open(ballast, "wb", buffering=0) as file:
        try:
            while True:
                file.write(b"x" * 4096)
        except OSError:
            pass
        if leave:
            file.truncate(max(0, file.tell() - leave))
    return ballast


def test_an_enqueue_onto_a_full_disk_queues_nothing_and_says_so(hpq, small_disk) -> None:
    hpq.write("search.py", SEARCH)
    hpq.root = small_disk / "runs"
    hpq("enqueue", "search.py", "-n", "2", "--root", hpq.root)
    ballast = fill(small_disk)
    told = hpq("enqueue", "search.py", "-n", "500", "--root", hpq.root, code=1)
    assert told.startswith("hpq: ")
    assert "No space left on device" in told
    assert len(told.splitlines()) == 1
    ballast.unlink()
    assert "search-003 to search-502" in hpq("enqueue", "search.py", "-n", "500", "--root", hpq.root)
    leftovers = [name for name in os.listdir(hpq.root / ".queue" / "batches") if name.startswith(".")]
    assert leftovers == []


def test_a_runner_on_a_full_disk_stops_taking_runs_and_loses_none(hpq, small_disk) -> None:
    hpq.write("search.py", SEARCH)
    root = small_disk / "runs"
    hpq("enqueue", "search.py", "-n", "3", "--root", root)
    ballast = fill(small_disk)
    told = hpq("run", "--workers", "1", "--root", root, code=1)
    assert "No space left on device" in told
    ballast.unlink()
    hpq("run", "--workers", "1", "--root", root)
    runs = json.loads(hpq("ls", "--json", "--root", root))
    assert [run["state"] for run in runs] == ["finished"] * 3


def test_a_root_on_a_read_only_file_system_can_be_read_and_says_so_when_written(hpq, small_disk) -> None:
    hpq.write("search.py", SEARCH)
    root = small_disk / "runs"
    hpq("enqueue", "search.py", "-n", "1", "--root", root)
    subprocess.run(["mount", "-o", "remount,ro", small_disk], check=True)
    assert [run["state"] for run in json.loads(hpq("ls", "--json", "--root", root))] == ["queued"]
    for words in (["enqueue", "search.py"], ["run", "--workers", "1"], ["cancel", "search"]):
        told = hpq(*words, "--root", root, code=1)
        assert "Read-only file system" in told, told
        assert len(told.strip().splitlines()) == 1


def test_a_file_that_may_not_grow_leaves_no_half_of_a_batch(hpq) -> None:
    hpq.write("search.py", SEARCH)
    hpq("enqueue", "search.py", "-n", "1")
    code = (
        "import resource, signal; from hpq.cli import main; signal.signal(signal.SIGXFSZ, signal.SIG_IGN);"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (2048, 2048)); main(['enqueue', 'search.py', '-n', '900'])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=hpq.folder, env=hpq.environment, capture_output=True, text=True
    )
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "File too large" in done.stderr
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] == resource.RLIM_INFINITY
    assert list(hpq.ls()) == ["search-001"]


def test_a_root_deleted_under_a_runner_ends_it_with_a_sentence(hpq, wait_until) -> None:
    hpq.write("search.py", SEARCH.replace("0.01", "0.3"))
    hpq("enqueue", "search.py", "-n", "20")
    runner = hpq.start("run", "--workers", "1", stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    wait_until(lambda: any(run["state"] == "running" for run in hpq.ls().values()))
    shutil.rmtree(hpq.root, ignore_errors=True)
    shutil.rmtree(hpq.root, ignore_errors=True)
    out, err = runner.communicate(timeout=60)
    assert "Traceback" not in err, err
    assert runner.returncode == 1, (out, err)
    assert err.startswith("hpq: ")


MEASURED = """
import resource, sys
from hpq.cli import main
resource.setrlimit(resource.RLIMIT_DATA, (512 << 20, 512 << 20))
main(sys.argv[1:])
"""


@pytest.fixture
def crashed(hpq):
    """A run that failed, and the path of its log."""
    hpq.write("search.py", SEARCH.replace("time.sleep(0.01)", "raise ValueError('no')"))
    hpq("enqueue", "search.py", "-n", "1")
    hpq("run", "--workers", "1")
    return hpq.root / "search-001" / "1" / "log.txt"


def told(hpq, *words: str) -> str:
    """Return what a command prints that may use 512 MiB and ten seconds."""
    done = subprocess.run(
        [sys.executable, "-c", MEASURED, *words],
        cwd=hpq.folder,
        env=hpq.environment,
        capture_output=True,
        text=True,
        timeout=10,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def test_the_end_of_ten_gigabytes_of_log_is_shown_with_little_memory(hpq, crashed: Path) -> None:
    tail = crashed.read_bytes()
    with open(crashed, "r+b") as log:
        log.seek(10 << 30)  # of zeros, which take no place on the disk
        log.write(b"\n" + tail)
    lines = tail.decode().splitlines(keepends=True)
    assert told(hpq, "logs", "-n", "3", "search-001") == "".join(lines[-3:])
    assert "ValueError: no" in told(hpq, "show", "search-001")
    assert json.loads(told(hpq, "show", "--json", "search-001"))["state"] == "unfinished"


def test_the_last_lines_of_a_progress_bar_are_found_at_once(hpq, crashed: Path) -> None:
    bar = b"".join(b"%d%%\r" % (step % 100) for step in range(10_000_000))
    crashed.write_bytes(b"first\n" + bar + b"\nlast\r\n")
    assert told(hpq, "logs", "-n", "1", "search-001") == "last\n"
    assert told(hpq, "logs", "-n", "3", "search-001").split() == ["98%", "99%", "last"]


def test_a_heartbeat_that_cannot_be_written_ends_no_run(hpq) -> None:
    spoil = "(run.dir / 'heartbeat').unlink(); (run.dir / 'heartbeat').mkdir()\n    for step"
    hpq.write("search.py", SEARCH.replace("for step", spoil))
    hpq("enqueue", "search.py", "-n", "1")
    hpq("run", "--workers", "1")
    (run,) = hpq.ls().values()
    assert (run["state"], run["step"]) == ("finished", 4)
    assert hpq("logs", "search-001").count("the heartbeat cannot be written") == 1


LEAKS = """
import os, resource
def sample(s):
    s.int("n", 1, 9)
def train(run):
    run.log(1, loss=1.0)
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
    leaked = [os.open(os.devnull, os.O_RDONLY) for _ in range(100)]
"""


def test_a_run_that_used_all_its_descriptors_says_so_in_its_result(hpq) -> None:
    hpq.write("search.py", LEAKS)
    hpq("enqueue", "search.py", "-n", "1")
    hpq("run", "--workers", "1")
    (run,) = hpq.ls().values()
    assert run["state"] == "unfinished"
    assert run["reason"].startswith("OSError: [Errno 24] Too many open files")
