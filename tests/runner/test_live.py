"""The live view in a real terminal, and a terminal that goes away."""

import os
import pty
import re
import signal
import sys
import termios

SEARCH = """
import time
def sample(s):
    s.choice("way", ["good", "[/bold]", "bad"])
def train(run):
    if run.params["way"] == "bad":
        raise ValueError("[/red] bad")
    for step in range(25):
        run.log(step, loss=1.0 / (step + 1))
        time.sleep(0.05)
"""


def start_in_terminal(hpq, *words: str) -> tuple[int, int]:
    """Start a command as the leader of a new terminal; return its pid and our end of the terminal."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(hpq.folder)
        os.execve(
            sys.executable,
            [sys.executable, "-m", "hpq", *words],
            {**hpq.environment, "TERM": "xterm-256color"},
        )
    return pid, terminal


def read_all(terminal: int) -> str:
    seen = b""
    while True:
        try:
            data = os.read(terminal, 65536)
        except OSError:
            data = b""
        if not data:
            return seen.decode()
        seen += data


def exit_code(pid: int) -> int:
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def test_progress_slots_and_ends_are_shown_and_the_terminal_is_left_sane(hpq) -> None:
    hpq.write("search.py", SEARCH)
    hpq("enqueue", "search.py", "--sampler", "grid")
    pid, terminal = start_in_terminal(hpq, "run", "--workers", "2")
    modes = termios.tcgetattr(terminal)
    shown = read_all(terminal)
    os.close(terminal)
    assert exit_code(pid) == 0
    text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", shown)
    assert re.search(r"cpu0 +search-00\d +step \d+ +loss", text)
    assert "3/3" in text
    assert "crashed after 0 s: ValueError: [/red] bad" in text
    assert shown.count("\x1b[?25l") == shown.count("\x1b[?25h") > 0  # the cursor is shown again
    assert modes[3] & termios.ECHO


def test_a_terminal_that_goes_away_ends_nothing_that_trains(hpq, wait_until) -> None:
    hpq.write("search.py", SEARCH)
    hpq("enqueue", "search.py", "-n", "6", "--set", "way=good")
    pid, terminal = start_in_terminal(hpq, "run", "--workers", "2")
    seen = b""
    while b"search-001" not in seen or b"step" not in seen:
        seen += os.read(terminal, 65536)
    os.close(terminal)  # hangs up, and writing fails from now on
    assert exit_code(pid) == 128 + signal.SIGHUP
    states = [run["state"] for run in hpq.ls().values()]
    assert states[:2] == ["finished", "finished"]
    assert states[4:] == ["queued", "queued"]
