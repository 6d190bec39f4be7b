"""The recurrence of the quasi-recurrent network, with its gradient in closed form.

c_t = k_t c_{t−1} + (1 − k_t) z_t over steps t, with layer normalisation of each c_t where that is wanted. The
normed cell is carried on, so that is no linear scan. Source: arXiv 1611.01576.
"""

from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable


def pool(keep: Tensor, new: Tensor, initial: Tensor, norm: nn.LayerNorm | None) -> Tensor:
    """Return the cells (T, B, S) of gates `keep` and values `new` (T, B, S), from the cell `initial` (S,)."""
    cells: Tensor
    if norm is None:
        cells = _Pool.apply(keep, new, initial)
    else:
        cells = _NormedPool.apply(keep, new, initial, norm.weight, norm.bias, norm.eps)
    return cells


class _Pool(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, keep: Tensor, new: Tensor, initial: Tensor) -> Tensor:
        cells = new.new_empty(len(new) + 1, *new.shape[1:])
        cells[0] = initial
        steps = cells.unbind()
        for t, (kept, added) in enumerate(zip(keep.unbind(), new.unbind(), strict=True)):
            torch.lerp(added, steps[t], kept, out=steps[t + 1])
        ctx.save_for_backward(keep, new, cells)
        return cells[1:]

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, outer: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        keep, new, cells = ctx.saved_tensors
        by_cell = outer.clone(memory_format=torch.contiguous_format)
        steps, kept = by_cell.unbind(), keep.unbind()
        for t in range(len(steps) - 1, 0, -1):
            steps[t - 1].addcmul_(steps[t], kept[t])
        by_initial = (by_cell[0] * keep[0]).sum(0)
        by_keep = (cells[:-1] - new).mul_(by_cell)
        return by_keep, by_cell.addcmul_(by_cell, keep, value=-1), by_initial


class _NormedPool(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, keep: Tensor, new: Tensor, initial: Tensor, weight: Tensor, bias: Tensor, eps: float
    ) -> Tensor:
        cells = new.new_empty(len(new) + 1, *new.shape[1:])
        cells[0] = initial
        raw, means, scales = torch.empty_like(new), [], []
        for t, (kept, added) in enumerate(zip(keep.unbind(), new.unbind(), strict=True)):
            torch.lerp(added, cells[t], kept, out=raw[t])
            cells[t + 1], mean, scale = torch.native_layer_norm(raw[t], weight.shape, weight, bias, eps)
            means.append(mean)
            scales.append(scale)
        ctx.save_for_backward(keep, new, cells, raw, weight, torch.stack(means), torch.stack(scales))
        return cells[1:]

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, outer: Tensor) -> tuple[Tensor | None, ...]:
        keep, new, cells, raw, weight, means, scales = ctx.saved_tensors
        normed = (raw - means).mul_(scales)  # (T, B, S)
        by_raw, by_cell, carried = torch.empty_like(raw), torch.empty_like(raw), torch.zeros_like(raw[0])
        for t in range(len(keep) - 1, -1, -1):
            torch.add(outer[t], carried, out=by_cell[t])
            by_normed = by_cell[t] * weight
            along = (by_normed * normed[t]).mean(-1, keepdim=True)
            by_normed.sub_(by_normed.mean(-1, keepdim=True)).addcmul_(normed[t], along, value=-1)
            torch.mul(by_normed, scales[t], out=by_raw[t])
            carried = by_raw[t] * keep[t]
        by_weight = (by_cell * normed).sum((0, 1))
        by_keep = (cells[:-1] - new).mul_(by_raw)
        by_new = torch.addcmul(by_raw, by_raw, keep, value=-1)
        return by_keep, by_new, carried.sum(0), by_weight, by_cell.sum((0, 1)), None
