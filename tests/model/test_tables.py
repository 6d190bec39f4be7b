"""Where captions are merged in, what is dilated and how far a layer sees, over all of the post's space."""

import random
from typing import Any

import pytest
import torch
from torch import nn

from hpq.model.convnets import ConvNet, dilation_of
from hpq.model.options import Options
from hpq.model.reader import Reading
from hpq.search import post
from hpq.search.samplers import draw_run

from .reference import dilations, stages

KINDS = ("straight", "straight_residual", "straight_dilated")
PROFUNDITIES = range(4, 49)


def tiny(kind: str, profundity: int, **changes: Any) -> Options:
    """Options of the post's size with two channels."""
    chosen = {"convnet.kind": kind, "convnet.profundity": profundity, "convnet.depth": 2}
    return Options.from_params({**chosen, **{name.replace("__", "."): v for name, v in changes.items()}})


def passed(options: Options) -> list[tuple[str, int]]:
    """What a picture passes on its way, in order: dilations of layers, the stages of mergers."""
    network, seen = ConvNet(options, 3, 4).eval(), []
    for module in network.modules():
        if isinstance(module, nn.Conv2d) and module.kernel_size[0] > 1:
            module.register_forward_hook(lambda module, *_: seen.append(("layer", module.dilation[0])))
    for merger in network.mergers.values():
        merger.register_forward_hook(lambda *_: seen.append(("merge", 0)))
    side = options.size if options.merger_kind == "conv" else 8
    reading = Reading(torch.randn(1, 2, 4), torch.ones(1, 2, dtype=torch.bool), torch.randn(1, 4))
    x = network(torch.randn(1, 3, side, side), reading)
    assert x.shape == (1, network.channels, side, side)
    return seen


def expected(options: Options) -> list[tuple[str, int]]:
    kind, profundity = options.convnet_kind, options.convnet_profundity
    table, told = dilations(kind, profundity, 64), []
    for layers in stages(kind, profundity):
        told += [("layer", table[layer]) for layer in layers]
        told += [("merge", 0)] * bool(set(layers) & set(options.merger_layers))
    return told


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("profundity", PROFUNDITIES)
@torch.no_grad()
def test_layers_are_dilated_and_followed_by_merges_as_they_are_listed(kind: str, profundity: int) -> None:
    draw = random.Random(profundity)
    for count in (1, 8):
        layers = draw.sample(range(profundity), min(count, profundity))
        options = tiny(kind, profundity, merger__layers=layers, convnet__radius=draw.randint(2, 5))
        assert passed(options) == expected(options)


@torch.no_grad()
def test_draws_of_the_post_are_built_as_they_are_listed() -> None:
    for number in range(1, 41):
        drawn = draw_run(post.sample, 5, number).values
        options = Options.from_params({**drawn, "convnet.depth": 2, "merger.depth": 1})
        told = passed(options)
        assert told == expected(options)
        merges = told.count(("merge", 0))
        together = 2 if options.convnet_kind == "straight_residual" else 1
        assert merges == len({layer // together for layer in options.merger_layers})


@pytest.mark.parametrize("profundity", PROFUNDITIES)
def test_dilation_doubles_each_fifth_of_the_layers_up_to_16(profundity: int) -> None:
    told = [dilation_of(tiny("straight_dilated", profundity), layer) for layer in range(profundity)]
    assert told == dilations("straight_dilated", profundity, 64)
    interval = round(profundity / 5)
    assert [told.count(dilation) for dilation in (1, 2, 4)] == [interval] * 3
    assert told[-1] == (8 if profundity in (4, 8) else 16)  # 3.2 of 4 and 6.4 of 8 layers are rounded down


@pytest.mark.parametrize(("size", "largest"), [(8, 2), (16, 4), (32, 8), (64, 16), (128, 16), (256, 16)])
def test_no_dilation_is_beyond_a_quarter_of_the_picture_or_16(size: int, largest: int) -> None:
    options = tiny("straight_dilated", 48, size=size)
    assert {dilation_of(options, layer) for layer in range(48)} == {1, 2, 4, 8, 16} & set(range(largest + 1))


def seen_by_a_pixel(options: Options) -> tuple[int, int]:
    """How many pixels before it and after it a pixel of the last layer sees, measured on a strip."""
    network = ConvNet(options, 1, 4).double().eval()
    for parameter in network.parameters():
        nn.init.ones_(parameter)
    for name, parameter in network.named_parameters():
        if name.endswith("norm.bias"):
            nn.init.zeros_(parameter)
    width = 2 * options.convnet_radius * 16 * options.convnet_profundity
    x = torch.zeros(1, 1, 1, width, dtype=torch.float64, requires_grad=True)
    nothing = torch.zeros(1, 1, 4)
    features = network(x + 1, Reading(nothing, torch.ones(1, 1, dtype=torch.bool), nothing[0]))
    features[0, 0, 0, width // 2].backward()
    seen = x.grad[0, 0, 0].nonzero().flatten()
    return width // 2 - seen.min().item(), seen.max().item() - width // 2


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("profundity", [4, 5, 7, 12, 25, 48])
@pytest.mark.parametrize("kernel", [2, 3, 4, 5])
def test_a_pixel_sees_as_far_as_kernels_and_dilations_reach(kind: str, profundity: int, kernel: int) -> None:
    reach = sum(dilations(kind, profundity, 64))
    options = tiny(kind, profundity, convnet__radius=kernel, merger__layers=[])
    assert seen_by_a_pixel(options) == (reach * ((kernel - 1) // 2), reach * (kernel // 2))


@pytest.mark.parametrize("profundity", PROFUNDITIES)
def test_a_dilated_network_sees_farther_than_a_straight_one(profundity: int) -> None:
    reach = sum(dilation_of(tiny("straight_dilated", profundity), layer) for layer in range(profundity))
    assert reach > profundity
    if profundity > 8:
        assert reach >= 32  # from the middle of 64 pixels to all edges with a kernel of 3
