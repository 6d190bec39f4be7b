"""The recurrence of the quasi-recurrent network, with its gradient in closed form.

c_t = k_t c_{t−1} + (1 − k_t) z_t over steps t, with layer normalisation of each c_t where that is wanted. The
normed cell is carried on, so that is no linear scan. Source: arXiv 1611.01576.
"""

from types import ModuleType
from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

from hpq.model import recurrence
from hpq.model.kernels import can_use_kernels


def pool(keep: Tensor, new: Tensor, initial: Tensor, norm: nn.LayerNorm | None) -> Tensor:
    """Return the cells (T, B, S) of gates `keep` and values `new` (T, B, S), from the cell `initial` (S,)."""
    keep, new = keep.contiguous(), new.contiguous()  # so kernels want them, and PyTorch is no slower for it
    cells: Tensor
    if norm is None:
        cells = _Pool.apply(keep, new, initial)
    else:
        cells = _NormedPool.apply(keep, new, initial, norm.weight, norm.bias, norm.eps)
    return cells


def _walker(*tensors: Tensor) -> ModuleType:
    """Return what walks over the steps of these tensors."""
    if not can_use_kernels(*tensors):
        return recurrence
    from hpq.model.kernels import cells  # imports Triton, which PyTorch for the CPU comes without

    return cells


class _Pool(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, keep: Tensor, new: Tensor, initial: Tensor) -> Tensor:
        cells: Tensor = _walker(keep, new, initial).forward(keep, new, initial)
        ctx.save_for_backward(keep, new, cells)
        return cells[1:]

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, outer: Tensor) -> tuple[Tensor, ...]:
        gradients: tuple[Tensor, ...] = _walker(outer, *ctx.saved_tensors).backward(outer, *ctx.saved_tensors)
        return gradients


class _NormedPool(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, keep: Tensor, new: Tensor, initial: Tensor, weight: Tensor, bias: Tensor, eps: float
    ) -> Tensor:
        inputs = keep, new, initial, weight, bias
        cells, means, scales = _walker(*inputs).normed_forward(*inputs, eps)
        ctx.save_for_backward(keep, new, cells, weight, means, scales)
        told: Tensor = cells[1:]
        return told

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, outer: Tensor) -> tuple[Tensor | None, ...]:
        saved = ctx.saved_tensors
        return *_walker(outer, *saved).normed_backward(outer, *saved), None
