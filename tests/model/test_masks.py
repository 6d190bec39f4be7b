"""The four masks: their shares of given values, and their shapes."""

import numpy as np
import pytest
import torch
from scipy import ndimage, stats

from hpq.model.data import validation_masks
from hpq.model.masks import contiguish, independent, make_masks, orderless

KINDS = ("contiguish", "orderless", "square", "centre")


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize("radius", [0, 1, 2, 5])
def test_contiguish_is_the_conjunction_over_all_shifts(radius: int) -> None:
    p = torch.tensor([0.2, 0.5, 0.9])
    mask = contiguish((3, 2, 9, 11), radius, p, generator(4))
    window = 2 * radius + 1
    field = (3, 2, 9 + 2 * radius, 11 + 2 * radius)
    seeds = independent(field, -p.double().log() / window**2, generator(4)).numpy()
    expected = np.ones((3, 2, 9, 11), bool)
    for row in range(window):
        for column in range(window):
            expected &= seeds[:, :, row : row + 9, column : column + 11]
    assert np.array_equal(mask.numpy(), expected)


def test_draws_are_independent_and_as_likely_as_they_should_be() -> None:
    rates = torch.tensor([0.0, 0.05, 0.7, 3.0], dtype=torch.float64)
    draws = independent((4, 3, 100, 100), rates, generator(2))
    assert draws[0].all()
    for index, q in enumerate(torch.exp(-rates).tolist()):
        drawn = draws[index].double()
        assert drawn.mean().item() == pytest.approx(q, abs=4 * (q * (1 - q) / 30_000) ** 0.5)
        together = drawn[:, :, 1:] * drawn[:, :, :-1]  # of neighbours
        assert together.mean().item() == pytest.approx(q * q, abs=0.012)
        between = drawn[0] * drawn[1]  # of channels
        assert between.mean().item() == pytest.approx(q * q, abs=0.02)
    sizes = independent((400, 1, 20, 20), torch.full((400,), 0.3, dtype=torch.float64), generator(3))
    counts = (~sizes).flatten(1).sum(1).double()
    q = np.exp(-0.3)
    assert counts.var().item() == pytest.approx(400 * q * (1 - q), rel=0.25)  # of a binomial, not Poisson


def test_a_probability_of_zero_hides_all_and_one_nothing() -> None:
    for radius in (0, 8):
        mask = contiguish((2, 3, 16, 16), radius, torch.tensor([0.0, 1.0]), generator())
        assert not mask[0].any()
        assert mask[1].all()


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_a_value_of_a_contiguish_mask_is_given_with_its_probability(share: float) -> None:
    mask = make_masks("contiguish", (600, 3, 16, 16), generator(), radius=3, p=torch.full((600,), share))
    assert mask.float().mean().item() == pytest.approx(share, abs=0.03)


def test_the_size_of_orderless_masks_is_uniform() -> None:
    mask = make_masks("orderless", (1000, 3, 8, 8), generator())
    sizes = mask.flatten(1).sum(1).numpy()
    assert sizes.min() < 5
    assert sizes.max() > 187
    assert stats.kstest(sizes / 192, "uniform").pvalue > 0.01


def test_the_probability_of_contiguish_masks_is_drawn_for_each_example() -> None:
    mask = make_masks("contiguish", (1000, 3, 32, 32), generator(), radius=0)
    shares = mask.float().flatten(1).mean(1).numpy()
    assert stats.kstest(shares, "uniform").pvalue > 0.01


def is_union_of_windows(hole: np.ndarray, window: int) -> bool:
    """Whether windows that lie in the hole cover it; beyond its edges a picture may hide anything."""
    around = np.pad(hole, window, constant_values=True)
    opened = ndimage.binary_opening(around, np.ones((window, window)))
    return np.array_equal(opened[window:-window, window:-window], hole)


@pytest.mark.parametrize("radius", [1, 2, 5, 8])
def test_holes_are_unions_of_whole_windows_at_edges_too(radius: int) -> None:
    holes = ~make_masks("contiguish", (40, 3, 32, 30), generator(), radius=radius).flatten(0, 1).numpy()
    assert sum(hole.any() and not hole.all() for hole in holes) > 40
    assert all(is_union_of_windows(hole, 2 * radius + 1) for hole in holes)
    assert not all(is_union_of_windows(hole, 2 * radius + 2) for hole in holes)


