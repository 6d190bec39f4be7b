"""How a picture enters: a number for each level and colour channel becomes what a convolution reads."""

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

COLOURS = 3


class EmbeddedInput(nn.Module):
    """Each colour channel's level as a learned vector, zero where it is asked.

    The vectors start as cosines of the level, the slowest first: levels are ordered, and a network that
    has to find that out for itself from random vectors learns far more slowly.
    """

    def __init__(self, levels: int, size: int) -> None:
        super().__init__()
        self.levels = levels
        self.channels = COLOURS * size
        self.asked = COLOURS * levels  # the row of zeros
        self.embedding = nn.Embedding(self.asked + 1, size, padding_idx=self.asked)
        with torch.no_grad():
            self.embedding.weight[:-1] = cosines(levels, size).repeat(COLOURS, 1)

    def forward(self, levels: Tensor, mask: Tensor) -> Tensor:
        colours = torch.arange(COLOURS, device=levels.device, dtype=torch.int32) * self.levels
        rows = torch.where(mask, levels + colours.view(1, -1, 1, 1), self.asked)
        vectors: Tensor = self.embedding(rows.permute(0, 2, 3, 1))  # (B, H, W, 3, E)
        return vectors.flatten(3).permute(0, 3, 1, 2)


class OneHotInput(nn.Module):
    """Each colour channel's level as a one-hot vector, zero where it is asked, and the mask."""

    def __init__(self, levels: int) -> None:
        super().__init__()
        self.levels = levels
        self.channels = COLOURS * levels + COLOURS

    def forward(self, levels: Tensor, mask: Tensor) -> Tensor:
        vectors = F.one_hot(levels.long(), self.levels) * mask.unsqueeze(-1)
        dense = vectors.permute(0, 1, 4, 2, 3).flatten(1, 2)
        return torch.cat([dense, mask], 1).float()


def cosines(levels: int, count: int) -> Tensor:
    """Return the first cosines over levels, (levels, count): constant, half a period, a whole one, …"""
    middles = (torch.arange(levels).unsqueeze(1) + 0.5) / levels
    return torch.cos(math.pi * torch.arange(count) * middles)
