"""Filling in what is asked: by Gibbs sampling with a falling rate, or one value after another."""

from collections.abc import Iterator
from dataclasses import replace

import torch
import torch.nn.functional as F
from torch import Tensor

from hpq.errors import HpqError
from hpq.model.losses import chunk_rows
from hpq.model.network import Batch, Network

ORDERS = ("orderless", "greedy", "antigreedy")
STRATEGIES = ("gibbs", *ORDERS)
_COLDEST = 1e-30  # a temperature below it divides nothing that float32 could still tell apart


def sample(
    network: Network,
    batch: Batch,
    strategy: str,
    steps: int,
    generator: torch.Generator,
    temperature: float = 1.0,
) -> Iterator[Tensor]:
    """Yield the levels (B, 3, H, W) after each pass through the network, of which there are `steps` at most.

    Ancestral strategies fill in as many values of a picture at a time as that takes.
    """
    if strategy == "gibbs":
        return gibbs(network, batch, steps, generator, temperature)
    return ancestral(network, batch, generator, strategy, temperature, _at_once(batch, steps))


def passes(batch: Batch, strategy: str, steps: int) -> int:
    """Return how many passes `sample` makes."""
    at_once = _at_once(batch, steps)
    return steps if strategy == "gibbs" else -(-_most_asked(batch) // at_once)


def _at_once(batch: Batch, steps: int) -> int:
    return max(1, -(-_most_asked(batch) // steps))


def _most_asked(batch: Batch) -> int:
    return int((~batch.mask).flatten(1).sum(1).max().item())


def temper(logits: Tensor, temperature: float) -> Tensor:
    """Return p^(1/T), normalised, of the softmax p; at T = 0 all mass is on the likeliest level."""
    if temperature < 0:
        raise HpqError(f"a temperature is at least 0, not {temperature}")
    if temperature < _COLDEST:
        return torch.zeros_like(logits).scatter_(-1, logits.argmax(-1, keepdim=True), 1.0)
    likeliest = logits.amax(-1, keepdim=True)  # without which a low temperature makes infinities of them
    return ((logits - likeliest) / temperature).softmax(-1)


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
        features = network.features(replace(batch, levels=levels, mask=~hidden))
        levels = _drawn(network, features, levels, hidden, generator, temperature)
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
    levels, mask = batch.levels, batch.mask
    while not bool(mask.all()):
        features = network.features(replace(batch, levels=levels, mask=mask))
        if order == "orderless":
            rank = torch.rand(mask.shape, generator=generator).to(mask.device)
        else:
            rank = _entropies(network, features, ~mask) * (1 if order == "greedy" else -1)
        chosen = _first(rank, ~mask, at_once)
        levels = _drawn(network, features, levels, chosen, generator, temperature)
        mask = mask | chosen
        yield levels


@torch.no_grad()
def mean_levels(network: Network, batch: Batch) -> Tensor:
    """Return the mean of each asked value's distribution, in one pass, and given levels as they are.

    It is a float, (B, 3, H, W).
    """
    network.eval()
    means = batch.levels.to(torch.float32, memory_format=torch.contiguous_format, copy=True)
    levels = torch.arange(network.options.levels, device=means.device, dtype=means.dtype)
    for places, logits in _logits_at(network, network.features(batch), ~batch.mask):
        means.view(-1)[places] = logits.softmax(-1) @ levels
    return means


def _first(rank: Tensor, asked: Tensor, count: int) -> Tensor:
    """Return where the asked values of lowest rank are, so many of each picture, (B, 3, H, W)."""
    ranks = rank.masked_fill(~asked, torch.inf).flatten(1)
    first = ranks.topk(min(count, ranks.shape[1]), largest=False).indices
    chosen = torch.zeros_like(ranks, dtype=torch.bool).scatter_(1, first, value=True)
    return chosen.view_as(asked) & asked


def _entropies(network: Network, features: Tensor, where: Tensor) -> Tensor:
    """Return the entropy of each chosen value's distribution in nats, (B, 3, H, W), and 0 elsewhere."""
    entropies = torch.zeros(where.shape, device=where.device)
    for places, logits in _logits_at(network, features, where):
        entropies.view(-1)[places] = torch.special.entr(logits.softmax(-1)).sum(-1)
    return entropies


def _drawn(
    network: Network,
    features: Tensor,
    levels: Tensor,
    where: Tensor,
    generator: torch.Generator,
    temperature: float,
) -> Tensor:
    """Return the levels with the chosen ones drawn anew."""
    levels = levels.clone(memory_format=torch.contiguous_format)
    for places, logits in _logits_at(network, features, where):
        drawn = draw_levels(temper(logits, temperature), generator)
        levels.view(-1)[places] = drawn.to(levels.dtype)
    return levels


def _logits_at(network: Network, features: Tensor, where: Tensor) -> Iterator[tuple[Tensor, Tensor]]:
    """Yield places in `where` (B, 3, H, W) that are true, and the logits there, a chunk at a time.

    Late steps draw a tenth of what is asked, and all logits of a batch would not fit in a core's cache.
    """
    _, colours, height, width = where.shape
    rows = features.flatten(0, 2)  # (B·H·W, channels)
    for colour, (weight, bias) in enumerate(zip(network.head_weight, network.head_bias, strict=True)):
        pixels = where[:, colour].flatten().nonzero().squeeze(1)
        for some in pixels.split(chunk_rows(features)):
            picture, pixel = some // (height * width), some % (height * width)
            logits = F.linear(rows[some].to(weight.dtype), weight, bias)
            yield (picture * colours + colour) * height * width + pixel, logits


def draw_levels(p: Tensor, generator: torch.Generator) -> Tensor:
    """Return one level for each distribution, by where a uniform number falls in its CDF."""
    chance = torch.rand(p.shape[:-1], generator=generator).to(p.device)
    cdf = p.cumsum(-1)
    chance = chance.unsqueeze(-1) * cdf[..., -1:]  # rounding leaves a CDF a little off 1
    return torch.searchsorted(cdf, chance, right=True).squeeze(-1).clamp(max=p.shape[-1] - 1)
