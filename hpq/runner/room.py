"""Whether a GPU has room for a further run: memory that is free, and nothing that still fills it."""

import time
from collections.abc import Callable

from hpq.errors import UsageError
from hpq.queue.records import Heartbeat
from hpq.runner.failures import has_own_loss
from hpq.runner.gpus import FreeMemory
from hpq.runner.slots import Slot
from hpq.runner.training import Training
from hpq.units import format_size

LOADING_S = 60.0  # a run without a loss takes memory still for so long, and none that it has not by then


class Room:
    """Holds slots on GPUs back while so much memory is not free there; without `wanted` none."""

    def __init__(self, wanted: int | None, free: Callable[[str], int | None] | None = None) -> None:
        """`free` returns the bytes that are free on the GPU with a UUID; None asks NVML."""
        self._wanted = wanted or 0
        self._free = free or (FreeMemory() if wanted else lambda _: None)
        self._short: dict[str, int | None] = {}  # what is free at places where that is too little
        self._told: set[str] = set()  # of these, those that the user knows of

    def has(self, slot: Slot, busy: list[Training]) -> bool:
        """Tell whether a slot may take a run now, with those trainings in the others."""
        if not self._wanted or slot.gpu is None:
            return True
        if any(training.slot.place == slot.place and _is_loading(training) for training in busy):
            return False
        free = self._free(slot.gpu.uuid)
        if free is not None and free >= self._wanted:
            self._short.pop(slot.place, None)
            self._told.discard(slot.place)
            return True
        self._short[slot.place] = free
        return False

    def explain(self, held: list[Slot]) -> list[str]:
        """Return why GPUs of these slots wait, once for each time that one lacks memory."""
        untold = (self._short.keys() & {slot.place for slot in held}) - self._told
        self._told |= untold
        return [self._explain(place, self._short[place]) for place in sorted(untold)]

    def _explain(self, place: str, free: int | None) -> str:
        wanted = format_size(self._wanted)
        if free is None:
            return (
                f"{place} waits: it does not tell how much of its memory is free, and --free wants {wanted}"
            )
        return f"{place} waits: {format_size(free)} of its memory are free, and --free wants {wanted}"


def _is_loading(training: Training) -> bool:
    if time.monotonic() - training.began_s > LOADING_S:
        return False
    heartbeat = Heartbeat.read(training.paths.heartbeat)
    return heartbeat is None or not has_own_loss(training, heartbeat.summary)


def check_room(wanted: int, slots: list[Slot]) -> None:
    """Raise UsageError where so much memory can never be free."""
    gpus = [slot.gpu for slot in slots if slot.gpu is not None]
    if not gpus:
        raise UsageError("--free is about the memory of GPUs: give it with --gpus, not with --workers")
    for gpu in gpus:
        if not gpu.memory_bytes:
            raise UsageError(f"GPU {gpu.label} ({gpu.name}) does not tell its memory: leave --free out there")
        if wanted > gpu.memory_bytes:
            raise UsageError(
                f"--free {format_size(wanted)} can never be had on GPU {gpu.label} ({gpu.name}), which has "
                f"{format_size(gpu.memory_bytes)}"
            )
