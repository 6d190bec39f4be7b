"""The recurrence of the quasi-recurrent network: one launch forward and one backward, whatever the steps.

A program walks over all steps of one example: of all its channels where cells are normed, as the mean is over
them, else of a block of them. Functions are those of hpq/model/recurrence.py, which is the reference; but
`keep` and `new` must be contiguous.
"""

from typing import Any

import torch
import triton
import triton.language as tl
from torch import Tensor

BLOCK = 128  # channels a program where cells are not normed: four a thread, read at once
CHANNELS_A_WARP = 256  # where they are: each mean is an exchange between warps, so there are few


def forward(keep: Tensor, new: Tensor, initial: Tensor) -> Tensor:
    """Return the cells (T + 1, B, S), the initial one first."""
    cells = _cells(new)
    _launch(
        _forward, new, keep, new, initial.contiguous(), None, None, cells, None, None, 0.0, is_normed=False
    )
    return cells


def normed_forward(
    keep: Tensor, new: Tensor, initial: Tensor, weight: Tensor, bias: Tensor, eps: float
) -> tuple[Tensor, Tensor, Tensor]:
    """Return the cells (T + 1, B, S), and the means and scales (T, B, 1) that they were normed with."""
    cells = _cells(new)
    means, scales = new.new_empty(2, *new.shape[:2], 1).unbind()
    inputs = keep, new, initial.contiguous(), weight.contiguous(), bias.contiguous()
    _launch(_forward, new, *inputs, cells, means, scales, eps, is_normed=True)
    return cells, means, scales


