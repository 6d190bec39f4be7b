"""The precision that convolutions run in: bfloat16 where the machine has units that make it faster."""

from contextlib import AbstractContextManager, nullcontext

import torch

AMPERE = (8, 0)  # the first of NVIDIA's GPUs with bfloat16 units


def uses_bfloat16(device: str, precision: str) -> bool:
    """Return whether convolutions run in bfloat16 on a type of device.

    CPUs have it in their instructions long before it is faster: on one with AVX512-BF16 alone a step was
    measured to take 1.4 times as long as in float32. So `auto` wants units made for it: AMX, which was not
    at hand to be measured, or those of a GPU.
    """
    if precision != "auto":
        return precision == "bf16"
    if device == "cuda":
        return torch.cuda.get_device_capability() >= AMPERE
    return device == "cpu" and torch.cpu._is_amx_tile_supported()


def autocast(device: str, precision: str) -> AbstractContextManager[object]:
    """Return the context in which a network's convolutions run."""
    return torch.autocast(device, torch.bfloat16) if uses_bfloat16(device, precision) else nullcontext()
