"""The last layer and the loss in one: logits exist a chunk at a time, and only for values that count.

All logits of a batch of 16 pictures take 200 MB, and plain PyTorch keeps five tensors of their size.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from hpq.model.inputs import cosines
from hpq.model.losses import chunk_rows, losses_of, losses_with_gradient_

_WAVES = 8  # of which the initial weights are made
_PEAK, _NARROWING = 2.0, 0.3  # of the shortcut: a spread of some 30 levels of 256, as wide as guesses err
_INITIAL_SCALE = 0.1  # of logits, for features of variance 1


@dataclass(frozen=True, slots=True)
class Chosen:
    """The values of one colour channel whose losses count, N of a batch's pixels."""

    pixels: Tensor  # (N,), places in features of (B·H·W, channels)
    levels: Tensor  # (N,), what is true there
    scale: Tensor  # (N,), what each loss counts in the sum


def head_losses(
    kind: str, features: Tensor, weight: Tensor, bias: Tensor, chosen: Sequence[Chosen]
) -> tuple[Tensor, list[Tensor]]:
    """Return Σ scale · loss over the chosen values of all colours, and the loss of each, without gradient.

    `features` are (pixels, channels), `weight` (colours, levels, channels) and `bias` (colours, levels).
    Gradients are computed together with the loss, chunk by chunk. Logits are float32 or, for float64
    features, float64, whatever the network ran in.
    """
    total: Tensor
    total, *losses = _HeadLosses.apply(features, weight, bias, kind, chosen)
    return total, losses


def initial_head(colours: int, levels: int, channels: int) -> Tensor:
    """Return weights (colours, levels, channels) to start from: small, and smooth over levels."""
    waves = torch.randn(colours, channels, _WAVES) @ cosines(levels, _WAVES).t()
    return waves.transpose(1, 2).contiguous() * (_INITIAL_SCALE / math.sqrt(channels * _WAVES / 2))


def initial_shortcut(colours: int, levels: int, size: int) -> Tensor:
    """Return weights (colours, levels, colours · size) for embedded levels, which start as their cosines.

    A weighted sum of products of cosines is largest where both levels are the same, so that a network which
    sees a level, or a guess at one, begins by predicting a distribution around it.
    """
    waves = torch.arange(size)
    strengths = _PEAK * torch.exp(-((_NARROWING * waves) ** 2) / 2) * (waves > 0)
    mine = cosines(levels, size) * strengths  # (levels, size)
    weights = torch.zeros(colours, levels, colours, size)
    for colour in range(colours):
        weights[colour, :, colour] = mine
    return weights.flatten(2)


def _wide(tensor: Tensor) -> Tensor:
    return tensor if tensor.dtype == torch.float64 else tensor.float()


class _HeadLosses(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, features: Tensor, weight: Tensor, bias: Tensor, kind: str, chosen: Sequence[Chosen]
    ) -> tuple[Tensor, ...]:
        total = _wide(features.new_zeros(()))
        is_trained = any(ctx.needs_input_grad)
        gradients = [torch.zeros_like(_wide(each)) for each in (features, weight, bias)] if is_trained else []
        losses = []
        for colour, values in enumerate(chosen):
            mine = weight[colour], bias[colour]
            if is_trained:
                by_features, by_weight, by_bias = gradients
                told = _train(kind, features, *mine, values, by_features, by_weight[colour], by_bias[colour])
            else:
                told = _look(kind, features, *mine, values)
            total += (told * values.scale).sum()
            losses.append(told)
        ctx.gradients = gradients
        ctx.dtypes = features.dtype, weight.dtype, bias.dtype
        ctx.mark_non_differentiable(*losses)
        return total, *losses

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, outer: Tensor, *_: Tensor) -> tuple[Tensor | None, ...]:
        parts = zip(ctx.gradients, ctx.dtypes, strict=True)
        return *[(gradient * outer).to(dtype) for gradient, dtype in parts], None, None


def _train(
    kind: str,
    features: Tensor,
    weight: Tensor,
    bias: Tensor,
    values: Chosen,
    by_features: Tensor,
    by_weight: Tensor,
    by_bias: Tensor,
) -> Tensor:
    """Return the losses of one colour's values, and add their gradients to the last three."""
    losses = []
    for pixels, levels, scale in _chunks(values, features):
        rows = _wide(features.index_select(0, pixels))
        z = torch.addmm(bias, rows, weight.t())
        losses.append(losses_with_gradient_(kind, z, levels, scale))
        by_features.index_add_(0, pixels, z @ weight)
        by_weight.addmm_(z.t(), rows)
        by_bias.add_(z.sum(0))
    return torch.cat(losses)


def _look(kind: str, features: Tensor, weight: Tensor, bias: Tensor, values: Chosen) -> Tensor:
    """Return the losses of one colour's values."""
    losses = []
    for pixels, levels, _ in _chunks(values, features):
        z = torch.addmm(bias, _wide(features.index_select(0, pixels)), weight.t())
        losses.append(losses_of(kind, z, levels))
    return torch.cat(losses)


def _chunks(values: Chosen, features: Tensor) -> Iterable[tuple[Tensor, Tensor, Tensor]]:
    rows = chunk_rows(features)
    return zip(values.pixels.split(rows), values.levels.split(rows), values.scale.split(rows), strict=True)
