"""Reading captions: a quasi-recurrent network over words. Source: arXiv 1611.01576."""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from hpq.model.pool import pool


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read of a batch of captions."""

    states: Tensor  # (B, T, S), one for each window of words
    is_real: Tensor  # (B, T), false where a shorter caption has no window
    summary: Tensor  # (B, S), the last real state forward, beside the first one backward


class Reader(nn.Module):
    """Embeds words, convolves over them and pools what comes out, in one direction or two."""

    def __init__(
        self,
        words: int,
        embedding: int,
        size: int,
        radius: int,
        *,
        bidir: bool,
        normalize: bool,
        forget_bias: float,
    ) -> None:
        super().__init__()
        self.radius = radius
        self.embedding = nn.Embedding(words, embedding, padding_idx=0)
        directions = 2 if bidir else 1
        self.passes = nn.ModuleList(
            _Pass(embedding, size, radius, normalize, forget_bias) for _ in range(directions)
        )
        self.size = directions * size

    def forward(self, words: Tensor, lengths: Tensor) -> Reading:
        """Read word ids (B, L), padded with 0, of which the first `lengths` (B,) are real.

        The convolution is a valid one, so a caption of n words has n − radius + 1 windows. Padding is zero:
        it makes one window of a caption that is shorter than that, and reaches no other state.
        """
        words = F.pad(words, (0, max(0, self.radius - words.shape[1])))
        windows = (lengths - self.radius + 1).clamp(min=1)  # (B,)
        last = (windows - 1).view(-1, 1, 1)
        states, summaries = [], []
        for direction, read in enumerate(self.passes):
            turned = _turn(words, lengths) if direction else words
            passed = read(self.embedding(turned)).transpose(0, 1)  # (B, T, S)
            summaries.append(passed.gather(1, last.expand(-1, 1, passed.shape[2])).squeeze(1))
            states.append(_turn(passed, windows) if direction else passed)
        is_real = torch.arange(states[0].shape[1], device=words.device) < windows.unsqueeze(1)
        return Reading(torch.cat(states, 2), is_real, torch.cat(summaries, 1))


def _turn(sequence: Tensor, lengths: Tensor) -> Tensor:
    """Return sequences (B, T, ...) with their first `lengths` steps in reverse; what pads them stays."""
    steps = torch.arange(sequence.shape[1], device=sequence.device).expand(sequence.shape[0], -1)
    turned = lengths.unsqueeze(1) - 1 - steps
    index = torch.where(turned >= 0, turned, steps)
    if sequence.dim() == 2:
        return sequence.gather(1, index)
    return sequence.gather(1, index.unsqueeze(2).expand_as(sequence))


class _Pass(nn.Module):
    """One direction: f, o, z from a convolution, then c = σ(f)c + (1 − σ(f)) tanh z and h = σ(o) tanh c."""

    def __init__(self, embedding: int, size: int, radius: int, normalize: bool, forget_bias: float) -> None:
        super().__init__()
        self.convolution = nn.Conv1d(embedding, 3 * size, radius, bias=False)
        self.forget_bias = forget_bias
        self.initial = nn.Parameter(torch.zeros(size))
        self.norm_gates = nn.LayerNorm(3 * size) if normalize else None
        self.norm_cell = nn.LayerNorm(size) if normalize else None

    def forward(self, embedded: Tensor) -> Tensor:
        """Return the states (T, B, S) of embedded words (B, L, E)."""
        gates: Tensor = self.convolution(embedded.transpose(1, 2)).permute(2, 0, 1)  # (T, B, 3S)
        if self.norm_gates is not None:
            gates = self.norm_gates(gates)
        f, o, z = gates.chunk(3, -1)
        cells = pool((f + self.forget_bias).sigmoid(), z.tanh(), self.initial, self.norm_cell)
        return o.sigmoid() * cells.tanh()
