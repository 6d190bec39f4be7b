"""Merging a caption into the features of a picture."""

import math

import torch
import torch.nn.functional as F
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
        pixels = x.permute(0, 2, 3, 1)  # (B, H, W, C)
        query = (pixels @ self.similarity).flatten(1, 2)  # (B, HW, C)
        attended = F.scaled_dot_product_attention(
            query.unsqueeze(1), z.unsqueeze(1), z.unsqueeze(1), reading.is_real[:, None, None], scale=1.0
        )
        return x + attended.view(pixels.shape).permute(0, 3, 1, 2)


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
        features = self.dense(reading.summary).view(len(x), -1, self.depth)  # (B, rank or HW, D)
        if self.places is not None:
            features = self.places.t() @ features
        places = features.view(len(x), self.size, self.size, self.depth).permute(0, 3, 1, 2)
        return torch.cat([x, places], 1)


def make_merger(options: Options, channels: int, states: int) -> AttentionMerger | ConvMerger:
    """Return the merger of the options, for features of so many channels."""
    if options.merger_kind == "attention":
        return AttentionMerger(channels, states)
    return ConvMerger(channels, states, options.merger_depth, options.size, options.merger_rank)
