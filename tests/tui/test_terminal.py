"""`hpq tui` in pseudo-terminals, with us at the other end."""

import fcntl
import os
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterator, Mapping

import pytest

from hpq.tui.palette import PALETTES

MONITOR = [sys.executable, "-m", "hpq", "tui"]
TIMEOUT_S = 20.0  # the machine may be busy
GONE_WITHIN_S = 10.0
ALTERNATE_SCREEN_ON, ALTERNATE_SCREEN_OFF = b"\x1b[?1049h", b"\x1b[?1049l"


class Terminal:
    """A pseudo-terminal with the monitor in it; we see the bytes, and answer as a terminal would."""

    def __init__(
        self, hpq, *words: object, prefix: str = "exec", stderr: str = "", **environment: str
    ) -> None:
        self._master, slave = os.openpty()
        self.resize(100, 30)
        # The shell leads a session, so that the first terminal it opens becomes its controlling one.
        script = f'{prefix} "$@" <"$0" >"$0" 2>{stderr or chr(34) + "$0" + chr(34)}'
        command = ["/bin/sh", "-c", script, os.ttyname(slave), *MONITOR, *map(str, words)]
        settings = {"TERM": "xterm-256color", "COLORTERM": "truecolor", **environment}
        variables = {**hpq.environment, **settings}
        self.process = subprocess.Popen(command, cwd=hpq.folder, env=variables, start_new_session=True)
        self.slave = slave  # kept open, so that what was written at the end can still be read
        self.seen = b""

    def resize(self, width: int, height: int) -> None:
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", height, width, 0, 0))

    def read(self, timeout_s: float = 0.05) -> None:
        while select.select([self._master], [], [], timeout_s)[0]:
            self.seen += os.read(self._master, 1 << 16)
            timeout_s = 0

    def send(self, data: bytes) -> None:
        """Press keys, or whatever these bytes are, and forget what was seen before."""
        self.read(0)
        self.seen = b""
        os.write(self._master, data)

    def until(self, *wanted: bytes, answers: Mapping[bytes, bytes] | None = None) -> None:
        """Read until all of this was seen, and answer each question, which is a pattern, once."""
        left = dict(answers or {})
        deadline = time.monotonic() + TIMEOUT_S
        while not all(part in self.seen for part in wanted):
            assert time.monotonic() < deadline, f"no {wanted} in {self.seen[-400:]!r}"
            self.read()
            for question in [question for question in left if re.search(question, self.seen)]:
                os.write(self._master, left.pop(question))

    def wait(self) -> int:
        """Return the exit code, and read what was written at the end."""
        deadline = time.monotonic() + TIMEOUT_S
        while self.process.poll() is None:
            assert time.monotonic() < deadline, f"it goes on: {self.seen[-400:]!r}"
            self.read()
        self.read()
        return self.process.returncode

    def hang_up(self) -> None:
        """Close the terminal's window, or lose the connection."""
        for descriptor in (self.slave, self._master):
            os.close(descriptor)
        self._master = self.slave = -1

    def close(self) -> None:
        if self._master >= 0:
            self.hang_up()
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()


@pytest.fixture
def terminal(hpq) -> Iterator[Callable[..., Terminal]]:
    opened: list[Terminal] = []

    def open_terminal(*words: object, **options: str) -> Terminal:
        opened.append(Terminal(hpq, *words, **options))
        return opened[-1]

    yield open_terminal
    for one in opened:
        one.close()


@pytest.mark.parametrize("prefix", ["exec", "trap '' HUP; exec", "exec setsid -w"])
def test_it_ends_when_the_terminal_is_gone(terminal, full_root, wait_until, prefix, processes) -> None:
    """Whether or not the kernel's SIGHUP reaches it; the kernel sends SIGCONT as well."""
    shown = terminal(prefix=prefix)
    shown.until(b"blog-005")
    pids = [shown.process.pid, processes.child_of(shown.process.pid)]
    shown.hang_up()
    wait_until(lambda: shown.process.poll() is not None, GONE_WITHIN_S)
    wait_until(lambda: not any(processes.is_alive(pid) for pid in pids if pid), GONE_WITHIN_S)


MOUSE_OF_X10 = (
    (b"\x1b[M\x20\xa0\x30",),  # column 128
    (b"\x1b[M\x20\xc5\x30",),  # column 165
    (b"\x1b[M\x20", b"\xa0\x30"),
    (b"\x1b[M\x20\xc5", b"\x30"),
    (b"\x1b[M\x20\xff\xff",),
    (b"\x1b[M\x20\xc5\xb0\x00",),  # column 165, row 144: one letter, which takes the next byte along
)


def test_mouse_reports_in_the_form_of_x10_do_no_harm(terminal, full_root) -> None:
    """From column 96 on they are no text. Keys that come along are keys still."""
    shown = terminal()
    shown.until(b"blog-005")
    for pieces in MOUSE_OF_X10:
        for piece in pieces:
            shown.send(piece)
            shown.read(0.15)  # time enough to be read by itself, most times
        shown.send(pieces[-1] + b"\t")
        shown.until(b"convnet.depth")
        shown.send(b"\t")
        shown.until(b"blog-005")
    shown.send(b"\x03")
    assert shown.wait() == 0


