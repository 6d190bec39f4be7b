"""The whole network against independent numbers: a numpy version by the equations, over the whole space."""

import itertools
import math
import random
from typing import Any

import numpy as np
import pytest
import torch

from hpq.model.fill import SWEEPS, spread
from hpq.model.network import Batch, Network
from hpq.model.options import Options

from .reference import Arrays, Reference
from .reference import spread as spread_by_numpy

KINDS = ("straight", "straight_residual", "straight_dilated")
MERGERS = ("attention", "conv")
SPACE = list(itertools.product(KINDS, MERGERS, (False, True), (False, True)))
CASES = list(itertools.product(SPACE, ("embedding", "harmonic", "onehot"), (False, True)))
WORDS = 11  # in the vocabulary
STEPS = (1e-6, 1e-7)  # of central differences: neither rounding nor curvature weighs much


def case(number: int) -> dict[str, Any]:
    """The parameters of one of the CASES; what they leave open is spread over them."""
    (kind, merger, bidir, normalize), entry, given = CASES[number]
    draw = random.Random(number)
    profundity = draw.randint(1, 5)
    return {
        "size": 16 if kind == "straight_dilated" else 8,  # dilations of 1, 2 and 4
        "levels": draw.randint(3, 7),
        "loss": draw.choice(["emd2", "emd", "xent"]),
        "precision": "float32",  # what is float64 stays so
        "optimize_given": given,
        "convnet.kind": kind,
        "convnet.depth": draw.randint(2, 4),
        "convnet.profundity": profundity,
        "convnet.radius": draw.randint(2, 5),
        "convnet.input": "onehot" if entry == "onehot" else "embedding",
        "convnet.fill": "harmonic" if entry == "harmonic" else "none",
        "convnet.embedding": draw.randint(1, 3),
        "convnet.skip": entry != "onehot" and draw.random() < 0.5,
        "merger.kind": merger,
        "merger.depth": draw.randint(1, 3),
        "merger.rank": draw.choice([0, 1, 3]),
        "merger.layers": draw.sample(range(profundity), draw.randint(1, profundity)),
        "reader.bidir": bidir,
        "reader.normalize": normalize,
        "reader.radius": draw.randint(1, 4),
        "reader.size": draw.randint(3, 5),
        "reader.forget_bias": draw.choice([0.0, 1.0, 2.5]),
        "reader.embedding": draw.randint(2, 4),
    }


@torch.no_grad()
def randomised(params: dict[str, Any]) -> Network:
    """A network in float64 whose parameters and running statistics are far from their initial values."""
    network = Network(Options.from_params(params), WORDS).double()
    for parameter in network.parameters():
        fan = parameter[0].numel() if parameter.dim() > 1 else 4
        parameter.normal_(std=1.5 / math.sqrt(fan))
    for name, parameter in network.named_parameters():
        if "norm" in name and name.endswith("weight"):
            parameter.add_(1)
    for module in network.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.running_mean.normal_(std=0.5)
            module.running_var.uniform_(0.5, 2)
        if isinstance(module, torch.nn.Embedding) and module.padding_idx is not None:
            module.weight[module.padding_idx] = 0
    # One-hot input is float32 whatever the network is.
    network.input.register_forward_hook(lambda _, __, output: output.to(network.head_bias.dtype))
    return network


def noise(options: Options) -> Batch:
    """A batch with a long caption, none, short ones; with a picture all given and one all asked."""
    shape = (4, 3, options.size, options.size)
    lengths = torch.tensor([7, 0, 2, 5])
    words = torch.randint(1, WORDS, (4, 7)) * (torch.arange(7) < lengths.unsqueeze(1))
    mask = torch.rand(shape) < torch.tensor([0.5, 0.8, 0.0, 1.0]).view(-1, 1, 1, 1)
    return Batch(torch.randint(0, options.levels, shape), mask, words, lengths)


def set_up(number: int, *, training: bool) -> tuple[Network, Batch, Reference, Arrays]:
    torch.manual_seed(number)
    network = randomised(case(number)).train(training)
    batch = noise(network.options)
    weights = {name: value.detach().numpy().copy() for name, value in network.state_dict().items()}
    # Guesses are rounded in float32, so that float64 may see another level: they have a test of their own.
    guesses = spread(batch.levels.float(), batch.mask).round().long().numpy()
    arrays = Arrays(
        batch.levels.numpy(),
        batch.mask.numpy(),
        batch.words.numpy(),
        batch.lengths.numpy(),
        guesses if network.options.convnet_fill == "harmonic" else None,
    )
    return network, batch, Reference(network.options, weights, training), arrays


def test_the_cases_spread_over_the_space() -> None:
    cases = [case(number) for number in range(len(CASES))]
    for name, values in (
        ("convnet.radius", {2, 3, 4, 5}),
        ("loss", {"emd2", "emd", "xent"}),
        ("convnet.profundity", {1, 2, 3, 4, 5}),
        ("reader.radius", {1, 2, 3, 4}),
        ("merger.rank", {0, 1, 3}),
        ("convnet.skip", {False, True}),
    ):
        for kind, merger in itertools.product(KINDS, MERGERS):
            seen = {
                each[name] for each in cases if (each["convnet.kind"], each["merger.kind"]) == (kind, merger)
            }
            assert seen == values


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("number", range(len(CASES)))
def test_logits_losses_and_statistics_are_those_of_the_equations(number: int, training: bool) -> None:
    network, batch, reference, arrays = set_up(number, training=training)
    logits = reference.logits(arrays)
    everywhere, asked, given = reference.losses(arrays)
    whole = network.losses(batch, with_given=True)
    for name, value in network.state_dict().items():
        if "running" in name:
            moved = reference.moved.get(name, reference.weights[name])
            assert np.allclose(value, moved, rtol=1e-10, atol=1e-12)
    assert bool(reference.moved) == training
    part = network.losses(batch, with_given=False)
    assert np.allclose(network.logits(batch).detach(), logits, rtol=1e-10, atol=1e-10)
    told = [whole.objective, whole.asked, whole.given, part.objective, part.asked]
    assert [loss.item() for loss in told] == pytest.approx([everywhere, asked, given, asked, asked], rel=1e-6)
    assert part.given is None


