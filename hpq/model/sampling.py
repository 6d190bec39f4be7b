"""Filling in what is asked: by Gibbs sampling with a falling rate, or one value after another."""

from collections.abc import Iterator

import torch
from torch import Tensor

from hpq.errors import HpqError
from hpq.model.network import Batch, Network

ORDERS = ("orderless", "greedy", "antigreedy")


def temper(p: Tensor, temperature: float) -> Tensor:
    """Return p^(1/T), normalised over the last dimension; at T = 0 all mass is on the likeliest level."""
    if temperature < 0:
        raise HpqError(f"a temperature is at least 0, not {temperature}")
    if temperature == 0:
        return torch.zeros_like(p).scatter_(-1, p.argmax(-1, keepdim=True), 1.0)
    return (p.log() / temperature).softmax(-1)


def resampling_rate(
    step: int, steps: int, highest: float = 0.9, lowest: float = 0.1, until: float = 0.7
) -> float:
    """Return the share of values that a Gibbs step samples anew: it falls linearly, and then stays.

    max(α_min, α_max − (n/N)(α_max − α_min)/η). Source: arXiv 1409.0585, with the post's defaults.
    """
    return max(lowest, highest - step / steps * (highest - lowest) / until)


@torch.no_grad()
def gibbs(
    network: Network, batch: Batch, steps: int, generator: torch.Generator, temperature: float = 1.0
) -> Iterator[Tensor]:
    """Yield the levels (B, 3, H, W) after each step of independent Gibbs sampling.

    A step hides each asked value with the rate of the step and samples what is hidden from the network's
    distributions, all at once, given the rest. The first step hides all that is asked.
    """
    network.eval()
    levels = batch.levels
    for step in range(steps):
        rate = 1.0 if step == 0 else resampling_rate(step, steps)
        chance = torch.rand(batch.mask.shape, generator=generator).to(levels.device)
        hidden = ~batch.mask & (chance < rate)
        sampled = _sample(network, Batch(levels, ~hidden, batch.words, batch.lengths), generator, temperature)
        levels = torch.where(hidden, sampled, levels)
        yield levels


@torch.no_grad()
def ancestral(
    network: Network,
    batch: Batch,
    generator: torch.Generator,
    order: str = "orderless",
    temperature: float = 1.0,
    at_once: int = 1,
) -> Iterator[Tensor]:
    """Yield the levels (B, 3, H, W) as asked values are filled in, `at_once` of each picture at a time.

    The next value is any (orderless), the one of lowest entropy (greedy) or of highest (antigreedy).
    """
    if order not in ORDERS:
        raise HpqError(f"an order is one of {', '.join(ORDERS)}, not {order!r}")
    network.eval()
    levels, mask = batch.levels, batch.mask.clone()
    while not bool(mask.all()):
        p = network.logits(Batch(levels, mask, batch.words, batch.lengths)).softmax(-1)
        chosen = _next(p, mask, order, at_once, generator)
        sampled = draw_levels(temper(p, temperature), generator)
        levels = torch.where(chosen, sampled, levels)
        mask |= chosen
        yield levels


def _next(p: Tensor, mask: Tensor, order: str, at_once: int, generator: torch.Generator) -> Tensor:
    """Return which asked values come next, (B, 3, H, W)."""
    if order == "orderless":
        rank = torch.rand(mask.shape, generator=generator).to(p.device)
    else:
        rank = -(p * p.clamp(min=torch.finfo(p.dtype).tiny).log()).sum(-1)
    if order == "antigreedy":
        rank = -rank
    rank = rank.masked_fill(mask, torch.inf).flatten(1)
    first = rank.topk(min(at_once, rank.shape[1]), largest=False).indices
    chosen = torch.zeros_like(rank, dtype=torch.bool).scatter_(1, first, value=True)
    return chosen.view_as(mask) & ~mask


def _sample(network: Network, batch: Batch, generator: torch.Generator, temperature: float) -> Tensor:
    return draw_levels(temper(network.logits(batch).softmax(-1), temperature), generator)


def draw_levels(p: Tensor, generator: torch.Generator) -> Tensor:
    """Return one level for each distribution, by where a uniform number falls in its CDF."""
    chance = torch.rand(p.shape[:-1], generator=generator).to(p.device)
    cdf = p.cumsum(-1)
    chance = chance.unsqueeze(-1) * cdf[..., -1:]  # rounding leaves a CDF a little off 1
    return (cdf <= chance).sum(-1).clamp(max=p.shape[-1] - 1)
