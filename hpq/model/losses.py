"""Losses of a distribution over ordered levels, one number for each value that is predicted.

All take logits (..., levels) and integer targets (...) and return (...), in float32 or, for float64
logits, in float64, whatever the network ran in.
"""

from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.autograd.function import once_differentiable

_CHUNK_ROWS = 1024  # rows of logits at a time: their temporaries fit in a core's cache
_CHUNK_ROWS_GPU = 1 << 16  # 64 MiB a temporary at 256 levels, so that few kernels are launched


def squared_emd(logits: Tensor, target: Tensor) -> Tensor:
    """Return the squared earth mover's distance: Σ over levels of (CDF − true CDF)².

    Source: arXiv 1611.05916. The gradient is in closed form and computed with the loss, so that
    besides the logits one tensor of their size is kept.
    """
    rows = _wide(logits).reshape(-1, logits.shape[-1])
    loss: Tensor = _SquaredEmd.apply(rows, target.reshape(-1))
    return loss.view(target.shape)


def emd(logits: Tensor, target: Tensor) -> Tensor:
    """Return the earth mover's distance: Σ over levels of |CDF − true CDF|."""
    return _cdf_error(_wide(logits), target).abs().sum(-1)


def cross_entropy(logits: Tensor, target: Tensor) -> Tensor:
    """Return the negative log-likelihood, in nats."""
    rows = _wide(logits).reshape(-1, logits.shape[-1])
    return F.cross_entropy(rows, target.reshape(-1), reduction="none").view(target.shape)


LOSSES: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "emd2": squared_emd,
    "emd": emd,
    "xent": cross_entropy,
}


def _wide(logits: Tensor) -> Tensor:
    return logits if logits.dtype == torch.float64 else logits.float()


def _cdf_error(logits: Tensor, target: Tensor) -> Tensor:
    """Return the CDF of the softmax less that of the true level, (..., levels)."""
    return _less_one(logits.softmax(-1), target).cumsum(-1)


def _less_one(p: Tensor, target: Tensor) -> Tensor:
    """Return p with 1 taken from the true level's probability."""
    at = target.unsqueeze(-1)
    return p.scatter_add(-1, at, p.new_full((), -1.0).expand(at.shape))


class _SquaredEmd(torch.autograd.Function):
    """L = Σ d², d = cumsum(p − onehot); with h = d − cumsum(d), ∂L/∂z = 2p(h − ⟨p, h⟩)."""

    @staticmethod
    def forward(ctx: Any, rows: Tensor, target: Tensor) -> Tensor:
        loss = rows.new_empty(rows.shape[0])
        gradient = torch.empty_like(rows) if ctx.needs_input_grad[0] else None
        chunk = _CHUNK_ROWS_GPU if rows.is_cuda else _CHUNK_ROWS
        for start in range(0, rows.shape[0], chunk):
            part = slice(start, start + chunk)
            p = rows[part].softmax(-1)
            d = _less_one(p, target[part]).cumsum(-1)
            loss[part] = torch.linalg.vecdot(d, d)
            if gradient is not None:
                h = d.sub_(d.cumsum(-1))
                torch.mul(h.sub_(torch.linalg.vecdot(p, h).unsqueeze(-1)), p.mul_(2), out=gradient[part])
        if gradient is not None:
            ctx.save_for_backward(gradient)
        return loss

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *outer: Tensor) -> tuple[Tensor, None]:
        (gradient,) = ctx.saved_tensors
        return gradient * outer[0].unsqueeze(-1), None
