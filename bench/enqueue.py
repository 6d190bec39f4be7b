"""What `hpq enqueue -n 50` costs: CPU time of the whole process, beside bare Python in the same run.

Prints the medians and the ratio. The budget is six times `python -c pass`, filelock's import aside.
"""

import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

ROUNDS = 21
BUDGET = 6.0


def cpu_ms(command: list[str], folder: Path) -> float:
    """Return the CPU time of a command and of all that it starts, in milliseconds."""
    process = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise SystemExit(f"{' '.join(command)} ended with {process.returncode}")
    return 1000 * (usage.ru_utime + usage.ru_stime)


def main() -> None:
    hpq = [str(Path(sys.executable).parent / "hpq"), "enqueue", "-n", "50"]
    commands = {
        "python -c pass": [sys.executable, "-c", "pass"],
        "import filelock": [sys.executable, "-c", "import filelock"],
        "hpq enqueue -n 50": hpq,
    }
    times: dict[str, list[float]] = {name: [] for name in commands}
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(ROUNDS + 1):  # the first warms the disk cache and is not counted
            for name, command in commands.items():
                times[name].append(cpu_ms(command, Path(folder)))
    bare, with_filelock, enqueue = (statistics.median(taken[1:]) for taken in times.values())
    for name, taken in times.items():
        print(f"{name:20} {statistics.median(taken[1:]):7.1f} ms CPU (median of {ROUNDS})")
    ratio = (enqueue - (with_filelock - bare)) / bare
    print(f"enqueue without filelock's import, over bare Python: {ratio:.2f}x (budget {BUDGET:.0f}x)")


if __name__ == "__main__":
    main()
