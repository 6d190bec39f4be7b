"""All that is sampled for a sheet: several independent fillings of each picture, and the network's mean."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import torch

from hpq.model.network import Batch
from hpq.model.pixels import Pixels, fill, hide
from hpq.model.sampling import mean_levels, passes, sample
from hpq.model.trained import Trained

SAMPLES = 3  # of each picture
_AT_ONCE = 32  # pictures, so that any count fits where one batch of training did
_MOST_FRAMES = 60  # of noise, which compresses badly: 5 MB for eight pictures


@dataclass(frozen=True, slots=True)
class Way:
    """How values are sampled."""

    strategy: str
    steps: int
    temperature: float
    seed: int


@dataclass(frozen=True, slots=True)
class Filled:
    """Pictures filled in, all of (B, side, side, 3)."""

    samples: list[Pixels]
    means: Pixels
    process: list[Pixels]  # that led to the first sample, from the masked pictures on; some of its steps


def count_passes(batch: Batch, way: Way) -> int:
    """Return how often `fill_in` calls back."""
    return sum(SAMPLES * passes(part, way.strategy, way.steps) + 1 for part in _parts(batch))


def fill_in(
    trained: Trained, pixels: Pixels, batch: Batch, way: Way, passed: Callable[[], None] = lambda: None
) -> Filled:
    """Return what a network makes of the pictures of a batch; calls back after each of its passes."""
    device = trained.network.head_bias.device
    pieces = np.split(pixels, range(_AT_ONCE, len(pixels), _AT_ONCE))
    parts = [
        _fill_part(trained, piece, part.to(device), way, index, passed)
        for index, (piece, part) in enumerate(zip(pieces, _parts(batch), strict=True))
    ]
    return Filled(
        samples=[np.concatenate(same) for same in zip(*(part.samples for part in parts), strict=True)],
        means=np.concatenate([part.means for part in parts]),
        process=[np.concatenate(same) for same in zip(*(part.process for part in parts), strict=True)],
    )


def _parts(batch: Batch) -> Iterator[Batch]:
    tensors = (batch.levels, batch.mask, batch.words, batch.lengths)
    yield from map(Batch, *(tensor.split(_AT_ONCE) for tensor in tensors))


def _fill_part(
    trained: Trained, pixels: Pixels, batch: Batch, way: Way, index: int, passed: Callable[[], None]
) -> Filled:
    levels = trained.options.levels
    samples = []
    process = [hide(pixels, batch.mask)] if way.strategy == "gibbs" else []
    every = -(-way.steps // _MOST_FRAMES)
    for number in range(SAMPLES):
        (seed,) = np.random.SeedSequence((way.seed, number, index)).generate_state(1)
        generator = torch.Generator().manual_seed(int(seed))
        values = batch.levels  # what remains where nothing is asked
        made = sample(trained.network, batch, way.strategy, way.steps, generator, way.temperature)
        for step, values in enumerate(made, start=1):
            passed()
            if process and number == 0 and (way.steps - step) % every == 0:
                process.append(fill(pixels, batch.mask, values, levels))
        samples.append(fill(pixels, batch.mask, values, levels))
    means = fill(pixels, batch.mask, mean_levels(trained.network, batch), levels)
    passed()
    return Filled(samples, means, process)