@pytest.mark.parametrize("number", range(0, len(CASES), 13))
def test_float32_is_float64_but_for_rounding(number: int) -> None:
    network, batch, reference, arrays = set_up(number, training=False)
    losses = network.float().losses(batch, with_given=True)
    assert losses.objective.dtype == torch.float32
    told = [loss.item() for loss in (losses.objective, losses.asked, losses.given)]
    assert told == pytest.approx(reference.losses(arrays), rel=1e-4)


@pytest.mark.parametrize("share", [0.0, 0.02, 0.1, 0.5, 1.0])
@pytest.mark.parametrize("side", [8, 16, 32])
def test_guesses_are_those_of_the_equations(share: float, side: int) -> None:
    torch.manual_seed(side)
    values, mask = 255 * torch.rand(2, 3, side, side).double(), torch.rand(2, 3, side, side) < share
    told = spread(values, mask).numpy()
    for picture, colour in np.ndindex(2, 3):
        expected = spread_by_numpy(values[picture, colour].numpy(), mask[picture, colour].numpy(), SWEEPS)
        assert np.allclose(told[picture, colour], expected, rtol=1e-10)


def slope(reference: Reference, arrays: Arrays, name: str, direction: np.ndarray, step: float) -> float:
    """The slope of the objective along a direction of one parameter, by a central difference."""
    ends = []
    for end in (step, -step):
        moved = {**reference.weights, name: reference.weights[name] + end * direction}
        ends.append(Reference(reference.options, moved, reference.training).objective(arrays))
    return (ends[0] - ends[1]) / (2 * step)


# One of two for every point of the space and either input.
@pytest.mark.parametrize("number", [number for number in range(len(CASES)) if number.bit_count() % 2])
def test_gradients_of_all_parameters_are_central_differences(number: int) -> None:
    network, batch, reference, arrays = set_up(number, training=number % 3 > 0)
    network.losses(batch, with_given=network.options.optimize_given).objective.backward()
    random = np.random.default_rng(number)
    for name, parameter in network.named_parameters():
        gradient = parameter.grad.numpy()
        direction = random.standard_normal(gradient.shape)
        told, tolerance = (gradient * direction).sum(), 1e-5 * np.linalg.norm(gradient) + 1e-8
        # A kink within a step spoils it, and a smaller one then leaves the kink out.
        errors = (abs(slope(reference, arrays, name, direction, step) - told) for step in STEPS)
        assert any(error < tolerance for error in errors), name


def test_padding_and_what_is_asked_get_no_gradient_and_stay_zero_in_training() -> None:
    network, batch, _, _ = set_up(0, training=True)
    rows = (
        (network.reader.embedding.weight, 0),
        (network.input.embedding.weight, 3 * network.options.levels),
    )
    optimizer = torch.optim.Adam(network.parameters(), lr=0.1)
    for _ in range(3):
        optimizer.zero_grad()
        network.losses(batch, with_given=True).objective.backward()
        optimizer.step()
    for weight, row in rows:
        assert not weight.grad[row].any()
        assert not weight[row].any()
        assert weight.grad.any()


def test_parameters_start_as_they_are_documented() -> None:
    network = Network(Options(convnet_depth=400, convnet_profundity=3, merger_layers=(0, 2)), WORDS)
    for stage in network.convnet.stages:
        assert stage.convolution.bias is None
        assert (stage.norm.weight == 0.1).all()
        assert not stage.norm.bias.any()
    for merger in network.convnet.mergers.values():
        assert torch.equal(merger.similarity, torch.eye(400))
    assert network.head_weight.std(-1).mean().item() == pytest.approx(0.1 / math.sqrt(400), rel=0.05)
    assert not network.head_bias.any()
    assert not network.reader.passes[0].initial.any()
    assert network.reader.passes[0].convolution.bias is None


@pytest.mark.parametrize("forget_bias", [None, 0.0, 5.0])
def test_a_reader_that_reads_nothing_forgets_by_its_bias(forget_bias: float | None) -> None:
    params = {} if forget_bias is None else {"reader.forget_bias": forget_bias}
    reader = Network(Options.from_params({**params, "reader.radius": 1, "reader.size": 3}), WORDS).reader
    torch.nn.init.zeros_(reader.passes[0].convolution.weight)
    torch.nn.init.ones_(reader.passes[0].initial)
    states = reader(torch.ones(1, 4, dtype=torch.long), torch.tensor([4])).states[0]
    keep = 1 / (1 + math.exp(-(1.0 if forget_bias is None else forget_bias)))
    for t in range(4):
        assert states[t].tolist() == pytest.approx([0.5 * math.tanh(keep ** (t + 1))] * 3)
