"""Two versions of the same thing in turns, so that a machine whose speed drifts is as kind to both."""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

import torch
from memory import peak_mib

ROUNDS = 7
_LEAST_MS = 20.0  # of a round: what is shorter is called several times in it


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
    repeats = [max(1, round(_LEAST_MS / time_ms(each))) for each in calls]
    for _ in range(rounds):
        for each, count, told in zip(calls, repeats, times_ms, strict=True):
            told.append(time_ms(each, count))
    one, two = (Cost(statistics.median(told), mib) for told, mib in zip(times_ms, memory, strict=True))
    return one, two


def time_ms(call: Callable[[], object], count: int = 1) -> float:
    """Return what a call takes in milliseconds: CPU time, or wall-clock time until a GPU is done."""
    is_gpu = torch.cuda.is_available()
    clock = time.perf_counter if is_gpu else time.process_time
    if is_gpu:
        torch.cuda.synchronize()
    began_s = clock()
    for _ in range(count):
        call()
    if is_gpu:
        torch.cuda.synchronize()
    return 1000 * (clock() - began_s) / count


def tell(what: str, ours: Cost, plain: Cost, asked: float | None = None, note: str = "") -> None:
    """Print a line: both times, their ratio beside what is asked of it, both memories and theirs."""
    gain, share = plain.time_ms / ours.time_ms, ours.memory_mib / plain.memory_mib
    verdict = "" if asked is None else f" (asked {asked:g}x{', missed' if gain < asked else ''})"
    memory = f"{ours.memory_mib:7.1f} of {plain.memory_mib:7.1f} MiB, 1/{1 / max(share, 1e-9):.1f}"
    print(
        f"{what:44} {ours.time_ms:9.2f} of {plain.time_ms:9.2f} ms, {gain:5.1f}x{verdict}; {memory}{note}",
        flush=True,
    )
