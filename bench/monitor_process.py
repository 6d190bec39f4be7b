"""The monitor as a process in a terminal: its start, its share of a core, its memory."""

import re
import sys
import time
from functools import cache
from pathlib import Path

from costs import process_cpu_ms, tell, tell_figure
from roots import build, live, train
from terminal import Terminal

STARTS, FIRST_RUNS = 9, 1_000
RUNS, ENDED, LIVE = 10_000, 9_000, 4
PAINT_BUDGET_MS, IDLE_BUDGET, MEMORY_BUDGET_MIB = 350.0, 1.0, 90.0
WATCHED_S, SETTLED_S = 40, 5
PATIENCE_S = 30.0
FLOOR = [sys.executable, "-c", "import textual.app, numpy"]


def monitor(root: Path) -> Terminal:
    return Terminal([sys.executable, "-m", "hpq", "tui", "--root", str(root)], root.parent)


def is_painted(written: bytes) -> bool:
    """Tell whether plots and rows of runs are there: the header alone names one run, the best."""
    return len(set(re.findall(rb"blog-\d+", written))) > 9 and "┤".encode() in written


def wait_until_painted(terminal: Terminal) -> None:
    if not terminal.read_for(PATIENCE_S, is_painted):
        raise SystemExit(f"the monitor showed no runs within {PATIENCE_S:g} s")


def measure_paint(folder: Path) -> None:
    """Measure starts, from the process to the first screen with runs on it."""
    root = build(folder / "paint", FIRST_RUNS, FIRST_RUNS).folder
    starts: list[float] = []
    floors: list[float] = []
    for _ in range(STARTS + 1):  # the first warms the disk cache and compiles
        with monitor(root) as terminal:
            wait_until_painted(terminal)
            starts.append(1000 * terminal.cpu_s())
        floors.append(process_cpu_ms(FLOOR, folder))
    tell(f"first paint with {FIRST_RUNS:,} runs", starts[1:], PAINT_BUDGET_MS)
    tell("  its floor, python -c 'import textual.app, numpy'", floors[1:])


@cache
def watched(folder: Path, alive: int) -> tuple[float, float]:
    """Return the share of a core in per cent, and the memory in MiB after as long as that took."""
    paths = build(folder / f"idle-{alive}", RUNS, ENDED)
    numbers = range(ENDED + 1, ENDED + 1 + alive)
    live(paths, numbers)
    with monitor(paths.folder) as terminal:
        wait_until_painted(terminal)
        for step in range(2, SETTLED_S + WATCHED_S + 2):
            if step == SETTLED_S + 2:
                began_s, cpu_s = time.monotonic(), terminal.cpu_s()
            train(paths, numbers, step)
            terminal.read_for(1.0)
        share = (terminal.cpu_s() - cpu_s) / (time.monotonic() - began_s)
        return 100 * share, terminal.resident_mib()


def measure_idle(folder: Path) -> None:
    for alive in (LIVE, 0):
        share, _ = watched(folder, alive)
        what = f"watching {RUNS:,} runs for {WATCHED_S} s, {alive or 'none'} of them live"
        tell_figure(what, share, "% of a core", IDLE_BUDGET)


def measure_memory(folder: Path) -> None:
    for alive in (LIVE, 0):
        _, memory_mib = watched(folder, alive)
        what = f"memory after that, {alive or 'none'} live"
        tell_figure(what, memory_mib, "MiB resident", MEMORY_BUDGET_MIB)
