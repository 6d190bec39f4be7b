"""`hpq tui` in real terminals: in tmux, and in pseudo-terminals with us at the other end."""

import fcntl
import os
import re
import select
import shlex
import shutil
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from hpq.tui.palette import PALETTES

MONITOR = [sys.executable, "-m", "hpq", "tui"]
TIMEOUT_S = 20.0  # the machine may be busy
GONE_WITHIN_S = 10.0
ALTERNATE_SCREEN_ON, ALTERNATE_SCREEN_OFF = b"\x1b[?1049h", b"\x1b[?1049l"


def child_of(pid: int) -> int | None:
    """Return the first child of a process."""
    words = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return int(words[0]) if words else None


def is_alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


class Tmux:
    """A shell in a terminal of tmux, on a server of its own."""

    def __init__(self, hpq, size: tuple[int, int] = (100, 30)) -> None:
        self._command = ["tmux", "-u", "-f", "/dev/null", "-S", str(hpq.folder / "t")]
        self._environment = {**hpq.environment, "PS1": "$ ", "LC_ALL": "C.UTF-8"}
        self._environment.pop("TMUX", None)
        width, height = map(str, size)
        self("new-session", "-d", "-c", str(hpq.folder), "-x", width, "-y", height, "/bin/sh")
        self.shell_pid = int(self("display", "-p", "#{pane_pid}"))

    def __call__(self, *words: str) -> str:
        command = [*self._command, *words]
        done = subprocess.run(
            command, env=self._environment, capture_output=True, text=True, timeout=TIMEOUT_S
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    @property
    def text(self) -> str:
        """What stands on the screen."""
        return self("capture-pane", "-p")

    @property
    def flags(self) -> str:
        """Whether the alternate screen is on, the cursor is shown, and the mouse is reported."""
        return self("display", "-p", "#{alternate_on} #{cursor_flag} #{mouse_any_flag}").strip()

    def press(self, *keys: str) -> None:
        self("send-keys", *keys)

    def run(self, *command: str) -> None:
        self("send-keys", "-l", shlex.join(command) + '; echo "ended $?"')
        self("send-keys", "Enter")

    def resize(self, width: int, height: int) -> None:
        self("resize-window", "-x", str(width), "-y", str(height))

    def until(self, *wanted: str, without: str = "\0") -> str:
        """Return the screen as soon as it shows all of this."""
        deadline = time.monotonic() + TIMEOUT_S
        while True:
            text = self.text
            if all(part in text for part in wanted) and without not in text:
                return text
            assert time.monotonic() < deadline, f"no {wanted}, or still {without!r}:\n{text}"
            time.sleep(0.03)

    def close(self) -> None:
        subprocess.run([*self._command, "kill-server"], env=self._environment, capture_output=True)


@pytest.fixture
def tmux(hpq) -> Iterator[Tmux]:
    if shutil.which("tmux") is None:
        pytest.skip("tmux is not installed, so nothing was tried in it")
    tmux = Tmux(hpq)
    yield tmux
    tmux.close()


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


# In tmux


def test_keys_and_sizes(tmux, full_root) -> None:
    tmux.run(*MONITOR)
    first = tmux.until("blog-005", "1 finished", "q quit")
    assert tmux.flags == "1 0 1"
    tmux.press("j", "Tab")
    tmux.until("convnet.depth", "blog-002", without="blog-005")  # the plots, with the second run in them
    tmux.press("Tab", "/")
    tmux.until("state:crashed")
    tmux.press("-l", "state:crashed")
    tmux.until("blog-003", without="blog-001  ")
    tmux.press("Escape")
    tmux.until("blog-001  ", without="state:")
    tmux.press("g", "Enter")
    tmux.until("done", "epoch 2")  # its log
    tmux.press("Escape")
    tmux.until("blog-005", without="epoch 2")
    tmux.press("?")
    tmux.until("What the glyphs mean")
    tmux.press("Escape")
    tmux.until("blog-005", without="glyphs")
    for width, height in ((200, 60), (60, 15), (40, 10), (100, 30)):
        tmux.resize(width, height)
        assert_fits(tmux, width, height)
    text = tmux.until("q quit", first.splitlines()[0].strip())
    assert [line[:20] for line in text.splitlines()] == [line[:20] for line in first.splitlines()]


def assert_fits(tmux: Tmux, width: int, height: int) -> None:
    """Check that the header is on the first line, the keys are on the last, and no remains are between."""
    if width < 60:
        text = tmux.until(f"this is {width}×{height}", "q quits")
        assert "blog" not in text
        return
    deadline = time.monotonic() + TIMEOUT_S
    while True:
        lines = tmux.text.splitlines()
        is_drawn = len(lines) == height and lines[0].startswith(" hpq ") and lines[-1].endswith("q quit")
        ids = re.findall(r"^  (blog-\d+)", "\n".join(lines), re.MULTILINE)
        if is_drawn and sorted(ids) == [f"blog-00{number}" for number in range(1, 6)]:
            assert sum("q quit" in line for line in lines) == 1
            return
        assert time.monotonic() < deadline, "\n".join(lines)
        time.sleep(0.03)


@pytest.mark.parametrize(
    ("how", "code"), [("q", 0), ("C-c", 0), (signal.SIGTERM, 143), (signal.SIGHUP, 129), (signal.SIGINT, 0)]
)
def test_every_end_leaves_the_terminal_as_it_was(tmux, full_root, how, code) -> None:
    tmux.run("echo", "before")
    tmux.until("ended 0")
    tmux.press("clear; echo before", "Enter")
    tmux.run(*MONITOR)
    tmux.until("blog-005", "q quit")
    if isinstance(how, signal.Signals):
        os.kill(child_of(tmux.shell_pid), how)
    else:
        tmux.press(how)
    text = tmux.until(f"ended {code}")
    assert "before" in text
    assert "blog-" not in text
    assert "Traceback" not in text
    assert tmux.flags == "0 1 0"
    tmux.press("clear; stty -a", "Enter")
    settings = tmux.until("icrnl", "icanon", "echoke").split()
    assert {"echo", "icanon", "isig", "icrnl", "ixon"} <= set(settings)


def has_help(tmux: Tmux) -> bool:
    """Press the key for help, which is lost where it comes before the monitor is back, and wait a moment."""
    tmux.press("?")
    deadline = time.monotonic() + 2
    while "What the glyphs mean" not in tmux.text:
        if time.monotonic() > deadline:
            return False
        time.sleep(0.03)
    return True


def test_a_stopped_monitor_comes_back_whole(tmux, full_root, wait_until) -> None:
    tmux.run(*MONITOR)
    tmux.until("blog-005", "q quit")
    pid = child_of(tmux.shell_pid)
    for number in (signal.SIGTSTP, signal.SIGSTOP):
        os.kill(pid, number)
        tmux.until("Stopped")  # as the shell says
        if number == signal.SIGTSTP:
            assert tmux.flags == "0 1 0"
        tmux.press("clear", "C-j")  # not Enter, which a terminal left raw does not turn into a line's end
        tmux.until(without="blog-")
        tmux.press("fg", "C-j")
        assert_fits(tmux, 100, 30)
        wait_until(lambda: has_help(tmux), TIMEOUT_S)
        assert tmux.flags == "1 0 1"
        tmux.press("Escape")
        tmux.until("blog-005", without="glyphs")
    tmux.press("q")
    tmux.until("hpq tui", without="blog-")
    assert tmux.flags == "0 1 0"


def test_it_ends_with_its_tmux_session(tmux, full_root, wait_until) -> None:
    tmux.run(*MONITOR)
    tmux.until("blog-005")
    pid = child_of(tmux.shell_pid)
    tmux("kill-session")
    wait_until(lambda: not is_alive(pid), GONE_WITHIN_S)


SLOW = """
import time
def sample(s):
    s.int("n", 1, 9)
def train(run):
    for step in range(100000):
        run.log(step, loss=1.0 / (step + 1))
        if run.should_stop:
            return
        time.sleep(0.01)
"""


def test_a_run_is_stopped_and_queued_again_while_a_runner_trains_it(hpq, tmux, wait_until) -> None:
    hpq.write("slow.py", SLOW)
    hpq("enqueue", "slow.py", "-n", "1")
    with open(hpq.folder / "printed", "w") as printed:
        runner = hpq.start("run", "--workers", "1", stdout=printed, stderr=printed)
    try:
        wait_until(lambda: (hpq.root / "slow-001" / "1" / "metrics.jsonl").exists())
        tmux.run(*MONITOR)
        tmux.until("slow-001", "○ running")
        tmux.press("x")
        tmux.until("Stop 1 run that trains (slow-001)?")
        tmux.press("y")
        tmux.until("1 run asked to stop", "◐ unfinished")
        assert runner.wait(TIMEOUT_S) == 0  # nothing is left to do
        tmux.press("r")
        tmux.until("Queue 1 run again (slow-001)?")
        tmux.press("y")
        tmux.until("1 run queued again", "· queued")
        with open(hpq.folder / "printed", "a") as printed:
            runner = hpq.start("run", "--workers", "1", stdout=printed, stderr=printed)
        wait_until(lambda: (hpq.root / "slow-001" / "2" / "metrics.jsonl").exists())
        tmux.until("○ running")
        assert hpq.ls()["slow-001"]["attempt"] == 2
        tmux.press("x")
        tmux.until("Stop 1 run")
        tmux.press("y")
        tmux.until("◐ unfinished")
    finally:
        runner.terminate()
        assert runner.wait(TIMEOUT_S) in (0, 143)


# In a pseudo-terminal


@pytest.mark.parametrize("prefix", ["exec", "trap '' HUP; exec", "exec setsid -w"])
def test_it_ends_when_the_terminal_is_gone(terminal, full_root, wait_until, prefix) -> None:
    """Whether or not the kernel's SIGHUP reaches it; the kernel sends SIGCONT as well."""
    shown = terminal(prefix=prefix)
    shown.until(b"blog-005")
    pids = [shown.process.pid, child_of(shown.process.pid)]
    shown.hang_up()
    wait_until(lambda: shown.process.poll() is not None, GONE_WITHIN_S)
    wait_until(lambda: not any(is_alive(pid) for pid in pids if pid), GONE_WITHIN_S)


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
