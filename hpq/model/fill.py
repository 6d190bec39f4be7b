"""A first guess at what is asked: given values spread smoothly into the holes, as a soap film would."""

import torch
import torch.nn.functional as F
from torch import Tensor

SWEEPS = (
    8  # at each resolution; four times as many come 4 % closer to the film and take as many times as long
)


@torch.no_grad()
def spread(values: Tensor, mask: Tensor) -> Tensor:
    """Return values (B, C, H, W) with those that are asked replaced by an almost harmonic guess.

    From coarse to fine: at each resolution a guess is the coarser one, smoothed by Jacobi's method for
    Laplace's equation with what is given held fast. A channel of which nothing is given is filled with 0.
    """
    weight = mask.to(values.dtype)
    pyramid = [(values * weight, weight)]
    while max(pyramid[-1][0].shape[-2:]) > 1:
        pyramid.append((_halved(pyramid[-1][0]), _halved(pyramid[-1][1])))
    guess = torch.zeros_like(pyramid[-1][0])
    while pyramid:
        total, weight = pyramid.pop()
        is_known, known = weight > 0, total / weight.clamp(min=torch.finfo(weight.dtype).tiny)
        finer = F.interpolate(guess, size=total.shape[-2:], mode="bilinear", align_corners=False)
        guess = torch.where(is_known, known, finer)
        for _ in range(SWEEPS):
            guess = torch.where(is_known, known, _mean_of_neighbours(guess))
    return guess


def _halved(x: Tensor) -> Tensor:
    return F.avg_pool2d(x, 2, ceil_mode=True)


def _mean_of_neighbours(x: Tensor) -> Tensor:
    padded = F.pad(x, (1, 1, 1, 1), mode="replicate")
    above, below = padded[..., :-2, 1:-1], padded[..., 2:, 1:-1]
    left, right = padded[..., 1:-1, :-2], padded[..., 1:-1, 2:]
    return (above + below + left + right) / 4