def test_going_on_without_a_stop_starts_no_second_reader(terminal, full_root, wait_until) -> None:
    """As `timeout` sends SIGCONT after SIGTERM, and somebody may send it alone."""
    shown = terminal()
    shown.until(b"blog-005")

    def threads() -> int:
        return len(os.listdir(f"/proc/{shown.process.pid}/task"))

    before = threads()
    shown.send(b"")
    shown.process.send_signal(signal.SIGCONT)
    shown.until(ALTERNATE_SCREEN_ON, b"blog-005")
    wait_until(lambda: threads() == before, TIMEOUT_S)
    shown.process.send_signal(signal.SIGTERM)
    shown.process.send_signal(signal.SIGCONT)
    assert shown.wait() == 143
    assert shown.seen.rfind(ALTERNATE_SCREEN_OFF) > shown.seen.rfind(ALTERNATE_SCREEN_ON)


@pytest.mark.parametrize(
    "environment",
    [
        {"TERM": "dumb", "COLORTERM": ""},
        {"TERM": "xterm", "COLORTERM": ""},
        {"NO_COLOR": "1"},
        {"LANG": "C", "LC_ALL": "C"},
        {"LC_ALL": "POSIX", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0", "PYTHONIOENCODING": "ascii"},
    ],
    ids=lambda environment: ",".join(f"{name}={value}" for name, value in environment.items()),
)
def test_whatever_the_environment_it_draws(terminal, full_root, environment) -> None:
    shown = terminal(**environment)
    shown.until(b"blog-005", "● finished".encode(), "⏎".encode())
    if "NO_COLOR" in environment:
        colours = re.findall(rb"[34]8;2;(\d+);(\d+);(\d+)", shown.seen)
        assert colours
        assert all(red == green == blue for red, green, blue in colours), "greys"
    shown.send(b"\t")
    shown.until(b"convnet.depth")
    shown.send(b"q")
    assert shown.wait() == 0
    assert b"Traceback" not in shown.seen


def test_it_draws_on_the_terminal_when_stderr_goes_elsewhere(hpq, terminal, full_root) -> None:
    shown = terminal(stderr="errors")
    shown.until(b"blog-005", b"quit")
    shown.send(b"q")
    assert shown.wait() == 0
    assert (hpq.folder / "errors").read_bytes() == b""


def test_the_light_theme_is_light(terminal, full_root) -> None:
    shown = terminal("--theme", "light")
    red, green, blue = bytes.fromhex(PALETTES["light"].background.lstrip("#"))
    shown.until(b"blog-005", f"48;2;{red};{green};{blue}".encode())
    shown.send(b"q")
    assert shown.wait() == 0


def test_an_unknown_root_is_told_of_until_it_appears(hpq, terminal) -> None:
    shown = terminal("--root", "later")
    shown.until(b"later", b"quit")
    hpq.write("s.py", "def sample(s):\n    s.int('n', 1, 9)\ndef train(run):\n    pass\n")
    hpq("enqueue", "s.py", "-n", "1", "--root", "later")
    shown.until(b"s-001")
    shown.send(b"q")
    assert shown.wait() == 0


@pytest.mark.parametrize("pipe", ["stdin", "stdout"])
def test_without_a_terminal_it_says_so_in_a_sentence(hpq, full_root, pipe) -> None:
    _, slave = descriptors = os.openpty()
    ends = {"stdin": slave, "stdout": slave, pipe: subprocess.PIPE}
    process = hpq.start("tui", **ends, stderr=subprocess.PIPE)
    out, err = process.communicate(timeout=TIMEOUT_S)
    for descriptor in descriptors:
        os.close(descriptor)
    assert process.returncode == 1
    assert err == "hpq: the monitor needs a terminal; `hpq status` and `hpq ls` print into pipes\n"
    assert not out


# What a terminal is asked, and answers

IS_SIXEL, CELL_SIZE = rb"\x1b\[c", rb"\x1b\[16t"
IS_KITTY = rb"\x1b_Gi=\d+,s=1,v=1,a=q[^\x1b]*\x1b\\"


@pytest.mark.parametrize(
    ("attributes", "kitty", "shown_as"),
    [
        (b"\x1b[?62;4;22c", b"", rb"\x1bP0;0;0q\"1;1;1000;\d+#"),
        (b"\x1b[?62;c", b"\x1b_Gi=1;OK\x1b\\", rb"\x1b_Ga=p,i=\d+,c=100,r=\d+,U=1"),
        (b"\x1b[?62;22c", b"", rb"this terminal shows no images"),
    ],
    ids=["sixel", "kitty", "neither"],
)
def test_the_picture_is_shown_as_the_terminal_can(terminal, full_root, attributes, kitty, shown_as) -> None:
    pytest.importorskip("textual_image")
    shown = terminal()
    shown.until(b"blog-005")
    shown.send(b"P")
    answers = {IS_SIXEL: attributes, IS_KITTY: kitty, CELL_SIZE: b"\x1b[6;20;10t"}
    shown.until(ALTERNATE_SCREEN_OFF, ALTERNATE_SCREEN_ON, answers=answers)
    deadline = time.monotonic() + TIMEOUT_S
    while not re.search(shown_as, shown.seen):
        assert time.monotonic() < deadline, shown.seen[-400:]
        shown.read()
    shown.send(b"q" if b"no images" in shown.seen else b"Pq")
    assert shown.wait() == 0
