"""The steps of hpq/model/pool.py in PyTorch, forward and backward: a launch or more for each."""

import torch
from torch import Tensor


def forward(keep: Tensor, new: Tensor, initial: Tensor) -> Tensor:
    """Return the cells (T + 1, B, S), the initial one first."""
    cells = _cells(new, initial)
    steps = cells.unbind()
    for t, (kept, added) in enumerate(zip(keep.unbind(), new.unbind(), strict=True)):
        torch.lerp(added, steps[t], kept, out=steps[t + 1])
    return cells


def backward(outer: Tensor, keep: Tensor, new: Tensor, cells: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Return the gradients by the gates, the values and the initial cell."""
    by_cell = outer.clone(memory_format=torch.contiguous_format)
    steps, kept = by_cell.unbind(), keep.unbind()
    for t in range(len(steps) - 1, 0, -1):
        steps[t - 1].addcmul_(steps[t], kept[t])
    by_initial = (by_cell[0] * keep[0]).sum(0)
    by_keep = (cells[:-1] - new).mul_(by_cell)
    return by_keep, by_cell.addcmul_(by_cell, keep, value=-1), by_initial


def normed_forward(
    keep: Tensor, new: Tensor, initial: Tensor, weight: Tensor, bias: Tensor, eps: float
) -> tuple[Tensor, Tensor, Tensor]:
    """Return the cells (T + 1, B, S), and the means and scales (T, B, 1) that they were normed with."""
    cells, means, scales = _cells(new, initial), [], []
    for t, (kept, added) in enumerate(zip(keep.unbind(), new.unbind(), strict=True)):
        raw = torch.lerp(added, cells[t], kept)
        cells[t + 1], mean, scale = torch.native_layer_norm(raw, weight.shape, weight, bias, eps)
        means.append(mean)
        scales.append(scale)
    return cells, torch.stack(means), torch.stack(scales)


def normed_backward(
    outer: Tensor, keep: Tensor, new: Tensor, cells: Tensor, weight: Tensor, means: Tensor, scales: Tensor
) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
    """Return the gradients by the gates, the values, the initial cell, and the norm's weight and bias."""
    normed = torch.lerp(new, cells[:-1], keep).sub_(means).mul_(scales)  # (T, B, S)
    by_raw, by_cell, carried = torch.empty_like(new), torch.empty_like(new), torch.zeros_like(new[0])
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
    return by_keep, by_new, carried.sum(0), by_weight, by_cell.sum((0, 1))


def _cells(new: Tensor, initial: Tensor) -> Tensor:
    cells = new.new_empty(len(new) + 1, *new.shape[1:])
    cells[0] = initial
    return cells
