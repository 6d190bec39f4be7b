"""The three losses against closed forms, golden values, numpy and finite differences."""

import numpy as np
import pytest
import torch

from hpq.model.losses import cross_entropy, emd, squared_emd

GOLDEN = [[1.69072576, 0.24029234, 1.24488985], [3.39568829, 1.30925766, 0.45366296]]


def cdf_error(logits: torch.Tensor, target: torch.Tensor) -> np.ndarray:
    """The error of the CDF by numpy in float64, (..., levels)."""
    z = logits.double().numpy()
    p = np.exp(z - z.max(-1, keepdims=True))
    p /= p.sum(-1, keepdims=True)
    return np.cumsum(p, -1) - np.cumsum(np.eye(z.shape[-1])[target.numpy()], -1)


def test_squared_emd_has_its_golden_values() -> None:
    logits = (2 * torch.sin(0.7 * torch.arange(48))).view(2, 3, 8)
    target = ((3 * torch.arange(6)) % 8).view(2, 3)
    assert torch.allclose(squared_emd(logits, target), torch.tensor(GOLDEN), atol=1e-6)


@pytest.mark.parametrize(("level", "loss"), [(0, 84.833984375), (128, 21.333984375)])
def test_uniform_logits_have_the_squared_emd_of_the_closed_form(level: int, loss: float) -> None:
    assert squared_emd(torch.zeros(1, 256), torch.tensor([level])).item() == pytest.approx(loss, rel=1e-6)


def test_uniform_logits_have_their_mean_over_all_levels() -> None:
    assert squared_emd(torch.zeros(256, 256), torch.arange(256)).mean().item() == pytest.approx(42.666015625)


@pytest.mark.parametrize("count", [1, 5, 3000])
def test_all_losses_agree_with_numpy(count: int) -> None:
    generator = torch.Generator().manual_seed(count)
    logits = 3 * torch.randn(count, 17, generator=generator)
    target = torch.randint(0, 17, (count,), generator=generator)
    error = cdf_error(logits, target)
    assert np.allclose(squared_emd(logits, target), (error**2).sum(-1), rtol=1e-4)
    assert np.allclose(emd(logits, target), np.abs(error).sum(-1), rtol=1e-4)
    p = logits.double().softmax(-1).numpy()
    assert np.allclose(cross_entropy(logits, target), -np.log(p[np.arange(count), target]), rtol=1e-4)


@pytest.mark.parametrize("loss", [squared_emd, emd, cross_entropy])
def test_gradients_are_those_of_finite_differences(loss) -> None:
    generator = torch.Generator().manual_seed(3)
    logits = torch.randn(2, 3, 7, dtype=torch.float64, generator=generator, requires_grad=True)
    target = torch.randint(0, 7, (2, 3), generator=generator)
    assert torch.autograd.gradcheck(lambda z: loss(z, target), (logits,))


def test_the_gradient_in_chunks_is_that_of_plain_autograd() -> None:
    logits = torch.randn(2500, 9, dtype=torch.float64, requires_grad=True)
    target = torch.randint(0, 9, (2500,))
    weights = torch.rand(2500, dtype=torch.float64)
    (closed,) = torch.autograd.grad((squared_emd(logits, target) * weights).sum(), logits)
    d = logits.softmax(-1).cumsum(-1) - (torch.arange(9) >= target.unsqueeze(-1)).double()
    (plain,) = torch.autograd.grad(((d**2).sum(-1) * weights).sum(), logits)
    assert torch.allclose(closed, plain, atol=1e-12)


@pytest.mark.parametrize("loss", [squared_emd, emd, cross_entropy])
def test_losses_are_float32_whatever_the_network_runs_in(loss) -> None:
    target = torch.tensor([1])
    assert loss(torch.zeros(1, 4, dtype=torch.bfloat16), target).dtype == torch.float32
    assert loss(torch.zeros(1, 4, dtype=torch.float64), target).dtype == torch.float64
