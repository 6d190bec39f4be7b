"""The whole network: picture and caption in, a distribution for each value out."""

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from hpq.model.convnets import ConvNet
from hpq.model.losses import LOSSES
from hpq.model.options import Options
from hpq.model.reader import Reader

COLOURS = 3


@dataclass(frozen=True, slots=True)
class Batch:
    """Captioned pictures with masks, on one device."""

    levels: Tensor  # (B, 3, H, W) integers below options.levels
    mask: Tensor  # (B, 3, H, W) booleans, true is given
    words: Tensor  # (B, L) word ids, 0 pads
    lengths: Tensor  # (B,)


@dataclass(frozen=True, slots=True)
class Losses:
    """Mean losses of a batch, over each example's own number of values; None where not wanted."""

    asked: Tensor
    given: Tensor | None
    all: Tensor | None


class Network(nn.Module):
    """Predicts the levels of all values of a picture from those that are given, and from its caption."""

    def __init__(self, options: Options, words: int) -> None:
        super().__init__()
        self.options = options
        self.reader = Reader(
            words,
            options.reader_embedding,
            options.reader_size,
            options.reader_radius,
            bidir=options.reader_bidir,
            normalize=options.reader_normalize,
            forget_bias=options.reader_forget_bias,
        )
        self.input: _EmbeddedInput | _OneHotInput
        if options.convnet_input == "embedding":
            self.input = _EmbeddedInput(options.levels, options.convnet_embedding)
        else:
            self.input = _OneHotInput(options.levels)
        self.convnet = ConvNet(options, self.input.channels, self.reader.size)
        channels = self.convnet.channels
        # Without batch normalisation, so that logits can be computed for single values.
        self.head_weight = nn.Parameter(
            torch.randn(COLOURS, options.levels, channels) * 0.1 / math.sqrt(channels)
        )
        self.head_bias = nn.Parameter(torch.zeros(COLOURS, options.levels))

    def features(self, batch: Batch) -> Tensor:
        """Return what the head reads, (B, channels, H, W)."""
        reading = self.reader(batch.words, batch.lengths)
        features: Tensor = self.convnet(self.input(batch.levels, batch.mask), reading)
        return features

    def logits(self, batch: Batch) -> Tensor:
        """Return logits for all values, (B, 3, H, W, levels)."""
        features = self.features(batch).permute(0, 2, 3, 1)  # (B, H, W, channels)
        return torch.stack([self._head(features, colour) for colour in range(COLOURS)], 1)

    def losses(self, batch: Batch, *, with_given: bool) -> Losses:
        """Return the losses over asked values and, if wanted, over given and over all values.

        Logits are computed only for the values that count: they are what takes most memory.
        """
        features = self.features(batch).permute(0, 2, 3, 1)
        where = torch.ones_like(batch.mask) if with_given else ~batch.mask
        sums = features.new_zeros(2, len(features))  # asked and given, by example
        for colour in range(COLOURS):
            at = where[:, colour]  # (B, H, W)
            losses = LOSSES[self.options.loss](self._head(features[at], colour), batch.levels[:, colour][at])
            example = at.nonzero()[:, 0]
            is_given = batch.mask[:, colour][at].long()
            sums = sums.index_put((is_given, example), losses.to(sums.dtype), accumulate=True)
        asked, given = (~batch.mask).flatten(1).sum(1), batch.mask.flatten(1).sum(1)
        return Losses(
            asked=(sums[0] / asked.clamp(min=1)).mean(),
            given=(sums[1] / given.clamp(min=1)).mean() if with_given else None,
            all=(sums.sum(0) / (asked + given)).mean() if with_given else None,
        )

    def _head(self, features: Tensor, colour: int) -> Tensor:
        logits: Tensor = F.linear(features, self.head_weight[colour], self.head_bias[colour])
        return logits


class _EmbeddedInput(nn.Module):
    """Each colour channel's level as a learned vector, zero where it is asked."""

    def __init__(self, levels: int, size: int) -> None:
        super().__init__()
        self.levels = levels
        self.channels = COLOURS * size
        self.embedding = nn.Embedding(COLOURS * levels, size)

    def forward(self, levels: Tensor, mask: Tensor) -> Tensor:
        colours = torch.arange(COLOURS, device=levels.device).view(1, -1, 1, 1) * self.levels
        vectors = self.embedding(levels + colours) * mask.unsqueeze(-1)  # (B, 3, H, W, E)
        return torch.flatten(vectors.permute(0, 1, 4, 2, 3), 1, 2)


class _OneHotInput(nn.Module):
    """Each colour channel's level as a one-hot vector, zero where it is asked, and the mask."""

    def __init__(self, levels: int) -> None:
        super().__init__()
        self.levels = levels
        self.channels = COLOURS * levels + COLOURS

    def forward(self, levels: Tensor, mask: Tensor) -> Tensor:
        vectors = F.one_hot(levels, self.levels) * mask.unsqueeze(-1)
        dense = vectors.permute(0, 1, 4, 2, 3).flatten(1, 2)
        return torch.cat([dense, mask], 1).float()
