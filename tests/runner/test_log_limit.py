"""A log that outgrows its limit is begun anew, and its readers cope."""

import errno
import os
import subprocess
from pathlib import Path

import pytest

from hpq.queue.paths import AttemptPaths
from hpq.runner import log_limit
from hpq.runner.log_limit import LogLimit, cut
from hpq.tui.log_tail import LogTail

BURSTS, LINES = 4, 3000
CHATTY = f"""
import os, time
def sample(s):
    s.int("n", 1, 9)
def train(run):
    run.log(1, loss=1.0)
    for burst in range({BURSTS}):
        numbers = range(burst * {LINES}, (burst + 1) * {LINES})
        os.write(1, "".join(f"line {{number}}\\n" for number in numbers).encode())
        while not (run.dir / f"go on {{burst}}").exists():
            time.sleep(0.01)
    print("the end")
"""


@pytest.fixture
def paths(tmp_path: Path) -> AttemptPaths:
    return AttemptPaths(tmp_path)


@pytest.fixture
def printer(paths: AttemptPaths):
    """What appends to a log as a training process does."""
    with open(paths.log, "ab", buffering=0) as file:
        yield file


def test_the_part_before_is_kept_and_printing_goes_on_at_the_start(paths: AttemptPaths, printer) -> None:
    printer.write(b"one\n")
    cut(paths, 10)
    printer.write(b"two\n")
    assert (paths.earlier_log.read_bytes(), paths.log.read_bytes()) == (b"one\n", b"two\n")
    cut(paths, 10)
    assert (paths.earlier_log.read_bytes(), paths.log.read_bytes()) == (b"two\n", b"")
    assert sorted(os.listdir(paths.folder)) == ["log.1.txt", "log.txt"]


def test_of_a_log_far_beyond_the_limit_the_end_is_kept(paths: AttemptPaths, printer) -> None:
    printer.write(bytes(1000) + b"end")
    cut(paths, 100)
    assert paths.earlier_log.read_bytes() == bytes(97) + b"end"


def test_where_the_kernel_cannot_copy_it_is_copied_all_the_same(
    paths: AttemptPaths, printer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> int:
        raise OSError(errno.EXDEV, "no")

    monkeypatch.setattr(os, "copy_file_range", refuse)
    data = os.urandom(300_000)
    printer.write(data)
    cut(paths, 200_000)
    assert paths.earlier_log.read_bytes() == data


def test_where_nothing_can_be_kept_the_log_is_emptied_and_says_so(
    paths: AttemptPaths, printer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(log_limit, "_copy", refuse)
    printer.write(bytes(100))
    cut(paths, 50)
    assert (
        paths.log.read_text()
        == "hpq: this log outgrew 50 B, and what it held is lost: No space left on device\n"
    )
    assert os.listdir(paths.folder) == ["log.txt"]


def test_only_a_log_beyond_its_limit_is_cut(paths: AttemptPaths, wait_until) -> None:
    limit = LogLimit(paths)
    limit.keep(10)
    paths.log.write_bytes(bytes(10))
    limit.keep(10)
    limit.keep(0)
    assert limit._thread is None
    paths.log.write_bytes(bytes(11))
    limit.keep(10)
    wait_until(lambda: paths.log.stat().st_size == 0)
    assert paths.earlier_log.stat().st_size == 11


def test_a_log_that_cannot_be_cut_is_tried_once(paths: AttemptPaths, monkeypatch, wait_until) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError

    monkeypatch.setattr(log_limit, "cut", refuse)
    paths.log.write_bytes(bytes(11))
    limit = LogLimit(paths)
    limit.keep(10)
    wait_until(lambda: limit._is_broken)
    first = limit._thread
    first.join()
    limit.keep(10)
    assert limit._thread is first


def test_the_monitor_reads_a_log_anew_that_was_begun_anew(paths: AttemptPaths, printer) -> None:
    tail = LogTail(paths.log)
    printer.write(b"one\ntwo\n")
    tail.look()
    cut(paths, 1)
    assert tail.look()
    assert tail.lines == []
    printer.write(b"three\n")
    assert tail.look()
    assert tail.lines == [b"three"]


@pytest.fixture
def start(hpq):
    """Start commands, and kill those that live still when a test failed."""
    started = []

    def start(*words: str, **options: object) -> subprocess.Popen[str]:
        started.append(hpq.start(*words, **options))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.wait()


@pytest.mark.parametrize("value", ["0", "256MiB", "1G"])
def test_a_limit_may_be_none(hpq, value: str) -> None:
    hpq.write("quiet.py", "def sample(s):\n    s.int('n', 1, 9)\ndef train(run):\n    run.log(1, loss=1)\n")
    hpq("enqueue", "quiet.py", "-n", "1")
    hpq("run", "--workers", "1", "--log-limit", value)


@pytest.mark.parametrize("value", ["lots", "-1", "0MiB", ""])
def test_a_limit_that_is_none_of_these_is_refused(hpq, value: str) -> None:
    assert "--log-limit" in hpq("run", "--workers", "1", f"--log-limit={value}", code=2)


def test_a_chatty_run_keeps_to_its_limit_and_its_log_is_followed(hpq, start, wait_until) -> None:
    hpq.write("chatty.py", CHATTY)
    hpq("enqueue", "chatty.py", "-n", "1")
    runner = start(
        "run", "--workers", "1", "--time-limit", "90s", "--log-limit", "20KiB", stdout=subprocess.DEVNULL
    )
    attempt = AttemptPaths(hpq.root / "chatty-001" / "1")
    wait_until(attempt.log.exists)
    followed = hpq.folder / "followed"
    with open(followed, "wb") as file:
        follower = start("logs", "-f", "chatty-001", stdout=file)
    for burst in range(BURSTS):
        last = f"line {(burst + 1) * LINES - 1}\n".encode()
        wait_until(lambda last=last: last in followed.read_bytes())
        wait_until(lambda: attempt.log.stat().st_size == 0)
        assert last in attempt.earlier_log.read_bytes()
        (attempt.folder / f"go on {burst}").touch()
    assert runner.wait(30) == 0
    assert follower.wait(30) == 0
    assert followed.read_text().splitlines() == [f"line {n}" for n in range(BURSTS * LINES)] + ["the end"]
    assert attempt.log.stat().st_size + attempt.earlier_log.stat().st_size < 60 << 10
    whole = hpq("logs", "chatty-001")
    assert whole.encode() == attempt.earlier_log.read_bytes() + attempt.log.read_bytes()
    assert hpq("logs", "-n", "5", "chatty-001").splitlines() == whole.splitlines()[-5:]
    assert hpq("logs", "-n", "1", "chatty-001") == "the end\n"
    assert hpq("logs", "-n", "0", "chatty-001") == ""
