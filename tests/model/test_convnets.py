"""The convolutional networks: padding, dilations and merges over the whole space."""

import itertools

import numpy as np
import pytest
import torch

from hpq.model.convnets import ConvLayer, ConvNet, dilation_of, stages_of


def correlate(x: np.ndarray, kernel: np.ndarray, dilation: int) -> np.ndarray:
    """A padded, dilated correlation by its definition; x (C, H, W), kernel (D, C, k, k)."""
    size = kernel.shape[2]
    before = dilation * ((size - 1) // 2)
    _, height, width = x.shape
    out = np.zeros((kernel.shape[0], height, width))
    for row, column, i, j in itertools.product(range(height), range(width), range(size), range(size)):
        y, z = row + i * dilation - before, column + j * dilation - before
        if 0 <= y < height and 0 <= z < width:
            out[:, row, column] += kernel[:, :, i, j] @ x[:, y, z]
    return out


@pytest.mark.parametrize("kernel", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("dilation", [1, 2, 4])
def test_a_layer_pads_as_it_is_defined_even_kernels_too(kernel: int, dilation: int) -> None:
    layer = ConvLayer(2, 3, kernel, dilation).double().eval()
    torch.nn.init.normal_(layer.convolution.weight)
    x = torch.randn(1, 2, 7, 6, dtype=torch.float64)
    expected = correlate(x[0].numpy(), layer.convolution.weight.detach().numpy(), dilation)
    scale = layer.norm.weight.detach().numpy()[:, None, None] / np.sqrt(1 + layer.norm.eps)
    assert np.allclose(layer(x)[0].detach().numpy(), expected * scale)


@pytest.mark.parametrize(
    ("profundity", "expected"),
    [
        (1, [1]),
        (4, [1, 2, 4, 8]),
        (5, [1, 2, 4, 8, 16]),
        (8, [1, 1, 2, 2, 4, 4, 8, 8]),
        (20, [1] * 4 + [2] * 4 + [4] * 4 + [8] * 4 + [16] * 4),
    ],
)
def test_dilations_double_at_even_intervals(options, profundity: int, expected: list[int]) -> None:
    chosen = options({"convnet.kind": "straight_dilated", "convnet.profundity": profundity, "size": 64})
    assert [dilation_of(chosen, layer) for layer in range(profundity)] == expected


@pytest.mark.parametrize("profundity", range(1, 49))
def test_no_dilation_is_beyond_its_bounds_in_all_of_the_space(options, profundity: int) -> None:
    chosen = options({"convnet.kind": "straight_dilated", "convnet.profundity": profundity, "size": 64})
    dilations = [dilation_of(chosen, layer) for layer in range(profundity)]
    assert dilations == sorted(dilations)
    assert set(dilations) <= {1, 2, 4, 8, 16}


@pytest.mark.parametrize("kind", ["straight", "straight_residual", "straight_dilated"])
@pytest.mark.parametrize("profundity", [1, 2, 3, 6, 7])
def test_every_listed_layer_is_followed_by_one_merge(options, kind: str, profundity: int) -> None:
    for layers in ([0], [profundity - 1], list(range(profundity))):
        chosen = options({"convnet.kind": kind, "convnet.profundity": profundity, "merger.layers": layers})
        network = ConvNet(chosen, 5, 6)
        merged = {layer for stage in network.mergers for layer in stages_of(chosen)[int(stage)]}
        assert set(layers) <= merged
        together = 2 if kind == "straight_residual" else 1
        assert set(network.mergers) == {str(layer // together) for layer in layers}


def test_channels_grow_by_each_conv_merger_and_are_cut_by_the_next_layer(options) -> None:
    chosen = options({"merger.kind": "conv", "merger.depth": 7, "merger.layers": [0, 1], "merger.rank": 2})
    network = ConvNet(chosen, 5, 6)
    assert [stage.convolution.in_channels for stage in network.stages] == [5, 8 + 7]
    assert network.channels == 8 + 7


def test_a_block_is_its_layers_beside_a_shortcut(options) -> None:
    chosen = options({"convnet.kind": "straight_residual", "convnet.profundity": 5})
    network = ConvNet(chosen, 5, 6)
    assert [len(block.layers) for block in network.stages] == [2, 2, 1]
    kinds = [type(block.shortcut).__name__ for block in network.stages]
    assert kinds == ["Conv2d", "Identity", "Identity"]
    block = network.stages[1].eval()
    x = torch.randn(1, 8, 6, 6)
    first, second = block.layers
    assert torch.allclose(block(x), (x + second(first(x).relu())).relu())
