"""The end of a log, read as it grows."""

import os
from pathlib import Path

import pytest

from hpq.tui.log_tail import LogTail


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "log.txt"


def append(path: Path, data: bytes) -> None:
    with open(path, "ab") as file:
        file.write(data)


def test_a_log_that_is_not_there_has_no_lines(path: Path) -> None:
    tail = LogTail(path)
    assert not tail.look()
    assert (tail.lines, tail.rest, tail.is_there) == ([], b"", False)


def test_what_was_appended_is_added(path: Path) -> None:
    tail = LogTail(path)
    append(path, b"one\ntw")
    assert tail.look()
    assert (tail.lines, tail.rest) == ([b"one"], b"tw")
    append(path, b"o\nthree")
    assert tail.look()
    assert (tail.lines, tail.rest) == ([b"one", b"two"], b"three")
    assert not tail.look()


def test_a_log_that_shrank_was_replaced_or_went_is_read_anew(path: Path, tmp_path: Path) -> None:
    tail = LogTail(path)
    append(path, b"one\ntwo\n")
    tail.look()
    path.write_bytes(b"new\n")
    assert tail.look()
    assert tail.lines == [b"new"]
    (tmp_path / "other").write_bytes(b"another\nlog\n")
    os.replace(tmp_path / "other", path)
    assert tail.look()
    assert tail.lines == [b"another", b"log"]
    path.unlink()
    assert tail.look()
    assert tail.lines == []
    assert not tail.look()


def test_a_progress_bar_is_its_last_state(path: Path) -> None:
    tail = LogTail(path)
    append(path, b"start\n\r 1%\r 2%\r")
    tail.look()
    assert tail.rest == b" 2%"
    append(path, b" 3%\r")
    tail.look()
    assert tail.rest == b" 3%"
    append(path, b"done\r\nwindows\r\n")
    tail.look()
    assert tail.lines == [b"start", b"done", b"windows"]


def test_a_progress_bar_of_a_million_states_takes_no_memory(path: Path) -> None:
    tail = LogTail(path)
    for _ in range(5):
        append(path, b"".join(b"\r%6d" % state for state in range(100_000)))
        tail.look()
        assert tail.rest.strip() == b"99999"
        assert len(tail._rest) < 10


def test_of_a_huge_log_only_its_end_is_read(path: Path) -> None:
    with open(path, "wb") as file:
        file.seek(10 << 30)  # a hole, which takes no disk
        file.write(b"\n".join(b"line %d" % line for line in range(1000)) + b"\n")
    tail = LogTail(path)
    tail.look()
    assert tail.lines[-1] == b"line 999"
    assert tail.skipped_bytes > 9 << 30


def test_a_log_that_grows_by_more_than_is_read_at_once_is_read_from_its_end(path: Path) -> None:
    tail = LogTail(path)
    append(path, b"first\n")
    tail.look()
    append(path, b"x" * 99 + b"\n")
    append(path, (b"y" * 99 + b"\n") * 20_000)
    tail.look()
    assert set(tail.lines) == {b"y" * 99}
    assert tail.skipped_bytes > 0


def test_old_lines_are_forgotten_and_numbers_go_on(path: Path) -> None:
    tail = LogTail(path)
    for turn in range(10):
        append(
            path, b"".join(b"%07d " % (turn * 10_000 + line) + b"x" * 80 + b"\n" for line in range(10_000))
        )
        tail.look()
    assert tail.first > 0
    assert tail.begun == 1
    assert int(tail.lines[0][:7]) == tail.first
    assert tail.first + len(tail.lines) == 100_000
    assert tail.skipped_bytes == tail.first * 89
    assert sum(map(len, tail.lines)) < 5 << 20


def test_a_line_of_ten_megabytes_is_cropped_and_says_so(path: Path) -> None:
    tail = LogTail(path)
    for _ in range(20):
        append(path, b"x" * (1 << 19))
        tail.look()
    append(path, b"\nafter\n")
    tail.look()
    assert len(tail.lines[0]) < 10_000
    assert b"9.996 MiB more in this line" in tail.lines[0]
    assert tail.lines[1] == b"after"


def test_colours_that_stay_on_are_carried_to_the_next_lines(path: Path) -> None:
    tail = LogTail(path)
    append(path, b"\x1b[31mred\nstill red\n\x1b[0mplain\nplain\n")
    tail.look()
    assert tail.lines == [b"\x1b[31mred", b"\x1b[31mstill red", b"\x1b[31m\x1b[0mplain", b"plain"]


def test_colours_that_are_never_taken_off_stay_short(path: Path) -> None:
    tail = LogTail(path)
    append(path, b"".join(b"\x1b[38;5;%dmx\n" % (line % 256) for line in range(1000)))
    tail.look()
    assert max(map(len, tail.lines)) < 300
    assert all(line.startswith(b"\x1b[38;5;") for line in tail.lines)
