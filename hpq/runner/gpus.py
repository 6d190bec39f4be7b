"""The GPUs of this machine, as NVML lists them."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from hpq.errors import HpqError, UsageError


@dataclass(frozen=True, slots=True)
class Gpu:
    """A GPU; the index counts in PCI order, as nvidia-smi does."""

    index: int
    uuid: str
    name: str
    memory_bytes: int


def list_gpus() -> list[Gpu]:
    """Return the GPUs of this machine. Raises HpqError with NVML's reason when it cannot tell."""
    import pynvml  # a run on CPU needs none of it

    try:
        pynvml.nvmlInit()
    except pynvml.NVMLError as error:
        raise HpqError(f"no GPU was found (NVML: {error})") from None
    try:
        count = pynvml.nvmlDeviceGetCount()
        return [_describe(pynvml.nvmlDeviceGetHandleByIndex(index), index) for index in range(count)]
    finally:
        pynvml.nvmlShutdown()


def _describe(handle: object, index: int) -> Gpu:
    import pynvml

    return Gpu(
        index=index,
        uuid=pynvml.nvmlDeviceGetUUID(handle),
        name=pynvml.nvmlDeviceGetName(handle),
        memory_bytes=pynvml.nvmlDeviceGetMemoryInfo(handle).total,
    )


@dataclass(frozen=True, slots=True)
class GpuUse:
    """How a GPU is used; what it does not tell is None, or 0 of its memory."""

    index: int
    name: str
    utilization: float | None  # per cent of the time in which it worked
    memory_used_bytes: int
    memory_bytes: int
    temperature_c: float | None


class GpuWatch:
    """Reads again and again how GPUs are used. It opens NVML once, at the first reading."""

    def __init__(self) -> None:
        self._handles: dict[int, tuple[Any, str]] | None = None  # by index, with the name

    def read(self) -> tuple[GpuUse, ...]:
        """Return the use of each GPU that answers: of none where NVML cannot be had."""
        if self._handles is None:
            self._handles = _open_all()
        uses = (_use(handle, index, name) for index, (handle, name) in self._handles.items())
        return tuple(use for use in uses if use is not None)


def _open_all() -> dict[int, tuple[Any, str]]:
    import pynvml

    try:
        pynvml.nvmlInit()
        count = pynvml.nvmlDeviceGetCount()
    except pynvml.NVMLError:
        return {}
    handles = {index: _ask(pynvml.nvmlDeviceGetHandleByIndex, index) for index in range(count)}
    return {
        index: (handle, _ask(pynvml.nvmlDeviceGetName, handle) or "GPU")
        for index, handle in handles.items()
        if handle is not None
    }


def _use(handle: Any, index: int, name: str) -> GpuUse | None:
    """Return how a GPU is used, or None when it answers nothing, as one that fell off the bus does."""
    import pynvml

    rates = _ask(pynvml.nvmlDeviceGetUtilizationRates, handle)  # a GPU in MIG mode has none
    memory = _ask(pynvml.nvmlDeviceGetMemoryInfo, handle)  # one that shares the host's has none
    temperature_c = _ask(pynvml.nvmlDeviceGetTemperature, handle, pynvml.NVML_TEMPERATURE_GPU)
    if rates is None and memory is None and temperature_c is None:
        return None
    return GpuUse(
        index=index,
        name=name,
        utilization=None if rates is None else float(rates.gpu),
        memory_used_bytes=0 if memory is None else int(memory.used),
        memory_bytes=0 if memory is None else int(memory.total),
        temperature_c=None if temperature_c is None else float(temperature_c),
    )


def _ask(question: Callable[..., Any], *details: Any) -> Any:
    """Return NVML's answer, or None when it has none."""
    import pynvml

    try:
        return question(*details)
    except pynvml.NVMLError:
        return None


def choose_gpus(wanted: str, present: list[Gpu]) -> list[Gpu]:
    """Return the GPUs that `--gpus` names: `all`, or indices and UUIDs set apart by commas.

    `all` means those in CUDA_VISIBLE_DEVICES where that is set, as it is inside a job of a scheduler.
    """
    if wanted == "all":
        visible = os.environ.get("CUDA_VISIBLE_DEVICES")
        if visible is None:
            return present
        wanted = visible
    chosen = [_find(word.strip(), present) for word in wanted.split(",") if word.strip()]
    if not chosen:
        raise UsageError(f"--gpus names no GPU: give `all` or a list such as 0,1, not {wanted!r}")
    if len({gpu.index for gpu in chosen}) < len(chosen):
        raise UsageError(f"--gpus {wanted} names a GPU twice; use --per-gpu to train several runs on one")
    return chosen


def _find(word: str, present: list[Gpu]) -> Gpu:
    for gpu in present:
        if word == str(gpu.index) or (len(word) >= 8 and gpu.uuid.startswith(word)):
            return gpu
    known = ", ".join(f"{gpu.index} ({gpu.name})" for gpu in present) or "none"
    raise UsageError(f"there is no GPU {word!r} here; this machine has {known}")
