"""A caption is read as if it were alone: neither padding nor the rest of its batch is seen."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from hpq.model.network import Batch, Network
from hpq.model.reader import Reader, Reading

WORDS = 12
CAPTIONS = st.lists(st.lists(st.integers(1, WORDS - 1), max_size=9), min_size=1, max_size=4)


def make(bidir: bool = True, normalize: bool = False, radius: int = 3, forget_bias: float = 1.0) -> Reader:
    torch.manual_seed(1)
    reader = Reader(WORDS, 4, 5, radius, bidir=bidir, normalize=normalize, forget_bias=forget_bias).double()
    for parameter in reader.parameters():
        torch.nn.init.normal_(parameter, std=0.7)
    reader.embedding.weight.data[0] = 0
    return reader


def read(reader: Reader, captions: list[list[int]], padding: int = 0) -> Reading:
    return reader(*padded(captions, padding))


def padded(captions: list[list[int]], padding: int = 0) -> tuple[torch.Tensor, torch.Tensor]:
    width = max(1, *map(len, [[], *captions])) + padding
    words = torch.tensor([caption + [0] * (width - len(caption)) for caption in captions])
    return words, torch.tensor([len(caption) for caption in captions])


def windows(caption: list[int], radius: int) -> int:
    return max(1, len(caption) - radius + 1)


@given(CAPTIONS, st.booleans(), st.booleans(), st.integers(1, 5), st.integers(0, 4))
def test_a_caption_is_read_in_any_company_as_it_is_alone(captions, bidir, normalize, radius, padding) -> None:
    reader = make(bidir, normalize, radius)
    together = read(reader, captions, padding)
    for index, caption in enumerate(captions):
        alone, count = read(reader, [caption]), windows(caption, radius)
        assert together.is_real[index].tolist() == [step < count for step in range(together.is_real.shape[1])]
        assert alone.states.shape[1] == count
        assert torch.allclose(together.states[index, :count], alone.states[0], rtol=1e-10, atol=1e-12)
        assert torch.allclose(together.summary[index], alone.summary[0], rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("merger", ["attention", "conv"])
@pytest.mark.parametrize("normalize", [False, True])
def test_what_is_predicted_does_not_depend_on_the_captions_of_others(options, merger, normalize) -> None:
    params = {"merger.kind": merger, "reader.normalize": normalize, "reader.bidir": True, "size": 8}
    torch.manual_seed(2)
    network = Network(options({**params, "precision": "float32"}), WORDS).double().eval()
    levels, mask = torch.randint(0, 32, (2, 3, 8, 8)), torch.rand(2, 3, 8, 8) < 0.5
    mine = [5, 3, 9, 9]
    seen = []
    for other in ([], [4], [7, 8], [2] * 9):
        logits = network.logits(Batch(levels, mask, *padded([mine, other])))
        assert torch.isfinite(logits).all()
        seen.append(logits[0])
    for logits in seen[1:]:
        assert torch.allclose(logits, seen[0], rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("normalize", [False, True])
def test_padding_gets_no_gradient_from_the_states_that_are_real(normalize: bool) -> None:
    reader = make(normalize=normalize)
    gradients = []
    for padding in (0, 6):
        reading = read(reader, [[3, 5, 2, 7, 11, 4], [9, 2], [6, 6, 8, 3]], padding)
        reader.zero_grad()
        (reading.states[reading.is_real].square().sum() + reading.summary.sum()).backward()
        gradients.append([parameter.grad.clone() for parameter in reader.parameters()])
    for narrow, wide in zip(*gradients, strict=True):
        assert torch.allclose(narrow, wide, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("radius", [3, 5, 9])
@pytest.mark.parametrize("length", [0, 1, 2])
def test_a_caption_shorter_than_the_kernel_makes_one_state_of_its_words_and_zeros(radius, length) -> None:
    reader, caption = make(radius=radius), [4, 7][:length]
    reading = read(reader, [caption], padding=3)
    assert reading.is_real[0].tolist() == [True] + [False] * (reading.is_real.shape[1] - 1)
    for direction, one in enumerate(reader.passes):
        words = caption[::-1] if direction else caption
        gates = sum(
            (one.convolution.weight[:, :, place] @ reader.embedding.weight[word]
             for place, word in enumerate(words)),
            start=torch.zeros(15, dtype=torch.float64),
        )  # fmt: skip
        f, o, z = gates.chunk(3)
        keep = (f + 1).sigmoid()
        state = o.sigmoid() * (keep * one.initial + (1 - keep) * z.tanh()).tanh()
        part = slice(5 * direction, 5 * direction + 5)
        assert torch.allclose(reading.states[0, 0, part], state)
        assert torch.allclose(reading.summary[0, part], state)


@pytest.mark.parametrize("forget_bias", [0.0, 1.0, 5.0])
def test_a_caption_without_words_is_the_initial_state_once_forgotten(forget_bias: float) -> None:
    reader = make(bidir=False, forget_bias=forget_bias)
    keep = 1 / (1 + math.exp(-forget_bias))
    expected = 0.5 * (keep * reader.passes[0].initial).tanh()
    assert torch.allclose(read(reader, [[], [3] * 7]).summary[0], expected)


@pytest.mark.parametrize("normalize", [False, True])
def test_a_summary_is_the_last_state_forward_beside_the_first_backward(normalize: bool) -> None:
    captions = [[3, 5, 2, 7, 11, 4], [], [6, 6, 8, 3], [9]]
    reading = read(make(normalize=normalize), captions)
    for index, caption in enumerate(captions):
        states = reading.states[index]
        expected = torch.cat([states[windows(caption, 3) - 1, :5], states[0, 5:]])
        assert torch.equal(reading.summary[index], expected)


@pytest.mark.parametrize("normalize", [False, True])
def test_a_caption_read_backward_is_the_reversed_one_read_forward(normalize: bool) -> None:
    reader, captions = make(normalize=normalize), [[3, 5, 2, 7, 11, 4], [6, 6, 8, 3], [9]]
    forward = read(reader, captions)
    reader.passes = torch.nn.ModuleList(reversed(reader.passes))
    backward = read(reader, [caption[::-1] for caption in captions])
    for index, caption in enumerate(captions):
        count = windows(caption, 3)
        mirrored = backward.states[index, :count].flip(0)
        assert torch.allclose(forward.states[index, :count], torch.cat([mirrored[:, 5:], mirrored[:, :5]], 1))
