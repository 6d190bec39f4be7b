"""Two versions of the same thing in turns, so that a machine whose speed drifts is as kind to both."""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

import torch
from memory import peak_mib

ROUNDS = 7


@dataclass(frozen=True, slots=True)
class Cost:
    """What one version takes: the median of its times, and memory beyond its input."""

    time_ms: float
    memory_mib: float


def measure(
    call: Callable[[], object], other: Callable[[], object], rounds: int = ROUNDS
) -> tuple[Cost, Cost]:
    """Return what two calls cost, after two of each that are not counted."""
    calls = (call, other)
    times_ms: tuple[list[float], list[float]] = ([], [])
    for each in calls:
        each()
    memory = [peak_mib(each) for each in calls]
    for _ in range(rounds):
        for each, told in zip(calls, times_ms, strict=True):
            told.append(time_ms(each))
    one, two = (Cost(statistics.median(told), mib) for told, mib in zip(times_ms, memory, strict=True))
    return one, two


def time_ms(call: Callable[[], object]) -> float:
    """Return what a call takes in milliseconds: CPU time, or wall-clock time until a GPU is done."""
    if not torch.cuda.is_available():
        began_s = time.process_time()
        call()
        return 1000 * (time.process_time() - began_s)
    torch.cuda.synchronize()
    began_s = time.perf_counter()
    call()
    torch.cuda.synchronize()
    return 1000 * (time.perf_counter() - began_s)


def tell(what: str, ours: Cost, plain: Cost, asked: float | None = None, note: str = "") -> None:
    """Print a line: both times, their ratio beside what is asked of it, both memories and theirs."""
    gain, share = plain.time_ms / ours.time_ms, ours.memory_mib / plain.memory_mib
    verdict = "" if asked is None else f" (asked {asked:g}x{', missed' if gain < asked else ''})"
    memory = f"{ours.memory_mib:7.1f} of {plain.memory_mib:7.1f} MiB, 1/{1 / max(share, 1e-9):.1f}"
    print(
        f"{what:44} {ours.time_ms:9.2f} of {plain.time_ms:9.2f} ms, {gain:5.1f}x{verdict}; {memory}{note}",
        flush=True,
    )
