"""The three convolutional networks of the post, with captions merged in after some layers."""

import math

import torch.nn.functional as F
from torch import Tensor, nn

from hpq.model.mergers import make_merger
from hpq.model.options import Options
from hpq.model.reader import Reading

MAX_DILATION = 16
_INITIAL_SCALE = 0.1  # of batch normalisation


class ConvLayer(nn.Module):
    """A convolution that keeps height and width, without bias, and batch normalisation.

    An even kernel pads dilation·⌊(k−1)/2⌋ before and the rest after; torch's "same" differs when dilated.
    """

    def __init__(self, channels: int, depth: int, kernel: int, dilation: int = 1) -> None:
        super().__init__()
        before = dilation * ((kernel - 1) // 2)
        after = dilation * (kernel - 1) - before
        self.uneven = (0, after - before, 0, after - before)  # what an even kernel pads behind
        self.convolution = nn.Conv2d(channels, depth, kernel, dilation=dilation, padding=before, bias=False)
        self.norm = nn.BatchNorm2d(depth)
        nn.init.constant_(self.norm.weight, _INITIAL_SCALE)

    def forward(self, x: Tensor) -> Tensor:
        if any(self.uneven):
            x = F.pad(x, self.uneven)
        normed: Tensor = self.norm(self.convolution(x))
        return normed


class Block(nn.Module):
    """Some layers with a shortcut around them: conv-BN-ReLU-conv-BN + x, ReLU."""

    def __init__(self, channels: int, depth: int, kernel: int, layers: int) -> None:
        super().__init__()
        self.layers = nn.ModuleList(
            ConvLayer(channels if index == 0 else depth, depth, kernel) for index in range(layers)
        )
        self.shortcut = nn.Identity() if channels == depth else nn.Conv2d(channels, depth, 1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        shortcut: Tensor = self.shortcut(x)
        for index, layer in enumerate(self.layers):
            x = layer(x.relu_() if index else x)
        return (x + shortcut).relu_()


class ConvNet(nn.Module):
    """A stack of layers or blocks; after those that the options list, the caption is merged in."""

    def __init__(self, options: Options, channels: int, states: int) -> None:
        super().__init__()
        self.stages = nn.ModuleList()
        self.mergers = nn.ModuleDict()
        self.is_residual = options.convnet_kind == "straight_residual"
        for stage, layers in enumerate(stages_of(options)):
            self.stages.append(self._make_stage(options, channels, layers))
            channels = options.convnet_depth
            if set(layers) & set(options.merger_layers):
                merger = make_merger(options, channels, states)
                self.mergers[str(stage)] = merger
                channels = merger.channels
        self.channels = channels  # that come out

    def _make_stage(self, options: Options, channels: int, layers: list[int]) -> nn.Module:
        if self.is_residual:
            return Block(channels, options.convnet_depth, options.convnet_radius, len(layers))
        dilation = dilation_of(options, layers[0])
        return ConvLayer(channels, options.convnet_depth, options.convnet_radius, dilation)

    def forward(self, x: Tensor, reading: Reading) -> Tensor:
        """Return features (B, channels, H, W) of features (B, C, H, W) and a reading of captions."""
        for stage, layer in enumerate(self.stages):
            x = layer(x) if self.is_residual else layer(x).relu_()
            if str(stage) in self.mergers:
                x = self.mergers[str(stage)](x, reading)
        return x


def stages_of(options: Options) -> list[list[int]]:
    """Return the layers of each stage: pairs in residual networks, single ones in the others."""
    together = 2 if options.convnet_kind == "straight_residual" else 1
    layers = list(range(options.convnet_profundity))
    return [layers[start : start + together] for start in range(0, len(layers), together)]


def dilation_of(options: Options, layer: int) -> int:
    """Return a layer's dilation: it doubles at even intervals, until a layer sees all of the picture."""
    if options.convnet_kind != "straight_dilated":
        return 1
    dilations = max(1, round(math.log2(options.size) - 1))  # 5 for 64 pixels
    interval = max(1, round(options.convnet_profundity / dilations))
    return min(1 << layer // interval, 1 << dilations - 1, MAX_DILATION)
