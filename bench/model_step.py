"""A whole training step, beside plain PyTorch, and several runs on one machine."""

from pathlib import Path

import model_plain as plain
import torch
from torch import nn
from turns import measure, tell

from hpq.model.masks import make_masks
from hpq.model.network import Batch, Network
from hpq.model.options import Options

WORDS, CAPTION = 1000, 60
SMALL = {"convnet.depth": 64, "convnet.profundity": 6, "convnet.radius": 3, "batch_size": 4}


def make_batch(options: Options, device: str = "cpu") -> Batch:
    """Return a batch of noise with contiguish masks and captions of 60 words."""
    generator = torch.Generator().manual_seed(0)
    shape = (options.batch_size, 3, options.size, options.size)
    return Batch(
        levels=torch.randint(0, options.levels, shape, generator=generator, dtype=torch.uint8).to(device),
        mask=make_masks(options.masker_kind, shape, generator, radius=options.masker_radius).to(device),
        words=torch.randint(2, WORDS, (shape[0], CAPTION), generator=generator).to(device),
        lengths=torch.full((shape[0],), CAPTION, device=device),
    )


class Step:
    """A training step of our network."""

    def __init__(self, options: Options, device: str = "cpu") -> None:
        self.batch = make_batch(options, device)
        self.network = Network(options, WORDS).to(device)
        self.optimizer = torch.optim.Adam(self.network.parameters(), fused=True)

    def __call__(self) -> None:
        self.optimizer.zero_grad(set_to_none=True)
        self.network.losses(self.batch, with_given=False).objective.backward()
        self.optimizer.step()


class PlainStep:
    """The same with plain PyTorch."""

    def __init__(self, options: Options, device: str = "cpu") -> None:
        self.batch = make_batch(options, device)
        self.network: nn.Module = plain.PlainNetwork(options, WORDS).to(device)
        self.optimizer = torch.optim.Adam(self.network.parameters(), foreach=False)

    def __call__(self) -> None:
        self.optimizer.zero_grad()
        self.network.loss(self.batch).backward()
        self.optimizer.step()


def measure_step(_: Path) -> None:
    """A step of a small network in float32, and in bfloat16."""
    theirs = PlainStep(Options.from_params(SMALL))
    for precision, asked in (("float32", 5.5), ("bf16", 8)):
        ours = Step(Options.from_params({**SMALL, "precision": precision}))
        units = torch.cpu._is_avx512_bf16_supported(), torch.cpu._is_amx_tile_supported()
        note = f"; AVX512-BF16 {units[0]}, AMX {units[1]}" if precision == "bf16" else ""
        what = f"training step, depth 64, 6 layers, k = 3, {precision}"
        tell(what, *measure(ours, theirs, rounds=5), asked, note)
