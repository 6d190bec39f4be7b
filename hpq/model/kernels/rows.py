"""Losses of rows of logits in one launch, which reads each logit once and can put its gradient in its place.

Formulas and names are those of hpq/model/losses.py, whose PyTorch is the reference.
"""

import torch
import triton
import triton.language as tl
from torch import Tensor

WARPS = 1  # a program, so that no sum over a row is an exchange between warps
# Logits a program, 16 a thread. Were there fewer than threads, two could hold the same, and one read it again
# after the other had written the gradient there.
TILE = 512


def row_losses(kind: str, logits: Tensor, target: Tensor, scale: Tensor | None) -> Tensor:
    """Return the loss of each row, (R,), of logits (R, levels) in float32 and targets (R,).

    Given a scale, (R,), the logits turn into the gradient of Σ scale · loss. They may have any strides.
    """
    count, levels = logits.shape
    losses = logits.new_empty(count)
    if count == 0:
        return losses  # CUDA refuses to launch nothing
    block = triton.next_power_of_2(levels)
    rows = max(1, TILE // block)
    with torch.cuda.device_of(logits):
        _row_losses[(triton.cdiv(count, rows),)](
            logits,
            target.contiguous(),
            None if scale is None else scale.contiguous(),
            losses,
            count,
            *logits.stride(),
            kind=kind,
            levels=levels,
            block=block,
            rows=rows,
            num_warps=WARPS,
        )
    return losses


@triton.jit(do_not_specialize=["count"])  # or some counts of rows would each be compiled for
def _row_losses(
    logits_ptr: tl.tensor,
    target_ptr: tl.tensor,
    scale_ptr: tl.tensor,
    losses_ptr: tl.tensor,
    count: tl.tensor,
    row_stride: tl.tensor,
    level_stride: tl.tensor,
    kind: tl.constexpr,
    levels: tl.constexpr,
    block: tl.constexpr,
    rows: tl.constexpr,
) -> None:
    row = tl.program_id(0).to(tl.int64) * rows + tl.arange(0, rows)
    level = tl.arange(0, block)
    is_row = row < count
    is_level = (level < levels)[None, :]
    place = logits_ptr + row[:, None] * row_stride + level[None, :] * level_stride  # (rows, block)
    is_real = is_row[:, None] & is_level
    z = tl.load(place, mask=is_real, other=float("-inf"))
    z = tl.where(is_row[:, None], z, 0.0)  # rows past the end: −inf less itself would be NaN
    z -= tl.max(z, 1)[:, None]
    p = tl.exp(z)
    total = tl.sum(p, 1)
    p /= total[:, None]
    target = tl.load(target_ptr + row, mask=is_row, other=0)
    is_true = level[None, :] == target[:, None]

    if kind == "xent":
        loss = tl.log(total) - tl.sum(tl.where(is_true, z, 0.0), 1)
        gradient = p - is_true.to(tl.float32)
    else:
        d = tl.where(is_level, tl.cumsum(p - is_true.to(tl.float32), 1), 0.0)
        if kind == "emd2":
            loss = tl.sum(d * d, 1)
            slope = 2 * d
        else:
            loss = tl.sum(tl.abs(d), 1)
            slope = (d > 0).to(tl.float32) - (d < 0).to(tl.float32)
        h = slope - tl.cumsum(slope, 1)
        gradient = p * (h - tl.sum(p * h, 1)[:, None])

    tl.store(losses_ptr + row, loss, mask=is_row)
    if scale_ptr is not None:
        scale = tl.load(scale_ptr + row, mask=is_row, other=0.0)
        tl.store(place, gradient * scale[:, None], mask=is_real)
