"""How a picture enters: a number for each level and colour channel becomes what a convolution reads."""

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from hpq.model.fill import spread

COLOURS = 3
HARMONIC = "harmonic"


class EmbeddedInput(nn.Module):
    """Each colour channel's level as a learned vector; where it is asked zero, or the vector of a guess.

    The vectors start as cosines of the level, the slowest first: levels are ordered, and a network that
    has to find that out for itself from random vectors learns far more slowly. Guesses have vectors of their
    own, of which the first number, which is the same for all levels, starts with the other sign.
    """

    def __init__(self, levels: int, size: int, fill: str) -> None:
        super().__init__()
        self.levels = levels
        self.channels = COLOURS * size
        self.asked = COLOURS * levels  # the row of zeros, or the first of those of guesses
        self.guesses = fill == HARMONIC
        start = cosines(levels, size).repeat(COLOURS, 1)
        rest = start * (1 - 2 * F.one_hot(torch.tensor(0), size)) if self.guesses else torch.zeros(1, size)
        self.embedding = nn.Embedding.from_pretrained(
            torch.cat([start, rest]), freeze=False, padding_idx=None if self.guesses else self.asked
        )

    def forward(self, levels: Tensor, mask: Tensor) -> Tensor:
        if self.guesses:
            levels = spread(levels.float(), mask).round().int()
            rows = torch.where(mask, levels, levels + self.asked) + self._first_rows(levels)
        else:
            rows = torch.where(mask, levels + self._first_rows(levels), self.asked)
        vectors: Tensor = self.embedding(rows.permute(0, 2, 3, 1))  # (B, H, W, 3, E)
        return vectors.flatten(3).permute(0, 3, 1, 2)

    def _first_rows(self, levels: Tensor) -> Tensor:
        """Return where the rows of each colour begin, (3, 1, 1)."""
        return torch.arange(COLOURS, device=levels.device, dtype=torch.int32).view(-1, 1, 1) * self.levels


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
