"""What fills in a hole without a network, each on pictures of which the answer is known."""

import numpy as np
import pytest

from hpq.errors import HpqError
from hpq.model import baselines
from hpq.model.baselines import (
    hole_of,
    laplace,
    ridge,
    ring_mean,
    ring_of,
    training_mean,
    true_hole,
)
from hpq.model.masks import centre


def planes(count: int, side: int, seed: int = 0, noise: float = 0.0) -> np.ndarray:
    """Pictures whose colours are planes, (N, side, side, 3): any linear fill is exact but for rounding."""
    random = np.random.default_rng(seed)
    slopes = random.uniform(-100, 100, (2, count, 1, 1, 3))
    rows, columns = np.meshgrid(*[np.linspace(-0.5, 0.5, side)] * 2, indexing="ij")
    values = 128 + slopes[0] * rows[None, ..., None] + slopes[1] * columns[None, ..., None]
    return (
        (values + random.normal(0, noise, values.shape) if noise else values)
        .round()
        .clip(0, 255)
        .astype(np.uint8)
    )


@pytest.mark.parametrize("side", [16, 20, 64])
def test_the_hole_is_the_one_that_the_mask_hides(side: int) -> None:
    hole, mask = hole_of(side), centre((1, 1, side, side))[0, 0].numpy()
    assert not mask[hole, hole].any()
    assert (~mask).sum() == (side // 2) ** 2


def test_a_ring_lies_around_the_hole() -> None:
    assert ring_of(64, 1).sum() == 4 * 32 + 4
    assert ring_of(64, 4).sum() == 40 * 40 - 32 * 32
    assert not ring_of(64, 4)[hole_of(64), hole_of(64)].any()


def test_means_are_those_of_pictures_and_of_pixels_around() -> None:
    training, pictures = planes(7, 16), planes(3, 16, seed=1)
    assert np.allclose(training_mean(training, pictures)[2], true_hole(training).mean(0))
    ring = ring_of(16, 1)
    for filled, picture in zip(ring_mean(pictures), pictures, strict=True):
        assert np.allclose(filled[3, 5], picture[ring].mean(0) / 255)


def test_laplace_continues_planes_and_holds_its_equation() -> None:
    pictures = planes(4, 32)
    assert np.abs(laplace(pictures) - true_hole(pictures)).max() < 1 / 255
    noisy = np.random.default_rng(0).integers(0, 256, (2, 16, 16, 3), dtype=np.uint8)
    whole = noisy / 255
    whole[:, 4:12, 4:12] = laplace(noisy)
    inner = whole[:, 4:12, 4:12]
    around = whole[:, 3:11, 4:12] + whole[:, 5:13, 4:12] + whole[:, 4:12, 3:11] + whole[:, 4:12, 5:13]
    assert np.allclose(inner, around / 4)


@pytest.mark.parametrize("width", [1, 4])
def test_a_regression_learns_planes(width: int) -> None:
    pictures = planes(20, 16, seed=1)
    error = ridge(planes(300, 16), pictures, width) - true_hole(pictures)
    assert np.sqrt(np.mean(error**2)) < 2 / 255


def test_a_regression_is_that_of_the_normal_equations() -> None:
    training, pictures = planes(60, 16, noise=20), planes(5, 16, seed=1, noise=20)
    ring = ring_of(16, 1)
    x, y = (training[:, ring] / 255).reshape(60, -1), true_hole(training).reshape(60, -1)
    centred = x - x.mean(0)
    asked = (pictures[:, ring] / 255).reshape(5, -1) - x.mean(0)
    found = ridge(training, pictures, 1).reshape(5, -1)
    by_damping = [
        asked
        @ np.linalg.solve(centred.T @ centred + damping * np.eye(x.shape[1]), centred.T @ (y - y.mean(0)))
        + y.mean(0)
        for damping in 10.0 ** np.arange(-1, 4.5, 0.5)
    ]
    assert min(np.abs(found - each).max() for each in by_damping) < 1e-9


def test_a_regression_is_damped_by_pictures_that_it_did_not_see(monkeypatch) -> None:
    training, pictures = planes(60, 16, noise=40), planes(50, 16, seed=1, noise=40)
    chosen = np.mean((ridge(training, pictures, 4) - true_hole(pictures)) ** 2)
    monkeypatch.setattr(baselines, "_DAMPINGS", np.array([0.1]))
    assert chosen < 0.95 * np.mean((ridge(training, pictures, 4) - true_hole(pictures)) ** 2)


def test_a_regression_of_one_picture_is_refused() -> None:
    with pytest.raises(HpqError, match="more than the 1 pictures"):
        ridge(planes(1, 16), planes(2, 16), 1)
