"""How much of a GPU each run gets: `--per-gpu 2` or `--per-gpu 8GiB`."""

from dataclasses import dataclass

from hpq.errors import UsageError
from hpq.runner.gpus import Gpu
from hpq.units import format_size, parse_size

MOST_RUNS = 1000  # at a time: each is a process with torch in it, and more than that is a slip of the hand
_DIGITS = 20  # of a number that are looked at: Python refuses thousands


@dataclass(frozen=True, slots=True)
class Share:
    """So many runs on each GPU, or as many as have so much memory each."""

    runs: int = 1
    memory_bytes: int | None = None  # of a run; takes the place of `runs`

    @classmethod
    def parse(cls, text: str) -> "Share":
        """Return the share that `--per-gpu` names: a plain number counts runs, a size needs its unit."""
        if text.isdecimal():
            return cls(check_count("--per-gpu", int(text[:_DIGITS])))
        memory_bytes = _parse_memory(text)
        if memory_bytes is None:
            raise UsageError(
                f"--per-gpu is a number of runs such as 2, or the memory of a run such as 8GiB, "
                f"not {text[:40]!r}"
            )
        return cls(memory_bytes=memory_bytes)

    def fit(self, gpu: Gpu) -> int:
        """Return how many runs fit on a GPU. Raises UsageError when none does."""
        if self.memory_bytes is None:
            return self.runs
        which, size = f"GPU {gpu.label} ({gpu.name})", format_size(self.memory_bytes)
        if not gpu.memory_bytes:
            raise UsageError(f"{which} does not tell its memory: give --per-gpu a number of runs")
        runs = gpu.memory_bytes // self.memory_bytes
        if not runs:
            raise UsageError(
                f"--per-gpu {size} fits not once on {which}, which has {format_size(gpu.memory_bytes)}"
            )
        return check_count(f"--per-gpu {size}", runs)


def check_count(option: str, runs: int) -> int:
    """Return how many runs an option asks for at a time, or raise UsageError when that makes no sense."""
    if not 1 <= runs <= MOST_RUNS:
        raise UsageError(f"{option} means 1 to {MOST_RUNS:,} runs at a time, not {runs:,}")
    return runs


def _parse_memory(text: str) -> int | None:
    """Return the bytes in a size that has its unit, or None for all else."""
    try:
        return None if text[-1:].isdecimal() else parse_size(text)
    except (UsageError, OverflowError):
        return None
