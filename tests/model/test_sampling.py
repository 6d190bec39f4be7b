"""Sampling: what is given stays, rates and temperatures are those of their formulas."""

import itertools
from dataclasses import replace

import pytest
import torch

from hpq.errors import HpqError
from hpq.model.network import Network
from hpq.model.sampling import (
    ORDERS,
    STRATEGIES,
    ancestral,
    draw_levels,
    gibbs,
    mean_levels,
    passes,
    resampling_rate,
    sample,
    temper,
)


@pytest.fixture
def network(options) -> Network:
    torch.manual_seed(0)
    return Network(options({"size": 8, "convnet.depth": 4}), 20)


def test_gibbs_changes_only_what_is_asked_and_less_and_less(network, batch) -> None:
    data = batch(network.options)
    steps = list(gibbs(network, data, 20, torch.Generator().manual_seed(1)))
    for levels in steps:
        assert torch.equal(levels[data.mask], data.levels[data.mask])
        assert levels.max() < network.options.levels
    changed = [(after != before).sum().item() for before, after in itertools.pairwise(steps)]
    assert sum(changed[:5]) > 2 * sum(changed[-5:]) > 0


def test_the_first_step_of_gibbs_does_not_see_what_it_shall_tell(network, batch) -> None:
    data = batch(network.options)
    other = batch(network.options)
    other.levels[~data.mask] = 0
    one, two = (next(gibbs(network, each, 5, torch.Generator().manual_seed(1))) for each in (data, other))
    assert torch.equal(one, two)


@pytest.mark.parametrize("order", ORDERS)
def test_ancestral_sampling_fills_everything_once(network, batch, order: str) -> None:
    data = batch(network.options, count=2)
    asked = (~data.mask).flatten(1).sum(1).max().item()
    steps = list(ancestral(network, data, torch.Generator().manual_seed(1), order, at_once=16))
    assert len(steps) == -(-asked // 16)
    assert torch.equal(steps[-1][data.mask], data.levels[data.mask])


def test_greedy_and_antigreedy_begin_at_opposite_ends(network, batch) -> None:
    data = batch(network.options, count=1)
    network.eval()
    network.head_weight.data *= 30  # untrained, it finds all levels alike but for rounding
    p = network.logits(data).softmax(-1)
    entropy = -(p * p.log()).sum(-1).masked_fill(data.mask, torch.nan)
    for order, extreme in (
        ("greedy", entropy.nan_to_num(9e9).argmin()),
        ("antigreedy", entropy.nan_to_num(-1).argmax()),
    ):
        first = next(ancestral(network, data, torch.Generator().manual_seed(1), order, temperature=0))
        changed = (first != data.levels).flatten().nonzero().flatten().tolist()
        assert changed in ([extreme.item()], [])


@pytest.mark.parametrize(("step", "rate"), [(0, 0.9), (35, 0.5), (70, 0.1), (99, 0.1)])
def test_the_rate_falls_linearly_and_then_stays(step: int, rate: float) -> None:
    assert resampling_rate(step, 100) == pytest.approx(rate)


def test_temperature_sharpens_and_zero_takes_the_likeliest() -> None:
    p = torch.tensor([0.5, 0.3, 0.2, 0.0])
    logits = p.log() + 3
    assert torch.allclose(temper(logits, 1.0), p)
    assert torch.allclose(temper(logits, 0.5), p**2 / (p**2).sum())
    for cold in (0.0, 1e-300, 1e-44, 1e-30, 1e-9):
        assert temper(logits, cold).tolist() == [1, 0, 0, 0]
    with pytest.raises(HpqError, match="-1"):
        temper(logits, -1)


def test_levels_are_drawn_as_often_as_they_are_likely() -> None:
    p = torch.tensor([0.0, 0.5, 0.0, 0.3, 0.2, 0.0])
    drawn = draw_levels(p.expand(20_000, -1), torch.Generator().manual_seed(2))
    assert torch.allclose(drawn.bincount(minlength=6) / 20_000, p, atol=0.01)
    assert drawn.bincount(minlength=6)[p == 0].sum() == 0


def test_an_impossible_level_is_not_drawn_by_the_smallest_chance(monkeypatch) -> None:
    for chance in (0.0, 1 - 2**-24):
        monkeypatch.setattr(torch, "rand", lambda shape, chance=chance, **_: torch.full(shape, chance))
        p = torch.tensor([[0.0, 0.3, 0.7 - 1e-6, 0.0]])
        assert draw_levels(p, torch.Generator()).item() == (1 if chance == 0 else 2)


def test_temperature_makes_nothing_possible_that_was_not() -> None:
    assert temper(torch.tensor([0.5, 0.5, 0.0]).log(), 10.0).tolist() == [0.5, 0.5, 0.0]


@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize("steps", [1, 7, 200])
def test_a_strategy_makes_no_more_passes_than_it_shall(network, batch, strategy: str, steps: int) -> None:
    data = batch(network.options, count=2)
    made = list(sample(network, data, strategy, steps, torch.Generator().manual_seed(1)))
    assert len(made) == passes(data, strategy, steps) <= steps
    assert torch.equal(made[-1][data.mask], data.levels[data.mask])


def test_a_picture_of_which_nothing_is_asked_stays_as_it_is(network, batch) -> None:
    whole = replace(batch(network.options), mask=torch.ones(4, 3, 8, 8, dtype=torch.bool))
    for strategy in STRATEGIES:
        made = list(sample(network, whole, strategy, 3, torch.Generator()))
        assert len(made) == passes(whole, strategy, 3)
        assert all(torch.equal(levels, whole.levels) for levels in made)
    assert torch.equal(mean_levels(network, whole), whole.levels.float())


def test_levels_are_drawn_from_the_distribution_of_their_own_value(network, batch) -> None:
    """The values of a batch have places in it, and logits are computed for some of them alone."""
    data = batch(network.options)
    network.eval()
    likeliest = network.logits(data).argmax(-1)
    drawn = next(ancestral(network, data, torch.Generator(), temperature=0, at_once=8 * 8 * 3))
    assert torch.equal(drawn, torch.where(data.mask, data.levels, likeliest))


def test_a_mean_is_that_of_the_distribution(network, batch) -> None:
    data = batch(network.options)
    network.eval()
    levels = torch.arange(network.options.levels).float()
    means = (network.logits(data).softmax(-1) * levels).sum(-1)
    expected = torch.where(data.mask, data.levels.float(), means)
    assert torch.allclose(mean_levels(network, data), expected, atol=1e-4)


def test_an_unknown_order_lists_the_known(network, batch) -> None:
    with pytest.raises(HpqError, match="orderless, greedy, antigreedy"):
        next(ancestral(network, batch(network.options), torch.Generator(), "random"))
