"""What commands cost as processes: queueing from the command line, and telling what became of 10,000 runs."""

import os
import shutil
import statistics
import sys
import time
from pathlib import Path

from costs import process_cpu_ms, tell
from queue_table import tell_ratio
from roots import build

ROUNDS = 11
ENQUEUE_BUDGETS = {1: 4.0, 50: 6.0}  # runs queued, and how many times `python -c pass` that may cost
ENDED, FIRST_ROUNDS = 10_000, 5
FIRST_BUDGET_MS, AGAIN_BUDGET_MS = 300.0, 60.0
_BELIEVED_AFTER_S = 3.0  # a folder's time of change is believed once it is two seconds old
HPQ = str(Path(sys.executable).parent / "hpq")


def measure_enqueue(folder: Path) -> None:
    """Measure `hpq enqueue` beside bare Python in the same run."""
    folder = _make(folder / "enqueue")
    commands = {
        "python -c pass": [sys.executable, "-c", "pass"],
        "python -c 'import filelock'": [sys.executable, "-c", "import filelock"],
        **{f"hpq enqueue -n {count}": [HPQ, "enqueue", "-n", str(count)] for count in ENQUEUE_BUDGETS},
    }
    times: dict[str, list[float]] = {name: [] for name in commands}
    for number in range(ROUNDS + 1):  # the first warms the disk cache and is not counted
        for name in list(commands)[:: -1 if number % 2 else 1]:
            times[name].append(process_cpu_ms(commands[name], folder))
    for name, taken in times.items():
        tell(name, taken[1:])
    bare, with_filelock, *enqueues = (statistics.median(taken[1:]) for taken in times.values())
    for (count, budget), taken_ms in zip(ENQUEUE_BUDGETS.items(), enqueues, strict=True):
        ratio = (taken_ms - (with_filelock - bare)) / bare
        tell_ratio(f"enqueue -n {count} without filelock's import, over bare Python", ratio, at_most=budget)


def measure_readers(folder: Path) -> None:
    """Measure `hpq status` and `hpq ls`: with nothing remembered, and with nothing changed since."""
    root = build(_make(folder / "readers") / "runs", ENDED, ENDED).folder
    made = _loose_files(root)
    time.sleep(_BELIEVED_AFTER_S)
    for command in ("status", "ls"):
        words = [HPQ, command, "--root", str(root)]
        first = []
        for _ in range(FIRST_ROUNDS + 1):  # the first warms the disk cache
            _forget(root, made)
            first.append(process_cpu_ms(words, folder))
        again = [process_cpu_ms(words, folder) for _ in range(ROUNDS)]
        tell(f"hpq {command}, {ENDED:,} ended runs, the first time", first[1:], FIRST_BUDGET_MS)
        tell(f"hpq {command}, nothing changed since", again, AGAIN_BUDGET_MS)


def _make(folder: Path) -> Path:
    folder.mkdir()
    return folder


def _loose_files(root: Path) -> set[str]:
    """Return what lies in a root outside the folders of its runs."""
    found = {entry.path for entry in os.scandir(root) if not (root / entry.name / "1").exists()}
    for name in (".queue", ".cache"):
        for folder, folders, files in os.walk(root / name):
            found.update(os.path.join(folder, each) for each in (*folders, *files))
    return found


def _forget(root: Path, made: set[str]) -> None:
    """Delete whatever a reader left in a root to be quicker the next time."""
    for name in sorted(_loose_files(root) - made, reverse=True):
        if os.path.isdir(name) and not os.path.islink(name):
            shutil.rmtree(name)
        else:
            os.unlink(name)
