"""The kernels against PyTorch in float64, on a GPU or, with TRITON_INTERPRET=1, in Triton's interpreter.

test_kernels.py runs this file, in a process of its own.
"""

import os
from collections.abc import Callable

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from hpq.model import losses, pool, recurrence
from hpq.model.kernels import cells, rows
from hpq.model.losses import LOSSES, losses_of, losses_with_gradient_

DEVICE = "cpu" if os.environ.get("TRITON_INTERPRET") == "1" else "cuda"


@pytest.fixture(autouse=True)
def float32_goes_to_kernels(monkeypatch: pytest.MonkeyPatch) -> None:
    """Send float32 to the kernels from the CPU too, and float64 to PyTorch."""
    for module in (losses, pool):
        monkeypatch.setattr(
            module, "can_use_kernels", lambda *tensors: all(each.dtype == torch.float32 for each in tensors)
        )


def random(*shape: int) -> Tensor:
    """Normal noise in float32, the same on every device."""
    return torch.randn(shape, generator=torch.Generator().manual_seed(sum(shape))).to(DEVICE)


def row_problem(levels: int) -> tuple[Tensor, Tensor, Tensor]:
    """Logits, targets and scales of some rows more than a program takes, with both ends among the targets."""
    count = rows.TILE // (1 << (levels - 1).bit_length()) + 3
    target = torch.arange(count, device=DEVICE) * 5 % levels
    target[-1] = levels - 1
    return 3 * random(count, levels), target, random(count).abs()


def check_rows(kind: str, logits: Tensor, target: Tensor, scale: Tensor) -> None:
    """Compare losses alone, losses with gradients, and the gradients."""
    gradient = logits.double()
    expected = losses_with_gradient_(kind, gradient, target, scale.double())
    before = logits.clone()
    told = losses_of(kind, logits, target)
    assert torch.equal(logits, before)
    assert (told.shape, told.dtype) == (target.shape, torch.float32)
    torch.testing.assert_close(told.double(), expected, rtol=1e-5, atol=2e-5)
    assert torch.equal(losses_with_gradient_(kind, logits, target, scale), told)
    torch.testing.assert_close(logits.double(), gradient, rtol=1e-5, atol=2e-5)


@pytest.mark.parametrize("kind", LOSSES)
@pytest.mark.parametrize("levels", [2, 7, 100, 256])
def test_losses_and_gradients_of_rows_agree(kind: str, levels: int) -> None:
    check_rows(kind, *row_problem(levels))


@pytest.mark.parametrize("kind", LOSSES)
def test_rows_lie_anywhere_and_what_is_between_them_stays(kind: str) -> None:
    logits, target, scale = row_problem(100)
    wide = torch.full((len(logits), 111), 7.0, device=DEVICE)
    wide[:, 3:103] = logits
    check_rows(kind, wide[:, 3:103], target, scale)
    assert (wide[:, :3] == 7).all()
    assert (wide[:, 103:] == 7).all()
    check_rows(
        kind, logits.t().contiguous().t(), target.repeat_interleave(2)[::2], scale[:1].expand(len(logits))
    )


@pytest.mark.parametrize("kind", LOSSES)
def test_logits_far_apart_overflow_nowhere(kind: str) -> None:
    logits = torch.tensor(
        [[1e4, -1e4, 0], [-1e4, 1e4, 0], [1e38, 0, -1e38], [-9e9, -9e9, -9e9]], device=DEVICE
    )
    target = torch.tensor([1, 1, 0, 2], device=DEVICE)
    assert losses_of(kind, logits, target)[1:3].tolist() == [0, 0]
    check_rows(kind, logits, target, torch.ones(4, device=DEVICE))


def test_no_rows_have_no_losses() -> None:
    assert losses_of("emd2", random(0, 7), torch.zeros(0, dtype=torch.long, device=DEVICE)).shape == (0,)


def plain(keep: Tensor, new: Tensor, initial: Tensor, norm: nn.LayerNorm | None) -> Tensor:
    """The recurrence by its definition, for autograd to differentiate."""
    told, cell = [], initial
    for kept, added in zip(keep, new, strict=True):
        cell = kept * cell + (1 - kept) * added
        if norm is not None:
            cell = F.layer_norm(cell, norm.normalized_shape, norm.weight, norm.bias, norm.eps)
        told.append(cell)
    return torch.stack(told)


def a_norm(channels: int) -> nn.LayerNorm:
    norm = nn.LayerNorm(channels, eps=1e-3, device=DEVICE)
    nn.init.normal_(norm.weight)
    nn.init.normal_(norm.bias)
    return norm


def as_they_come(tensor: Tensor) -> Tensor:
    return tensor


def turned(tensor: Tensor) -> Tensor:
    """The same values, steps next to each other in memory."""
    return tensor.permute(1, 2, 0).contiguous().permute(2, 0, 1)


# One step, many, several blocks of channels with a rest, and several warps.
SHAPES = [(1, 2, 5), (17, 3, 20), (3, 2, 300), (2, 1, 1024)]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("is_normed", [False, True])
@pytest.mark.parametrize("lay", [as_they_come, turned])
def test_cells_and_all_their_gradients_agree(
    shape: tuple[int, int, int], is_normed: bool, lay: Callable[[Tensor], Tensor], monkeypatch
) -> None:
    for name in ("forward", "backward", "normed_forward", "normed_backward"):
        monkeypatch.delattr(recurrence, name)  # so that nothing but kernels can have computed
        assert hasattr(cells, name)
    norm = a_norm(shape[2]) if is_normed else None
    leaves = [random(*shape).sigmoid(), random(*shape).tanh() + 0.1, random(shape[2])]
    outer = lay(random(*shape).sin())
    results = []
    for recur, dtype in ((pool.pool, torch.float32), (plain, torch.float64)):
        keep, new, initial = (leaf.detach().to(dtype).requires_grad_() for leaf in leaves)
        its_norm = None if norm is None else norm.to(dtype)
        told = recur(lay(keep), lay(new), initial, its_norm)
        parameters = [] if its_norm is None else [its_norm.weight, its_norm.bias]
        gradients = torch.autograd.grad(told, [keep, new, initial, *parameters], outer.to(dtype))
        results.append([each.detach().double() for each in (told, *gradients)])
    for told, expected in zip(*results, strict=True):
        torch.testing.assert_close(told, expected, rtol=1e-4, atol=1e-5)


def test_gradients_are_the_same_to_the_bit_each_time() -> None:
    keep, new, initial, norm = random(4, 9, 70).sigmoid(), random(4, 9, 70), random(70), a_norm(70)
    initial.requires_grad_()
    leaves = [initial, norm.weight, norm.bias]
    first, second = (torch.autograd.grad(pool.pool(keep, new, initial, norm).sum(), leaves) for _ in range(2))
    assert all(torch.equal(one, other) for one, other in zip(first, second, strict=True))
