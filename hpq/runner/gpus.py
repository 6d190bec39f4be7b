"""The GPUs of this machine, as NVML lists them."""

import os
from dataclasses import dataclass

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
