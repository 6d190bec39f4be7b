"""How well a trained network fills in the centre of pictures, beside what needs no network."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from hpq.model.baselines import (
    WHITE,
    Bytes,
    Floats,
    laplace,
    ridge,
    ring_mean,
    training_mean,
    true_hole,
)
from hpq.model.data import Pictures, batch_of
from hpq.model.inputs import COLOURS
from hpq.model.losses import losses_of
from hpq.model.masks import make_masks
from hpq.model.network import Batch, Network, choose
from hpq.model.options import Options

RING_WIDTHS = (1, 4)  # pixels that a regression sees
_ROWS = 8192  # values at a time, whose logits take 8 MiB
_AT_ONCE = 32  # pictures


@dataclass(frozen=True, slots=True)
class Scores:
    """Mean losses over the values of the central holes; those of a distribution are None without one."""

    squared_error: float  # of values in 0 … 1
    absolute_error: float
    squared_emd: float | None = None
    cross_entropy: float | None = None  # nats


def score_network(network: Network, pictures: Pictures, beat: Callable[[], None] = lambda: None) -> Scores:
    """Return the scores of a network, whose single answer is the best for each error.

    That is the mean of the predicted distribution for the squared error and its median for the absolute one.
    """
    network.eval()
    sums, count = torch.zeros(4, dtype=torch.float64), 0
    for made in _centre_batches(pictures, network.options):
        batch = made.to(network.head_bias.device)
        with torch.no_grad():
            features = network.features(batch).flatten(0, 2).to(network.head_bias.dtype)
            for values, weight, bias in zip(
                choose(batch.levels, ~batch.mask), network.head_weight, network.head_bias, strict=True
            ):
                parts = zip(values.pixels.split(_ROWS), values.levels.split(_ROWS), strict=True)
                for pixels, levels in parts:
                    sums += _scores(F.linear(features[pixels], weight, bias), levels).cpu()
                count += len(values.pixels)
        beat()
    return Scores(*(sums / count).tolist())


def _centre_batches(pictures: Pictures, options: Options) -> Iterator[Batch]:
    """Yield all pictures with their centres hidden."""
    for start in range(0, len(pictures), _AT_ONCE):
        part = slice(start, start + _AT_ONCE)
        shape = (len(pictures.words[part]), COLOURS, options.size, options.size)
        masks = make_masks("centre", shape, torch.Generator())
        yield batch_of(pictures.pictures[part], pictures.words[part], options, masks)


def _scores(logits: Tensor, levels: Tensor) -> Tensor:
    """Return the sums of the four scores over values, in the order of Scores."""
    p, total = logits.softmax(-1), logits.shape[-1]
    answers = brightness(torch.arange(total, device=p.device), total)
    mean = p @ answers
    median = answers[(p.cumsum(-1) < 0.5).sum(-1).clamp(max=total - 1)]
    true = answers[levels]
    parts = (
        (mean - true).square(),
        (median - true).abs(),
        losses_of("emd2", logits, levels),
        losses_of("xent", logits, levels),
    )
    return torch.stack([part.double().sum() for part in parts])


def brightness(levels: Tensor, total: int) -> Tensor:
    """Return the values in 0 … 1 that levels stand for: the middle of the bytes that each is made of."""
    return (((levels + 0.5) * (256 / total)) - 0.5) / WHITE


def score_baselines(training: Bytes, pictures: Bytes) -> dict[str, Scores]:
    """Return the scores of what needs no network, fitted on the training pictures where there is a fit."""
    widths = [width for width in RING_WIDTHS if width <= pictures.shape[1] // 4]
    found = {
        "mean of the training pictures": training_mean(training, pictures),
        "mean of the pixels around": ring_mean(pictures),
        "Laplace fill": laplace(pictures),
        **{f"ridge on a ring of {width}": ridge(training, pictures, width) for width in widths},
    }
    true = true_hole(pictures)
    return {name: _score(predicted, true) for name, predicted in found.items()}


def _score(predicted: Floats, true: Floats) -> Scores:
    error = predicted - true
    return Scores(float(np.mean(error**2)), float(np.mean(np.abs(error))))
