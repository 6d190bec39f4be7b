"""The four masks: their shares of given values, and their shapes."""

import numpy as np
import pytest
import torch
from scipy import stats

from hpq.model.masks import contiguish, make_masks

KINDS = ("contiguish", "orderless", "square", "centre")


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize("radius", [0, 1, 2, 5])
def test_contiguish_is_the_conjunction_over_all_shifts(radius: int) -> None:
    p = torch.tensor([0.2, 0.5, 0.9])
    mask = contiguish((3, 2, 9, 11), radius, p, generator(4))
    window = 2 * radius + 1
    q = (p.double() ** (1 / window**2)).float().view(-1, 1, 1, 1)
    seeds = (torch.rand(3, 2, 9 + 2 * radius, 11 + 2 * radius, generator=generator(4)) < q).numpy()
    expected = np.ones((3, 2, 9, 11), bool)
    for row in range(window):
        for column in range(window):
            expected &= seeds[:, :, row : row + 9, column : column + 11]
    assert np.array_equal(mask.numpy(), expected)


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


def test_holes_of_contiguish_masks_are_unions_of_windows() -> None:
    hidden = ~make_masks("contiguish", (20, 1, 24, 24), generator(), radius=2, p=torch.full((20,), 0.7))
    for hole in hidden[:, 0].numpy():
        for row, column in np.argwhere(hole[2:-2, 2:-2]):
            windows = [
                hole[max(0, top) : top + 5, max(0, left) : left + 5].all()
                for top in range(row - 2, row + 3)
                for left in range(column - 2, column + 3)
            ]
            assert any(windows)


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
