"""The bundled model's pieces as anyone would write them first in PyTorch: what ours are measured against.

Dense one-hot input, all logits of all values, losses by their definition and autograd's gradients, masks
by stacking shifts, one autograd node for each step of the recurrence.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from hpq.model.convnets import ConvNet
from hpq.model.inputs import COLOURS, OneHotInput
from hpq.model.network import Batch
from hpq.model.options import Options
from hpq.model.reader import Reader


def squared_emd(logits: Tensor, target: Tensor) -> Tensor:
    """Return the squared earth mover's distance of each value: Σ (CDF − true CDF)²."""
    true = F.one_hot(target, logits.shape[-1]).to(logits.dtype)
    return (true - logits.softmax(-1)).cumsum(-1).square().sum(-1)


def contiguish(count: int, size: int, radius: int, generator: torch.Generator) -> Tensor:
    """Return contiguish masks: the product over all shifts in the window, stacked."""
    window = 2 * radius + 1
    q = torch.rand(count, 1, 1, 1, generator=generator) ** (1 / window**2)
    field = torch.rand(count, COLOURS, size + 2 * radius, size + 2 * radius, generator=generator)
    given = (field < q).float()
    shifts = [
        given[..., row : row + size, column : column + size]
        for row in range(window)
        for column in range(window)
    ]
    return torch.stack(shifts).prod(0).bool()


def pool(keep: Tensor, new: Tensor, initial: Tensor) -> Tensor:
    """Return the cells (B, T, S) of the recurrence, step by step."""
    cell, cells = initial.expand(keep.shape[0], -1), []
    for t in range(keep.shape[1]):
        cell = keep[:, t] * cell + (1 - keep[:, t]) * new[:, t]
        cells.append(cell)
    return torch.stack(cells, 1)


class PlainNetwork(nn.Module):
    """The network with one-hot input and a head for all values, in PyTorch's default layout."""

    def __init__(self, options: Options, words: int) -> None:
        super().__init__()
        self.reader = Reader(
            words,
            options.reader_embedding,
            options.reader_size,
            options.reader_radius,
            bidir=options.reader_bidir,
            normalize=options.reader_normalize,
            forget_bias=options.reader_forget_bias,
        )
        self.input = OneHotInput(options.levels)
        self.convnet = ConvNet(options, self.input.channels, self.reader.size)
        self.head = nn.Conv2d(self.convnet.channels, COLOURS * options.levels, 1)
        self.levels = options.levels

    def loss(self, batch: Batch) -> Tensor:
        """Return the loss over asked values."""
        reading = self.reader(batch.words, batch.lengths)
        logits = self.head(self.convnet(self.input(batch.levels, batch.mask), reading))
        logits = logits.unflatten(1, (COLOURS, self.levels)).permute(0, 1, 3, 4, 2)
        asked = (~batch.mask).float()
        losses = squared_emd(logits, batch.levels.long()) * asked
        return (losses.flatten(1).sum(1) / asked.flatten(1).sum(1).clamp(min=1)).mean()
