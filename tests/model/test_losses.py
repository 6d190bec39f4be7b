"""The three losses and their gradients against closed forms, golden values, numpy and plain autograd."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from hpq.errors import HpqError
from hpq.model import losses
from hpq.model.losses import LOSSES, losses_of, losses_with_gradient_

GOLDEN = [1.69072576, 0.24029234, 1.24488985, 3.39568829, 1.30925766, 0.45366296]


def cdf_error(logits: torch.Tensor, target: torch.Tensor) -> np.ndarray:
    """The error of the CDF by numpy in float64, (..., levels)."""
    z = logits.double().numpy()
    p = np.exp(z - z.max(-1, keepdims=True))
    p /= p.sum(-1, keepdims=True)
    return np.cumsum(p, -1) - np.cumsum(np.eye(z.shape[-1])[target.numpy()], -1)


def plain(kind: str, logits: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """The losses by their definitions, for autograd to differentiate."""
    if kind == "xent":
        return F.cross_entropy(logits, target, reduction="none")
    error = (logits.softmax(-1) - F.one_hot(target, logits.shape[-1])).cumsum(-1)
    return (error**2 if kind == "emd2" else error.abs()).sum(-1)


def noise(rows: int, levels: int = 17) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Logits in float64, targets and scales."""
    generator = torch.Generator().manual_seed(rows)
    logits = 3 * torch.randn(rows, levels, generator=generator, dtype=torch.float64)
    target = torch.randint(0, levels, (rows,), generator=generator)
    return logits, target, torch.rand(rows, generator=generator, dtype=torch.float64)


def test_squared_emd_has_its_golden_values() -> None:
    logits = (2 * torch.sin(0.7 * torch.arange(48))).view(6, 8)
    target = (3 * torch.arange(6)) % 8
    assert torch.allclose(losses_of("emd2", logits, target), torch.tensor(GOLDEN), atol=1e-6)


@pytest.mark.parametrize(("level", "loss"), [(0, 84.833984375), (128, 21.333984375)])
def test_uniform_logits_have_the_squared_emd_of_the_closed_form(level: int, loss: float) -> None:
    told = losses_of("emd2", torch.zeros(1, 256), torch.tensor([level]))
    assert told.item() == pytest.approx(loss, rel=1e-6)


def test_uniform_logits_have_their_mean_over_all_levels() -> None:
    told = losses_of("emd2", torch.zeros(256, 256), torch.arange(256))
    assert told.mean().item() == pytest.approx(42.666015625)


@pytest.mark.parametrize("rows", [0, 1, 5, 3000])
def test_all_losses_agree_with_numpy(rows: int) -> None:
    logits, target, _ = noise(rows)
    error = cdf_error(logits, target)
    p = logits.softmax(-1).numpy()
    expected = {
        "emd2": (error**2).sum(-1),
        "emd": np.abs(error).sum(-1),
        "xent": -np.log(p[np.arange(rows), target]),
    }
    for kind in LOSSES:
        told = losses_of(kind, logits.float(), target)
        assert (told.shape, told.dtype) == ((rows,), torch.float32)
        assert np.allclose(told, expected[kind], rtol=1e-4)


@pytest.mark.parametrize("kind", LOSSES)
@pytest.mark.parametrize("rows", [1, 7, 2500])
def test_gradients_in_place_of_logits_are_those_of_plain_autograd(kind: str, rows: int) -> None:
    logits, target, scale = noise(rows)
    leaf = logits.clone().requires_grad_()
    expected = plain(kind, leaf, target)
    (gradient,) = torch.autograd.grad((expected * scale).sum(), leaf)
    told = losses_with_gradient_(kind, logits, target, scale)
    assert torch.allclose(told, expected)
    assert torch.allclose(logits, gradient, atol=1e-12)


@pytest.mark.parametrize("kind", LOSSES)
def test_gradients_survive_logits_far_apart(kind: str) -> None:
    logits = torch.tensor([[1e4, -1e4, 0.0], [-1e4, 1e4, 0.0]])
    told = losses_with_gradient_(kind, logits, torch.tensor([1, 1]), torch.ones(2))
    assert torch.isfinite(told).all()
    assert torch.isfinite(logits).all()
    assert told[1] == 0


def test_chunks_leave_no_seam(monkeypatch) -> None:
    logits, target, scale = noise(1000)
    whole, told = logits.clone(), losses_of("emd2", logits, target)
    losses_with_gradient_("emd2", whole, target, scale)
    monkeypatch.setattr(losses, "CHUNK_ROWS", 7)
    assert torch.allclose(losses_of("emd2", logits, target), told)
    losses_with_gradient_("emd2", logits, target, scale)
    assert torch.allclose(logits, whole)


def test_an_unknown_loss_lists_the_known() -> None:
    with pytest.raises(HpqError, match="emd2, emd, xent, not 'mse'"):
        losses_of("mse", *noise(1)[:2])
