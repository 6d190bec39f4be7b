"""Kernels in Triton for what PyTorch does in many launches, and the question whether they can be used.

The modules of this folder import Triton, which PyTorch for the CPU comes without. So they are imported only
where it is used, and this file imports none of them at its top.
"""

import functools
import sys

import torch
from torch import Tensor


def can_use_kernels(*tensors: Tensor) -> bool:
    """Return whether kernels can take these tensors: float32, on a GPU where Triton works."""
    is_theirs = all(tensor.is_cuda and tensor.dtype == torch.float32 for tensor in tensors)
    return is_theirs and _can_launch(tensors[0].device)


@functools.cache
def _can_launch(device: torch.device) -> bool:
    """Return whether the least kernel runs, for which Triton wants a C compiler and Python's headers too."""
    try:
        from hpq.model.kernels.rows import row_losses

        target = torch.zeros(1, dtype=torch.long, device=device)
        row_losses("xent", torch.zeros(1, 2, device=device), target, None)
    except Exception as error:  # what fails there shares no base, and costs a run speed alone
        print(f"hpq: Triton does not work here, so PyTorch computes alone: {error}", file=sys.stderr)
        return False
    return True
