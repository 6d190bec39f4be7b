"""Masks over pixels and colour channels: true is given, false is asked.

A mask says what a network sees and what it has to tell. All functions return booleans of shape
(B, C, H, W), where C is 1 if the channels share a mask.
"""

import torch
from torch import Tensor

Shape = tuple[int, int, int, int]  # B, C, H, W
_LEAST = 2**-30  # of probabilities, whose logarithm is needed


def make_masks(
    kind: str,
    shape: Shape,
    generator: torch.Generator,
    *,
    radius: int = 8,
    shared: bool = False,
    p: Tensor | None = None,
) -> Tensor:
    """Return masks of one of the four kinds.

    `p` (B,) in [0, 1] sets the probability that a value is given where the kind has one (contiguish), or
    the share of given values (orderless); it is uniform for every example by default.
    """
    count, channels, height, width = shape
    drawn: Shape = (count, 1 if shared else channels, height, width)
    p = torch.rand(count, generator=generator) if p is None else p
    if kind == "contiguish":
        mask = contiguish(drawn, radius, p, generator)
    elif kind == "orderless":
        mask = orderless(drawn, p, generator)
    elif kind == "square":
        mask = square(drawn, generator)
    else:
        mask = centre(drawn)
    return mask.expand(shape)


def contiguish(shape: Shape, radius: int, p: Tensor, generator: torch.Generator) -> Tensor:
    """Return masks with contiguous holes: given where a whole window of independent draws is true.

    A window has a = (2r+1)² draws, each true with probability q = p^(1/a), so that a value is given with
    probability p, and a hole is the union of windows. Source: the post of April 2017.
    """
    count, channels, height, width = shape
    window = 2 * radius + 1
    field = (count, channels, height + 2 * radius, width + 2 * radius)
    seeds = independent(field, -p.double().clamp(min=_LEAST).log() / window**2, generator)
    return _all_in_window(_all_in_window(seeds, -1, window), -2, window)


def independent(shape: Shape, rates: Tensor, generator: torch.Generator) -> Tensor:
    """Return independent draws, each true with probability exp(−rate) by the rates (B,) of its example.

    Points fall on the field as a Poisson process, and a draw is true where none fell. Where most draws are
    true that takes few random numbers, and none of them has to be close to 1.
    """
    cells = shape[2] * shape[3]
    fields = (rates * cells).view(-1, 1).expand(shape[:2])  # (B, C)
    counts = torch.poisson(fields.contiguous(), generator=generator).long().flatten()
    points = torch.randint(cells, (int(counts.sum()),), generator=generator)
    draws = torch.ones(len(counts) * cells, dtype=torch.bool)
    draws[torch.arange(len(counts)).repeat_interleave(counts) * cells + points] = False
    return draws.view(shape)


def _all_in_window(mask: Tensor, dim: int, window: int) -> Tensor:
    """Return whether all of each window along a dimension is true, in log2(window) steps of doubling."""
    width = 1
    while width < window:
        shift = min(width, window - width)
        length = mask.shape[dim] - shift
        mask = mask.narrow(dim, 0, length) & mask.narrow(dim, shift, length)
        width += shift
    return mask


def orderless(shape: Shape, p: Tensor, generator: torch.Generator) -> Tensor:
    """Return masks whose number of given values is uniform on 0 … n, all sets of a size alike.

    Source: orderless NADE, arXiv 1310.1757.
    """
    total = shape[1] * shape[2] * shape[3]
    sizes = (p.double() * (total + 1)).floor().clamp(max=total)
    ranks = torch.rand(shape[0], total, generator=generator).argsort(1).argsort(1)
    return (ranks < sizes.view(-1, 1)).view(shape)


def square(shape: Shape, generator: torch.Generator) -> Tensor:
    """Return masks with one square hole of half the side, anywhere in the picture."""
    count, _, height, width = shape
    side = height // 2
    tops = torch.randint(0, height - side + 1, (count, 1, 1, 1), generator=generator)
    lefts = torch.randint(0, width - side + 1, (count, 1, 1, 1), generator=generator)
    rows, columns = torch.arange(height).view(1, 1, -1, 1), torch.arange(width).view(1, 1, 1, -1)
    inside = (rows >= tops) & (rows < tops + side) & (columns >= lefts) & (columns < lefts + side)
    return (~inside).expand(shape)


def centre(shape: Shape) -> Tensor:
    """Return masks whose hole is the central square of half the side."""
    _, _, height, width = shape
    mask = torch.ones(height, width, dtype=torch.bool)
    mask[height // 4 : height // 4 + height // 2, width // 4 : width // 4 + width // 2] = False
    return mask.expand(shape)
