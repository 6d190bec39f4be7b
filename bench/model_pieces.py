"""The pieces of the bundled model, each beside plain PyTorch: four 64x64 pictures of 256 levels."""

from pathlib import Path

import model_plain as plain
import torch
import torch.nn.functional as F
from torch import nn
from turns import measure, tell

from hpq.model.head import head_losses
from hpq.model.inputs import COLOURS, EmbeddedInput, OneHotInput
from hpq.model.losses import losses_with_gradient_
from hpq.model.masks import make_masks
from hpq.model.network import choose
from hpq.model.pool import pool

SIZE, LEVELS, CHANNELS = 64, 256, 64
PICTURES = 4  # fewer than any batch has, and enough that plain PyTorch's tensors do not fit in a cache
SHAPE = (PICTURES, COLOURS, SIZE, SIZE)


def measure_loss(_: Path) -> None:
    """Squared EMD and its gradient, for all values."""
    rows = PICTURES * COLOURS * SIZE * SIZE
    logits, target, scale = torch.randn(rows, LEVELS), torch.randint(0, LEVELS, (rows,)), torch.ones(rows)
    work, leaf = logits.clone(), logits.requires_grad_()

    def ours() -> None:
        losses_with_gradient_("emd2", work, target, scale)  # the gradient is as good as any logits

    def theirs() -> None:
        plain.squared_emd(leaf, target).sum().backward()
        leaf.grad = None

    one, other = measure(ours, theirs)
    mib = logits.nbytes / 2**20
    note = (
        f"; {1 + one.memory_mib / mib:.2f} and {1 + other.memory_mib / mib:.2f} of the logits with themselves"
    )
    tell("squared EMD, forward and backward", one, other, 5, note)


def measure_head(_: Path) -> None:
    """The last layer and the loss, half of the values asked, with gradients of features and weights."""
    generator = torch.Generator().manual_seed(0)
    features = torch.randn(PICTURES * SIZE * SIZE, CHANNELS, requires_grad=True)
    weight = (torch.randn(COLOURS, LEVELS, CHANNELS) / 8).requires_grad_()
    bias = torch.zeros(COLOURS, LEVELS, requires_grad=True)
    levels = torch.randint(0, LEVELS, SHAPE, generator=generator)
    asked = ~make_masks("contiguish", SHAPE, generator, p=torch.full((PICTURES,), 0.5))
    chosen = choose(levels, asked)

    def ours() -> None:
        head_losses("emd2", features, weight, bias, chosen)[0].backward()

    def theirs() -> None:
        logits = F.linear(features, weight.flatten(0, 1), bias.flatten())
        logits = logits.view(PICTURES, SIZE, SIZE, COLOURS, LEVELS).permute(0, 3, 1, 2, 4)
        losses = plain.squared_emd(logits, levels) * asked
        (losses.sum() / asked.sum()).backward()

    tell("last layer and loss, half asked", *measure(ours, theirs), 10)


def measure_mask(_: Path) -> None:
    """Contiguish masks of radius 8 for a batch of 16."""
    shape = (16, COLOURS, SIZE, SIZE)
    generator = torch.Generator().manual_seed(0)
    ours = measure(
        lambda: make_masks("contiguish", shape, generator, radius=8),
        lambda: plain.contiguish(16, SIZE, 8, generator),
        rounds=5,
    )
    tell("contiguish masks, radius 8, 16 pictures", *ours, 150)


def measure_input(_: Path) -> None:
    """The first layer of kernel size 3, with gradients."""
    levels = torch.randint(0, LEVELS, SHAPE, dtype=torch.uint8)
    mask = torch.rand(SHAPE) < 0.5
    layers = []
    for make in (lambda: EmbeddedInput(LEVELS, 16, "none"), lambda: OneHotInput(LEVELS)):
        entry = make()
        layers.append((entry, nn.Conv2d(entry.channels, CHANNELS, 3, padding=1, bias=False)))
    layers[0][1].to(memory_format=torch.channels_last)
    outer = torch.randn(PICTURES, CHANNELS, SIZE, SIZE)

    def run(entry: nn.Module, convolution: nn.Module) -> None:
        convolution(entry(levels, mask)).backward(outer)

    tell("first layer, kernel size 3", *measure(lambda: run(*layers[0]), lambda: run(*layers[1])), 15)


def measure_pool(_: Path) -> None:
    """The recurrence over 60 steps of 16 captions, 128 units, forward and backward."""
    keep, new = (torch.rand(60, 16, 128, requires_grad=True) for _ in range(2))
    initial = torch.zeros(128, requires_grad=True)
    mine = torch.randn(60, 16, 128)
    turned = [tensor.detach().transpose(0, 1).contiguous().requires_grad_() for tensor in (keep, new)]
    theirs = mine.transpose(0, 1).contiguous()
    tell(
        "QRNN pool, 60 steps",
        *measure(
            lambda: pool(keep, new, initial, None).backward(mine),
            lambda: plain.pool(*turned, initial).backward(theirs),
            rounds=31,
        ),
        6,
    )
