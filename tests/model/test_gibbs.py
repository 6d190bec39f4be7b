"""Sampling, watched from within: what a network is shown in each step, and what comes of what it tells."""

import itertools
from collections.abc import Callable

import numpy as np
import pytest
import torch
from scipy import stats
from torch import nn

from hpq.model.network import Batch, Network
from hpq.model.sampling import ORDERS, ancestral, gibbs, resampling_rate

LEVELS = 6


@pytest.fixture
def network(options) -> Network:
    torch.manual_seed(0)
    return Network(options({"size": 8, "levels": LEVELS, "convnet.depth": 3, "precision": "float32"}), 20)


class Told(nn.Module):
    """Features that depend on the position only, in place of a convolutional network's."""

    def __init__(self, features: torch.Tensor) -> None:
        super().__init__()
        self.features = features  # (channels, H, W)

    def forward(self, x: torch.Tensor, _: object) -> torch.Tensor:
        return self.features.expand(len(x), -1, -1, -1)


@torch.no_grad()
def tell(network: Network, p: torch.Tensor) -> None:
    """Let a network tell the probabilities p (3, levels), whatever it sees."""
    network.head_weight.zero_()
    network.head_bias.copy_(p.log())


@torch.no_grad()
def sharpen(network: Network, sharpness: torch.Tensor) -> torch.Tensor:
    """Let a network be the surer of a value the higher its sharpness; return the entropies (3, H, W)."""
    network.convnet = Told(sharpness)
    network.head_bias.zero_()
    ramp = torch.linspace(-1, 1, LEVELS)
    network.head_weight = nn.Parameter(torch.einsum("l,kc->klc", ramp, torch.eye(3)))
    p = (sharpness.unsqueeze(-1) * ramp).softmax(-1)
    return -(p * p.log()).sum(-1)


def watch(network: Network) -> list[tuple[torch.Tensor, torch.Tensor]]:
    """Return a list that takes up the levels and masks that a network is shown."""
    shown: list[tuple[torch.Tensor, torch.Tensor]] = []
    network.input.register_forward_pre_hook(
        lambda _, inputs: shown.append((inputs[0].clone(), inputs[1].clone()))
    )
    return shown


def seeded(seed: int = 1) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_the_share_that_is_hidden_falls_from_highest_to_lowest_by_the_formula(network, batch) -> None:
    data, shown, steps = batch(network.options, count=40), watch(network), 10
    list(gibbs(network, data, steps, seeded()))
    asked = (~data.mask).sum().item()
    assert len(shown) == steps
    rates = [1.0] + [max(0.1, 0.9 - step / steps * 0.8 / 0.7) for step in range(1, steps)]
    for (_, mask), rate in zip(shown, rates, strict=True):
        hidden = ~mask
        assert not (hidden & data.mask).any()
        deviation = (rate * (1 - rate) / asked) ** 0.5
        assert hidden.sum().item() / asked == pytest.approx(rate, abs=4 * deviation)
    assert rates[1] > 0.7
    assert rates[-1] == 0.1


def test_what_is_hidden_is_drawn_anew_and_nothing_else(network, batch) -> None:
    data, shown, before = batch(network.options), watch(network), batch(network.options).levels
    for levels in gibbs(network, data, 12, seeded()):
        seen, mask = shown[-1]
        assert torch.equal(seen[mask], before[mask])
        assert torch.equal(levels[mask], before[mask])
        assert (levels != before).any()
        before = levels


def test_the_share_that_gets_a_new_level_falls_by_the_formula(network, batch) -> None:
    data, steps = batch(network.options, count=40), LEVELS
    sampling, asked = gibbs(network, data, steps, seeded()), ~data.mask
    for level in range(steps):  # which no step before could draw
        tell(network, torch.eye(LEVELS)[[level, level, level]])
        share = (next(sampling)[asked] == level).float().mean().item()
        rate = max(0.1, 0.9 - level / steps * 0.8 / 0.7) if level else 1.0
        assert share == pytest.approx(rate, abs=4 * (rate * (1 - rate) / asked.sum().item()) ** 0.5)


def test_each_step_chooses_independently_what_it_hides(network, batch) -> None:
    data, shown = batch(network.options, count=40), watch(network)
    list(gibbs(network, data, 10, seeded()))
    asked = ~data.mask
    for step, other in itertools.combinations(range(1, 10), 2):
        both = (~shown[step][1] & ~shown[other][1]).sum().item() / asked.sum().item()
        rate = resampling_rate(step, 10) * resampling_rate(other, 10)
        assert both == pytest.approx(rate, abs=0.04)


@pytest.mark.parametrize("steps", [1, 2, 7, 100])
@pytest.mark.parametrize(("highest", "lowest", "until"), [(0.9, 0.1, 0.7), (0.8, 0.3, 1.0), (0.5, 0.5, 0.2)])
def test_the_rate_begins_at_the_highest_and_ends_at_the_lowest(steps, highest, lowest, until) -> None:
    rates = [resampling_rate(step, steps, highest, lowest, until) for step in range(steps + 1)]
    assert rates == sorted(rates, reverse=True)
    assert rates[0] == highest
    assert rates[-1] == pytest.approx(lowest)
    for step, rate in enumerate(rates):
        along = min(1.0, step / steps / until)
        assert rate == pytest.approx((1 - along) * highest + along * lowest)


