"""The first guess at what is asked: smooth, between what is given, and never touching it."""

import numpy as np
import pytest
import torch

from hpq.model import drawings
from hpq.model.baselines import laplace
from hpq.model.fill import spread
from hpq.model.masks import centre


def ramp(side: int) -> torch.Tensor:
    """A plane, which is harmonic, (1, 2, side, side)."""
    rows, columns = torch.meshgrid(torch.arange(side), torch.arange(side), indexing="ij")
    return torch.stack([3.0 * rows + columns, 100.0 - 2 * columns]).unsqueeze(0)


@pytest.mark.parametrize("side", [16, 20, 33, 64])
def test_a_plane_is_continued_into_a_hole(side: int) -> None:
    values, mask = ramp(side), centre((1, 2, side, side))
    guess = spread(values.masked_fill(~mask, -1e6), mask)
    error = (guess - values)[~mask].abs().max()
    assert error < 0.03 * (values.max() - values.min())


def test_a_guess_is_nearly_the_exact_solution() -> None:
    pictures = drawings.draw(12, 64, 0)[0]
    values, mask = torch.from_numpy(pictures).permute(0, 3, 1, 2).float(), centre((12, 3, 64, 64))
    exact = laplace(pictures) * 255
    found = spread(values, mask)[:, :, 16:48, 16:48].permute(0, 2, 3, 1).numpy()
    assert np.sqrt(np.mean((found - exact) ** 2)) < 0.05 * exact.std()


def test_what_is_given_stays_and_guesses_lie_between() -> None:
    generator = torch.Generator().manual_seed(0)
    values = 255 * torch.rand(4, 3, 32, 32, generator=generator)
    mask = torch.rand(values.shape, generator=generator) < 0.1
    guess = spread(values, mask)
    assert torch.equal(guess[mask], values[mask])
    for example in range(4):
        for colour in range(3):
            known = values[example, colour][mask[example, colour]]
            assert guess[example, colour].min() >= known.min() - 1e-3
            assert guess[example, colour].max() <= known.max() + 1e-3


def test_what_is_asked_reaches_no_guess() -> None:
    values, mask = ramp(32), centre((1, 2, 32, 32))
    other = torch.where(mask, values, values.flip(-1) * 7)
    assert torch.equal(spread(values, mask), spread(other, mask))


def test_every_picture_and_colour_is_filled_by_itself() -> None:
    values = torch.stack([ramp(16)[0], 50 - ramp(16)[0]])
    mask = torch.rand(values.shape, generator=torch.Generator().manual_seed(1)) < 0.3
    together = spread(values, mask)
    for example in range(2):
        alone = spread(values[example : example + 1, 1:], mask[example : example + 1, 1:])
        assert torch.allclose(together[example, 1:], alone[0])


def test_without_anything_given_the_guess_is_zero() -> None:
    assert torch.equal(
        spread(torch.ones(1, 1, 8, 8), torch.zeros(1, 1, 8, 8, dtype=torch.bool)), torch.zeros(1, 1, 8, 8)
    )
