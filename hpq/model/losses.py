"""Losses of a distribution over ordered levels, and their gradients in closed form.

With p = softmax(z), its CDF C and the CDF S of the true level, d = C − S:

| loss | value | gradient by the logits z |
|---|---|---|
| emd2, squared earth mover's distance (arXiv 1611.05916) | Σ d² | 2p(h − ⟨p, h⟩), h = d − cumsum(d) |
| emd, earth mover's distance | Σ abs(d) | p(h − ⟨p, h⟩), h = s − cumsum(s), s = sign(d) |
| xent, cross-entropy in nats | −log p of the true level | p − onehot |
"""

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor

from hpq.errors import HpqError
from hpq.model.kernels import can_use_kernels

LOSSES = ("emd2", "emd", "xent")
CHUNK_ROWS = 512  # rows of logits at a time: their temporaries fit in a core's cache
CHUNK_ROWS_GPU = 1 << 16  # 64 MiB a temporary at 256 levels, so that few kernels are launched


def chunk_rows(tensor: Tensor) -> int:
    """Return how many rows of logits to work on at a time where a tensor is."""
    return CHUNK_ROWS_GPU if tensor.is_cuda else CHUNK_ROWS


def losses_of(kind: str, logits: Tensor, target: Tensor) -> Tensor:
    """Return the loss of each row, (R,), of logits (R, levels) in float32 or float64 and targets (R,)."""
    rows = _rows(kind)
    if can_use_kernels(logits):
        return _by_kernel(kind, logits, target, None)
    parts = zip(logits.split(chunk_rows(logits)), target.split(chunk_rows(logits)), strict=True)
    return torch.cat([rows(z, t, None) for z, t in parts]) if len(logits) else logits.new_empty(0)


def losses_with_gradient_(kind: str, logits: Tensor, target: Tensor, scale: Tensor) -> Tensor:
    """Return the loss of each row, (R,), and turn the logits (R, levels) into the gradient of Σ scale · loss.

    In place: besides the logits, next to nothing is needed.
    """
    rows = _rows(kind)
    if can_use_kernels(logits):
        return _by_kernel(kind, logits, target, scale)
    losses = logits.new_empty(len(logits))
    for start in range(0, len(logits), chunk_rows(logits)):
        part = slice(start, start + chunk_rows(logits))
        losses[part] = rows(logits[part], target[part], scale[part])
    return losses


_Rows = Callable[[Tensor, Tensor, Tensor | None], Tensor]


def _rows(kind: str) -> _Rows:
    """Return what computes a chunk: losses of rows and, given a scale, the gradient in their place."""
    if kind not in LOSSES:
        raise HpqError(f"a loss is one of {', '.join(LOSSES)}, not {kind!r}")
    return {"emd2": _squared_emd, "emd": _emd, "xent": _cross_entropy}[kind]


def _by_kernel(kind: str, logits: Tensor, target: Tensor, scale: Tensor | None) -> Tensor:
    from hpq.model.kernels.rows import row_losses  # imports Triton, which PyTorch for the CPU comes without

    return row_losses(kind, logits, target, scale)


def _squared_emd(z: Tensor, target: Tensor, scale: Tensor | None) -> Tensor:
    p, d = _p_and_cdf_error(z, target)
    losses: Tensor = torch.linalg.vector_norm(d, dim=-1).square_()  # which makes no tensor of d's size
    if scale is not None:
        _chain_softmax(p, d, 2 * scale, z)
    return losses


def _emd(z: Tensor, target: Tensor, scale: Tensor | None) -> Tensor:
    p, d = _p_and_cdf_error(z, target)
    losses = d.abs().sum(-1)
    if scale is not None:
        _chain_softmax(p, d.sign_(), scale, z)
    return losses


def _cross_entropy(z: Tensor, target: Tensor, scale: Tensor | None) -> Tensor:
    losses = F.cross_entropy(z, target, reduction="none")
    if scale is not None:
        torch.softmax(z, -1, out=z)
        _add_at(z, target, -1.0)
        z.mul_(scale.unsqueeze(-1))
    return losses


def _p_and_cdf_error(z: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
    """Return the softmax and its CDF less that of the true level."""
    p = z.softmax(-1)
    at = target.unsqueeze(-1)
    likelihood = p.gather(-1, at)
    p.scatter_(-1, at, likelihood - 1)  # for a moment: a row costs one number, not all of its levels
    d = p.cumsum(-1)
    p.scatter_(-1, at, likelihood)
    return p, d


def _chain_softmax(p: Tensor, slope: Tensor, scale: Tensor, out: Tensor) -> None:
    """Write scale · p(h − ⟨p, h⟩) to `out`, h = slope − cumsum(slope), where `slope` is by the CDF.

    By the probability of level j the slope is Σ over k ≥ j, and h is that less a number that is the
    same for all levels, which the softmax takes out again.
    """
    h = slope.sub_(slope.cumsum(-1)).mul_(p)
    mean = h.sum(-1, keepdim=True)  # ⟨p, h⟩
    torch.addcmul(h, p, mean, value=-1, out=out).mul_(scale.unsqueeze(-1))


def _add_at(rows: Tensor, target: Tensor, value: float) -> None:
    at = target.unsqueeze(-1)
    rows.scatter_add_(-1, at, rows.new_full((), value).expand(at.shape))
