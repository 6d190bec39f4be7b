"""Merging a caption into the features of a picture."""

import math

import torch
from torch import Tensor, nn

from hpq.model.options import Options
from hpq.model.reader import Reading


class AttentionMerger(nn.Module):
    """Adds to every pixel what it attends to in the caption: x + Σ w z, w = softmax over time of xᵀUz."""

    def __init__(self, channels: int, states: int) -> None:
        super().__init__()
        self.channels = channels  # that come out
        self.dense = nn.Linear(states, channels)
        self.norm = nn.LayerNorm(channels)
        self.similarity = nn.Parameter(torch.eye(channels))

    def forward(self, x: Tensor, reading: Reading) -> Tensor:
        z: Tensor = self.norm(self.dense(reading.states)).relu()  # (B, T, C)
        pixels = x.flatten(2).transpose(1, 2)  # (B, HW, C)
        scores = (pixels @ self.similarity) @ z.transpose(1, 2)  # (B, HW, T)
        weights = scores.masked_fill(~reading.is_real.unsqueeze(1), -math.inf).softmax(-1)
        attended: Tensor = (weights @ z).transpose(1, 2).reshape(x.shape)
        return x + attended


class ConvMerger(nn.Module):
    """Concatenates a feature map made from the caption's summary.

    The map is of low rank over space: 0.4 M parameters where a dense one has 2 M, for the same gain.
    A rank of 0 makes it dense, as in the original.
    """

    def __init__(self, channels: int, summary: int, depth: int, size: int, rank: int) -> None:
        super().__init__()
        self.channels = channels + depth  # that come out
        self.depth, self.size, self.rank = depth, size, rank
        self.dense = nn.Linear(summary, depth * (rank or size * size))
        self.places = nn.Parameter(torch.randn(rank, size * size) / math.sqrt(rank)) if rank else None

    def forward(self, x: Tensor, reading: Reading) -> Tensor:
        features = self.dense(reading.summary).view(len(x), self.depth, -1)  # (B, D, rank or HW)
        if self.places is not None:
            features = features @ self.places
        return torch.cat([x, features.view(len(x), self.depth, self.size, self.size)], 1)


def make_merger(options: Options, channels: int, states: int) -> AttentionMerger | ConvMerger:
    """Return the merger of the options, for features of so many channels."""
    if options.merger_kind == "attention":
        return AttentionMerger(channels, states)
    return ConvMerger(channels, states, options.merger_depth, options.size, options.merger_rank)
