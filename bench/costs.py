"""CPU time, taken again and again, and told beside its budget."""

import os
import statistics
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path

ROUNDS = 9


class Stopwatch:
    """Gathers the CPU time of the process within `with` blocks, in milliseconds."""

    def __init__(self) -> None:
        self.times_ms: list[float] = []
        self._began_s = 0.0

    def __enter__(self) -> None:
        self._began_s = time.process_time()

    def __exit__(self, *_: object) -> None:
        self.times_ms.append(1000 * (time.process_time() - self._began_s))


def cpu_ms(
    call: Callable[[], object], before: Callable[[], object] = lambda: None, rounds: int = ROUNDS
) -> list[float]:
    """Return the CPU times of a call in milliseconds; `before` is not counted."""
    watch = Stopwatch()
    for _ in range(rounds):
        before()
        with watch:
            call()
    return watch.times_ms


def process_cpu_ms(command: Sequence[str], folder: Path) -> float:
    """Return the CPU time of a command and of all that it starts, in milliseconds."""
    process = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise SystemExit(f"{' '.join(command)} ended with {process.returncode}")
    return 1000 * (usage.ru_utime + usage.ru_stime)


def tell(what: str, times_ms: list[float], budget_ms: float | None = None, note: str = "") -> None:
    """Print the median and the least of CPU times, and whether the median keeps to its budget."""
    tell_figure(what, statistics.median(times_ms), "ms CPU", budget_ms, f"least {min(times_ms):.2f}", note)


def tell_figure(what: str, figure: float, unit: str, budget: float | None = None, *notes: str) -> None:
    """Print one figure beside its budget."""
    told = ", ".join(filter(None, [*notes, _verdict(figure, budget)]))
    print(f"{what:56} {figure:9.2f} {unit}{f' ({told})' if told else ''}", flush=True)


def _verdict(figure: float, budget: float | None) -> str:
    if budget is None:
        return ""
    return f"budget {budget:g}, missed" if figure > budget else f"budget {budget:g}"
