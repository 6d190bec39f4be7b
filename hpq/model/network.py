"""The whole network: picture and caption in, a distribution for each value out."""

from dataclasses import dataclass, fields

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from hpq.model.convnets import ConvNet
from hpq.model.head import Chosen, head_losses, initial_head, initial_shortcut
from hpq.model.inputs import COLOURS, EmbeddedInput, OneHotInput
from hpq.model.options import Options
from hpq.model.precision import autocast
from hpq.model.reader import Reader


@dataclass(frozen=True, slots=True)
class Batch:
    """Captioned pictures with masks, on one device."""

    levels: Tensor  # (B, 3, H, W) integers below options.levels, of any integer type
    mask: Tensor  # (B, 3, H, W) booleans, true is given
    words: Tensor  # (B, L) word ids, 0 pads
    lengths: Tensor  # (B,)

    def to(self, device: torch.device) -> "Batch":
        """Return the batch on a device; from pinned memory, without waiting for the copy."""
        return Batch(*(getattr(self, each.name).to(device, non_blocking=True) for each in fields(self)))

    def pinned(self) -> "Batch":
        """Return the batch in memory that a GPU copies from by itself."""
        return Batch(*(getattr(self, each.name).pin_memory() for each in fields(self)))


@dataclass(frozen=True, slots=True)
class Losses:
    """Mean losses of a batch, over each example's own number of values."""

    objective: Tensor  # over asked values, and over given ones too where these count; it has the gradient
    asked: Tensor
    given: Tensor | None  # None where they do not count


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
        self.input: EmbeddedInput | OneHotInput
        if options.convnet_input == "embedding":
            self.input = EmbeddedInput(options.levels, options.convnet_embedding, options.convnet_fill)
        else:
            self.input = OneHotInput(options.levels)
        self.convnet = ConvNet(options, self.input.channels, self.reader.size)
        # Without batch normalisation, so that logits can be computed for single values.
        weight = initial_head(COLOURS, options.levels, self.convnet.channels)
        if options.convnet_skip:
            shortcut = initial_shortcut(COLOURS, options.levels, options.convnet_embedding)
            weight = torch.cat([weight, shortcut], 2)
        self.head_weight = nn.Parameter(weight)
        self.head_bias = nn.Parameter(torch.zeros(COLOURS, options.levels))
        self.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # torch leaves it out

    def features(self, batch: Batch) -> Tensor:
        """Return what the head reads, (B, H, W, channels)."""
        reading = self.reader(batch.words, batch.lengths)
        with autocast(batch.levels.device.type, self.options.precision):
            entry = self.input(batch.levels, batch.mask)
            features: Tensor = self.convnet(entry, reading)
        if self.options.convnet_skip:
            features = torch.cat([features, entry], 1)
        return features.permute(0, 2, 3, 1).contiguous()  # which costs nothing: channels are last already

    def logits(self, batch: Batch) -> Tensor:
        """Return logits for all values, (B, 3, H, W, levels)."""
        features = self.features(batch).to(self.head_weight.dtype)
        heads = zip(self.head_weight, self.head_bias, strict=True)
        return torch.stack([F.linear(features, weight, bias) for weight, bias in heads], 1)

    def losses(self, batch: Batch, *, with_given: bool) -> Losses:
        """Return the losses over asked values and, if wanted, over given ones too.

        Logits are computed only for the values that count: they are what takes most memory.
        """
        where = torch.ones_like(batch.mask) if with_given else ~batch.mask
        chosen = choose(batch.levels, where)
        features = self.features(batch).flatten(0, 2)
        objective, losses = head_losses(self.options.loss, features, self.head_weight, self.head_bias, chosen)
        return Losses(
            objective,
            asked=_mean(losses, chosen, ~batch.mask),
            given=_mean(losses, chosen, batch.mask) if with_given else None,
        )


def choose(levels: Tensor, where: Tensor) -> list[Chosen]:
    """Return the values of each colour that count, so that examples weigh alike and their values too."""
    count, _, height, width = where.shape
    scale = 1 / (count * where.flatten(1).sum(1).clamp(min=1))  # (B,)
    chosen = []
    for colour in range(COLOURS):
        pixels = where[:, colour].flatten().nonzero().squeeze(1)
        true_levels = levels[:, colour].flatten()[pixels].long()
        chosen.append(Chosen(pixels, true_levels, scale[pixels // (height * width)]))
    return chosen


def _mean(losses: list[Tensor], chosen: list[Chosen], where: Tensor) -> Tensor:
    """Return the mean over examples of the mean over their values that are so; none counts as 0."""
    count, _, height, width = where.shape
    sums = losses[0].new_zeros(count)
    for colour, (told, values) in enumerate(zip(losses, chosen, strict=True)):
        counts = where[:, colour].flatten()[values.pixels]
        sums.index_add_(0, values.pixels // (height * width), told * counts)
    return (sums / where.flatten(1).sum(1).clamp(min=1)).mean()
