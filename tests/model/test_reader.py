"""The reader against numpy, and what padding must not do."""

import numpy as np
import pytest
import torch

from hpq.model.reader import Reader


def make(bidir: bool = False, normalize: bool = False, radius: int = 3) -> Reader:
    torch.manual_seed(0)
    reader = Reader(12, 4, 5, radius, bidir=bidir, normalize=normalize, forget_bias=1.0).double()
    for parameter in reader.parameters():
        torch.nn.init.normal_(parameter, std=0.7)
    reader.embedding.weight.data[0] = 0
    return reader


def sigmoid(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-x))


def layer_norm(x: np.ndarray, norm: torch.nn.LayerNorm) -> np.ndarray:
    weight, bias = norm.weight.detach().numpy(), norm.bias.detach().numpy()
    return (x - x.mean()) / np.sqrt(x.var() + norm.eps) * weight + bias


def by_numpy(one_pass, embedding: np.ndarray, words: list[int]) -> np.ndarray:
    """States of one caption without padding, by the equations, (T, S)."""
    kernel = one_pass.convolution.weight.detach().numpy()  # (3S, E, k)
    radius = kernel.shape[2]
    vectors = embedding[words + [0] * max(0, radius - len(words))]
    cell, states = one_pass.initial.detach().numpy(), []
    for t in range(len(vectors) - radius + 1):
        gates = np.einsum("ke,sek->s", vectors[t : t + radius], kernel)
        if one_pass.norm_gates is not None:
            gates = layer_norm(gates, one_pass.norm_gates)
        f, o, z = np.split(gates, 3)
        keep = sigmoid(f + 1.0)
        cell = keep * cell + (1 - keep) * np.tanh(z)
        if one_pass.norm_cell is not None:
            cell = layer_norm(cell, one_pass.norm_cell)
        states.append(sigmoid(o) * np.tanh(cell))
    return np.array(states)


CAPTIONS = [[3, 5, 2, 7, 11, 4], [9, 2], [6, 6, 8, 3]]


def read(reader: Reader, captions: list[list[int]], width: int):
    words = torch.zeros(len(captions), width, dtype=torch.long)
    for row, caption in zip(words, captions, strict=True):
        row[: len(caption)] = torch.tensor(caption)
    return reader(words, torch.tensor([len(caption) for caption in captions]))


@pytest.mark.parametrize("bidir", [False, True])
@pytest.mark.parametrize("normalize", [False, True])
@pytest.mark.parametrize("radius", [1, 2, 3])
def test_states_and_summary_are_those_of_the_equations(bidir: bool, normalize: bool, radius: int) -> None:
    reader = make(bidir, normalize, radius)
    reading = read(reader, CAPTIONS, 9)
    embedding = reader.embedding.weight.detach().numpy()
    for index, caption in enumerate(CAPTIONS):
        forward = by_numpy(reader.passes[0], embedding, caption)
        expected, summary = forward, forward[-1]
        if bidir:
            backward = by_numpy(reader.passes[1], embedding, caption[::-1])
            expected = np.concatenate([forward, backward[::-1]], 1)
            summary = np.concatenate([forward[-1], backward[-1]])
        assert reading.is_real[index].sum().item() == len(expected)
        assert np.allclose(reading.states[index, : len(expected)].detach(), expected)
        assert np.allclose(reading.summary[index].detach(), summary)


@pytest.mark.parametrize("normalize", [False, True])
def test_padding_reaches_no_state(normalize: bool) -> None:
    reader = make(bidir=True, normalize=normalize)
    narrow, wide = read(reader, CAPTIONS, 6), read(reader, CAPTIONS, 20)
    steps = narrow.states.shape[1]
    real = narrow.is_real.unsqueeze(2)
    assert torch.equal(wide.is_real[:, :steps], narrow.is_real)
    assert not wide.is_real[:, steps:].any()
    assert torch.allclose(wide.states[:, :steps] * real, narrow.states * real)
    assert torch.allclose(wide.summary, narrow.summary)


def test_every_caption_has_a_summary_of_its_own_end() -> None:
    reader = make()
    first = read(reader, [[2, 3, 4, 5, 6, 7], [2, 3, 4]], 6).summary
    other = read(reader, [[2, 3, 4, 5, 6, 7], [2, 3, 9]], 6).summary
    assert torch.allclose(first[0], other[0])
    assert not torch.allclose(first[1], other[1])


def test_a_caption_without_words_is_read() -> None:
    assert torch.isfinite(read(make(bidir=True), [[], [4, 5]], 4).states).all()
