"""`hpq tui` in tmux: keys, sizes, every way to end, and a run that is stopped while it trains."""

import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

MONITOR = [sys.executable, "-m", "hpq", "tui"]
TIMEOUT_S = 20.0  # the machine may be busy
GONE_WITHIN_S = 10.0


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
def test_every_end_leaves_the_terminal_as_it_was(tmux, full_root, how, code, processes) -> None:
    tmux.run("echo", "before")
    tmux.until("ended 0")
    tmux.press("clear; echo before", "Enter")
    tmux.run(*MONITOR)
    tmux.until("blog-005", "q quit")
    if isinstance(how, signal.Signals):
        os.kill(processes.child_of(tmux.shell_pid), how)
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


def test_a_stopped_monitor_comes_back_whole(tmux, full_root, wait_until, processes) -> None:
    tmux.run(*MONITOR)
    tmux.until("blog-005", "q quit")
    pid = processes.child_of(tmux.shell_pid)
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


def test_it_ends_with_its_tmux_session(tmux, full_root, wait_until, processes) -> None:
    tmux.run(*MONITOR)
    tmux.until("blog-005")
    pid = processes.child_of(tmux.shell_pid)
    tmux("kill-session")
    wait_until(lambda: not processes.is_alive(pid), GONE_WITHIN_S)


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