Sampler = Callable[[Network, Batch], list[torch.Tensor]]
SAMPLERS: dict[str, Sampler] = {
    "gibbs": lambda network, data: list(gibbs(network, data, 4, seeded())),
    **{
        order: lambda network, data, order=order: list(ancestral(network, data, seeded(), order, at_once=20))
        for order in ORDERS
    },
}


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_given_values_are_never_touched_nor_is_the_network(network, batch, sampler: str) -> None:
    data = batch(network.options)
    data.mask[0], data.mask[1] = True, False
    levels, mask = data.levels.clone(), data.mask.clone()
    state = {name: value.clone() for name, value in network.state_dict().items()}
    network.train()
    yields = SAMPLERS[sampler](network, data)
    for told in yields:
        assert torch.equal(told[mask], levels[mask])
        assert told.min() >= 0
        assert told.max() < LEVELS
    assert torch.equal(data.levels, levels)
    assert torch.equal(data.mask, mask)
    assert all(torch.equal(value, state[name]) for name, value in network.state_dict().items())
    again = SAMPLERS[sampler](network, data)
    assert all(torch.equal(one, other) for one, other in zip(yields, again, strict=True))


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_hidden_levels_have_no_say(network, batch, sampler: str) -> None:
    data = batch(network.options)
    other = torch.where(data.mask, data.levels, (data.levels + 1) % LEVELS)
    one = SAMPLERS[sampler](network, data)[-1]
    assert torch.equal(one, SAMPLERS[sampler](network, Batch(other, data.mask, data.words, data.lengths))[-1])


@pytest.mark.parametrize("temperature", [0.5, 1.0, 3.0])
@pytest.mark.parametrize("by", ["gibbs", "ancestral"])
def test_levels_are_drawn_by_the_power_of_their_probability(network, batch, temperature, by) -> None:
    p = torch.tensor([[5, 1, 1, 1, 1, 1], [1, 2, 3, 4, 5, 6], [1, 8, 1, 0.5, 1, 2]])
    p /= p.sum(1, keepdim=True)
    tell(network, p)
    data = batch(network.options, count=40)
    data.mask[:] = False
    if by == "gibbs":
        levels = next(gibbs(network, data, 5, seeded(), temperature))
    else:
        levels = next(ancestral(network, data, seeded(), "orderless", temperature, at_once=192))
    for colour, expected in enumerate((p ** (1 / temperature)).double()):
        counts = levels[:, colour].flatten().bincount(minlength=LEVELS).numpy()
        expected *= counts.sum() / expected.sum()
        assert stats.chisquare(counts, expected.numpy()).pvalue > 0.01


def test_at_no_temperature_the_likeliest_level_is_taken(network, batch) -> None:
    tell(
        network,
        torch.tensor([[0.3, 0.2, 0.1, 0.1, 0.1, 0.2], [0.1] * 5 + [0.5], [0.2, 0.3, 0.2, 0.1, 0.1, 0.1]]),
    )
    data = batch(network.options)
    for levels in gibbs(network, data, 3, seeded(), 0.0):
        for colour, level in enumerate((0, 5, 1)):
            assert (levels[:, colour][~data.mask[:, colour]] == level).all()


@pytest.mark.parametrize("at_once", [1, 7])
@pytest.mark.parametrize(("order", "sign"), [("greedy", 1), ("antigreedy", -1)])
def test_values_are_filled_in_by_their_entropies(network, batch, order, sign, at_once) -> None:
    entropies = sharpen(network, torch.rand(3, 8, 8, generator=seeded(5)) * 3 + 0.5)
    data, shown = batch(network.options, count=2), watch(network)
    final = list(ancestral(network, data, seeded(), order, at_once=at_once))[-1]
    masks = [mask.flatten(1) for _, mask in shown] + [torch.ones(2, 192, dtype=torch.bool)]
    for example, asked in enumerate((~data.mask).flatten(1)):
        places = asked.nonzero().flatten()
        expected = places[(sign * entropies.flatten()[places]).argsort()].tolist()
        for step, (before, after) in enumerate(itertools.pairwise(masks)):
            filled = (after & ~before)[example].nonzero().flatten().tolist()
            assert filled == sorted(expected[step * at_once : (step + 1) * at_once])
    assert torch.equal(shown[-1][0][masks[-2].view_as(final)], final[masks[-2].view_as(final)])


def test_entropies_are_told_anew_after_each_value(network, batch) -> None:
    # The surest value is the first while most is asked, and the last once half of it is given.
    sharpness = torch.linspace(1, 3, 192).view(3, 8, 8)
    sharpen(network, sharpness)
    data, shown = batch(network.options, count=1), watch(network)
    data.mask[:] = False

    def turn(_: nn.Module, inputs: tuple[torch.Tensor, ...], output: torch.Tensor) -> torch.Tensor:
        return output if shown[-1][1].sum() < 96 else 4 - output

    network.convnet.register_forward_hook(turn)
    list(ancestral(network, data, seeded(), "greedy"))
    masks = [mask.flatten() for _, mask in shown] + [torch.ones(192, dtype=torch.bool)]
    filled = [(after & ~before).nonzero().item() for before, after in itertools.pairwise(masks)]
    assert filled == [*range(191, 95, -1), *range(96)]


def test_any_asked_value_may_come_first_without_an_order(network, batch) -> None:
    data, shown = batch(network.options, count=40), watch(network)
    data.mask[:] = True
    data.mask[:, :, 2:4, 3] = False  # 6 values
    firsts = np.zeros(6, int)
    for seed in range(15):
        shown.clear()
        list(ancestral(network, data, seeded(seed), "orderless"))
        assert len(shown) == 6
        firsts += shown[1][1][:, :, 2:4, 3].flatten(1).sum(0).numpy()
    assert firsts.sum() == 600
    assert stats.chisquare(firsts).pvalue > 0.01