@pytest.mark.parametrize("radius", [1, 3, 8])
@pytest.mark.parametrize("share", [0.05, 0.5, 0.95])
def test_values_at_corners_edges_and_in_the_middle_are_given_alike(radius: int, share: float) -> None:
    count = 3000
    mask = contiguish((count, 1, 24, 24), radius, torch.full((count,), share), generator(3))
    deviation = (share * (1 - share) / count) ** 0.5
    for row, column in ((0, 0), (0, 12), (23, 23), (12, 0), (12, 12)):
        told = mask[:, 0, row, column].float().mean().item()
        assert told == pytest.approx(share, abs=4 * deviation)


@pytest.mark.parametrize("radius", [0, 2, 8])
def test_the_mean_share_is_the_probability_of_each_example(radius: int) -> None:
    count = 1000
    p = torch.linspace(0, 1, 5).repeat(count)  # differs within the batch
    shares = contiguish((len(p), 1, 20, 20), radius, p, generator(6)).float().flatten(1).mean(1)
    for index, expected in enumerate(p[:5].tolist()):
        mine = shares[index::5]
        error = mine.std().item() / count**0.5
        assert mine.mean().item() == pytest.approx(expected, abs=4 * error + 1e-12)


def test_the_mean_share_over_all_probabilities_is_half_at_the_radius_of_the_post() -> None:
    shares = make_masks("contiguish", (2000, 3, 20, 20), generator(), radius=8).float().flatten(1).mean(1)
    assert shares.mean().item() == pytest.approx(0.5, abs=4 * shares.std().item() / 2000**0.5)


def test_orderless_masks_of_one_size_are_all_alike() -> None:
    p = torch.full((6000,), 0.5)  # 2 of 4 values
    mask = orderless((6000, 1, 2, 2), p, generator()).flatten(1)
    assert (mask.sum(1) == 2).all()
    sets = (mask * torch.tensor([1, 2, 4, 8])).sum(1).bincount()
    assert stats.chisquare(sets[sets > 0].numpy()).pvalue > 0.01
    assert (sets > 0).sum() == 6


def test_the_size_of_an_orderless_mask_follows_its_share_up_to_both_ends() -> None:
    p = torch.tensor([0.0, 0.1, 0.5, 0.999, 1.0])
    sizes = orderless((5, 3, 4, 4), p, generator()).flatten(1).sum(1)
    assert sizes.tolist() == [0, 4, 24, 48, 48]  # ⌊49 p⌋ of 48 values


@pytest.mark.parametrize("shared", [False, True])
def test_sizes_of_validation_masks_are_spread_evenly(options, shared: bool) -> None:
    chosen = options({"masker.kind": "orderless", "masker.shared": shared, "size": 8})
    total = 64 if shared else 192
    mask = validation_masks(chosen, 40)[:, : 1 if shared else 3]
    expected = [int((rank + 0.5) / 40 * (total + 1)) for rank in range(40)]
    sizes = mask.flatten(1).sum(1)
    assert sorted(sizes.tolist()) == expected
    assert sizes.tolist() != expected  # in no order that batches would follow


def test_a_square_hole_has_half_the_side_and_moves() -> None:
    hidden = ~make_masks("square", (50, 3, 16, 16), generator())
    assert (hidden.flatten(2).sum(2) == 64).all()
    corners = {tuple(np.argwhere(hole[0].numpy())[0]) for hole in hidden}
    assert len(corners) > 20


def test_the_centre_is_hidden() -> None:
    mask = make_masks("centre", (2, 3, 64, 64), generator())
    assert not mask[:, :, 16:48, 16:48].any()
    assert mask.sum().item() == 2 * 3 * (64 * 64 - 32 * 32)


@pytest.mark.parametrize("kind", KINDS)
def test_a_shared_mask_is_the_same_for_all_channels(kind: str) -> None:
    mask = make_masks(kind, (5, 3, 16, 16), generator(), radius=2, shared=True)
    assert mask.shape == (5, 3, 16, 16)
    assert (mask[:, 0] == mask[:, 1]).all()
    assert (mask[:, 0] == mask[:, 2]).all()


@pytest.mark.parametrize("kind", ["contiguish", "orderless"])
def test_masks_differ_by_channel_otherwise(kind: str) -> None:
    mask = make_masks(kind, (5, 3, 16, 16), generator(), radius=2, p=torch.full((5,), 0.5))
    assert (mask[:, 0] != mask[:, 1]).any()


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_seed_gives_the_same_masks(kind: str) -> None:
    one, other = (make_masks(kind, (3, 3, 16, 16), generator(5), radius=2) for _ in range(2))
    assert torch.equal(one, other)