def backward(outer: Tensor, keep: Tensor, new: Tensor, cells: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Return the gradients by the gates, the values and the initial cell."""
    by_keep, by_new = torch.empty_like(new), torch.empty_like(new)
    by_initial = torch.empty_like(new[0])  # an example each
    inputs = outer.contiguous(), keep, new, cells, None, None, None
    _launch(_backward, new, *inputs, by_keep, by_new, by_initial, None, None, is_normed=False)
    return by_keep, by_new, by_initial.sum(0)


def normed_backward(
    outer: Tensor, keep: Tensor, new: Tensor, cells: Tensor, weight: Tensor, means: Tensor, scales: Tensor
) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
    """Return the gradients by the gates, the values, the initial cell, and the norm's weight and bias."""
    by_keep, by_new = torch.empty_like(new), torch.empty_like(new)
    sums = new.new_empty(3, *new.shape[1:])  # by the parameters, an example each
    inputs = outer.contiguous(), keep, new, cells, weight.contiguous(), means, scales
    _launch(_backward, new, *inputs, by_keep, by_new, *sums.unbind(), is_normed=True)
    by_initial, by_weight, by_bias = sums.sum(1).unbind()  # in the same order each time, unlike with atomics
    return by_keep, by_new, by_initial, by_weight, by_bias


def _cells(new: Tensor) -> Tensor:
    return new.new_empty(len(new) + 1, *new.shape[1:])


def _launch(kernel: Any, like: Tensor, *arguments: Tensor | float | None, is_normed: bool) -> None:
    """Launch a kernel over the examples and blocks of channels of a tensor (T, B, S)."""
    channels = like.shape[2]
    whole = triton.next_power_of_2(channels)
    block = whole if is_normed else min(whole, BLOCK)
    grid = like.shape[1], triton.cdiv(channels, block)
    warps = max(1, block // CHANNELS_A_WARP)
    with torch.cuda.device_of(like):
        kernel[grid](*arguments, *like.shape, is_normed=is_normed, block=block, num_warps=warps)


@triton.jit(do_not_specialize=["steps", "examples"])  # or some lengths and batches would each be compiled for
def _forward(
    keep_ptr: tl.tensor,
    new_ptr: tl.tensor,
    initial_ptr: tl.tensor,
    weight_ptr: tl.tensor,
    bias_ptr: tl.tensor,
    cells_ptr: tl.tensor,
    means_ptr: tl.tensor,
    scales_ptr: tl.tensor,
    eps: tl.tensor,
    steps: tl.tensor,
    examples: tl.tensor,
    channels: tl.tensor,
    is_normed: tl.constexpr,
    block: tl.constexpr,
) -> None:
    example = tl.program_id(0).to(tl.int64)
    channel = tl.program_id(1) * block + tl.arange(0, block)
    is_real = channel < channels
    place = example * channels + channel  # and a step further with each step
    step = examples * channels
    cell = tl.load(initial_ptr + channel, mask=is_real, other=0.0)
    tl.store(cells_ptr + place, cell, mask=is_real)
    if is_normed:
        weight = tl.load(weight_ptr + channel, mask=is_real, other=0.0)
        bias = tl.load(bias_ptr + channel, mask=is_real, other=0.0)
    for _ in range(steps):
        keep = tl.load(keep_ptr + place, mask=is_real, other=0.0)
        new = tl.load(new_ptr + place, mask=is_real, other=0.0)
        cell = new + keep * (cell - new)
        if is_normed:
            mean = tl.sum(cell, 0) / channels
            error = tl.where(is_real, cell - mean, 0.0)
            scale = 1 / tl.sqrt(tl.sum(error * error, 0) / channels + eps)
            tl.store(means_ptr + example, mean)
            tl.store(scales_ptr + example, scale)
            example += examples
            cell = error * scale * weight + bias
        place += step
        tl.store(cells_ptr + place, cell, mask=is_real)


@triton.jit(do_not_specialize=["steps", "examples"])
def _backward(
    outer_ptr: tl.tensor,
    keep_ptr: tl.tensor,
    new_ptr: tl.tensor,
    cells_ptr: tl.tensor,
    weight_ptr: tl.tensor,
    means_ptr: tl.tensor,
    scales_ptr: tl.tensor,
    by_keep_ptr: tl.tensor,
    by_new_ptr: tl.tensor,
    by_initial_ptr: tl.tensor,
    by_weight_ptr: tl.tensor,
    by_bias_ptr: tl.tensor,
    steps: tl.tensor,
    examples: tl.tensor,
    channels: tl.tensor,
    is_normed: tl.constexpr,
    block: tl.constexpr,
) -> None:
    example = tl.program_id(0).to(tl.int64)
    channel = tl.program_id(1) * block + tl.arange(0, block)
    is_real = channel < channels
    first = example * channels + channel
    step = examples * channels
    place = first + (steps - 1).to(tl.int64) * step
    row = example + (steps - 1).to(tl.int64) * examples
    carried = tl.zeros((block,), tl.float32)  # the gradient by the cell, from the steps after
    if is_normed:
        weight = tl.load(weight_ptr + channel, mask=is_real, other=0.0)
        by_weight = tl.zeros((block,), tl.float32)
        by_bias = tl.zeros((block,), tl.float32)
    for _ in range(steps):
        keep = tl.load(keep_ptr + place, mask=is_real, other=0.0)
        new = tl.load(new_ptr + place, mask=is_real, other=0.0)
        before = tl.load(cells_ptr + place, mask=is_real, other=0.0)
        by_raw = tl.load(outer_ptr + place, mask=is_real, other=0.0) + carried
        if is_normed:
            scale = tl.load(scales_ptr + row)
            normed = (new + keep * (before - new) - tl.load(means_ptr + row)) * scale
            by_weight += by_raw * normed
            by_bias += by_raw
            by_normed = by_raw * weight
            along = tl.sum(by_normed * normed, 0) / channels
            by_raw = (by_normed - tl.sum(by_normed, 0) / channels - along * normed) * scale
            row -= examples
        tl.store(by_keep_ptr + place, by_raw * (before - new), mask=is_real)
        tl.store(by_new_ptr + place, by_raw * (1 - keep), mask=is_real)
        carried = by_raw * keep
        place -= step
    tl.store(by_initial_ptr + first, carried, mask=is_real)
    if is_normed:
        tl.store(by_weight_ptr + first, by_weight, mask=is_real)
        tl.store(by_bias_ptr + first, by_bias, mask=is_real)
