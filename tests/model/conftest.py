"""A handle without a runner, options that train in seconds, and photographs of our own making."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from hpq.model.network import Batch
from hpq.model.options import Options

TINY = {
    "size": 16,
    "levels": 32,
    "batch_size": 4,
    "convnet.depth": 8,
    "convnet.profundity": 2,
    "convnet.embedding": 4,
    "reader.size": 6,
    "reader.radius": 3,
    "reader.embedding": 5,
    "masker.radius": 2,
    "examples": 64,
    "validation.examples": 8,
    "validation.every": 5,
    "steps": 10,
}


@pytest.fixture(autouse=True)
def one_thread() -> None:
    torch.set_num_threads(1)


@pytest.fixture
def options() -> Callable[..., Options]:
    """Tiny options, some of them replaced."""

    def make(changes: dict[str, Any] | None = None) -> Options:
        return Options.from_params({**TINY, **(changes or {})})

    return make


@pytest.fixture
def batch() -> Callable[..., Batch]:
    """A batch of noise with captions of different lengths."""

    def make(options: Options, count: int = 4, words: int = 9, seed: int = 0) -> Batch:
        generator = torch.Generator().manual_seed(seed)
        shape = (count, 3, options.size, options.size)
        lengths = torch.arange(count) % words + 1
        padded = torch.randint(2, 20, (count, words), generator=generator)
        return Batch(
            levels=torch.randint(0, options.levels, shape, generator=generator),
            mask=torch.rand(shape, generator=generator) < 0.5,
            words=padded * (torch.arange(words) < lengths.unsqueeze(1)),
            lengths=lengths,
        )

    return make


class FakeRun:
    """What a runner gives, kept in memory; it stops by itself after a step if told so."""

    def __init__(self, folder: Path, params: dict[str, Any], stop_after: int | None = None) -> None:
        self.params = {**TINY, **params}
        self.seed = 11
        self.device = "cpu"
        self.dir = folder
        self.cache = folder / "cache"
        self.checkpoint = folder / "checkpoint.pt"
        self.resumed = self.checkpoint.exists()
        self.logged: list[tuple[int, dict[str, float]]] = []
        self.stop_after = stop_after
        self.asked = 0

    def log(self, step: int, **metrics: float) -> None:
        self.logged.append((step, metrics))

    @property
    def should_stop(self) -> bool:
        self.asked += 1
        return self.asked == self.stop_after

    @property
    def losses(self) -> list[float]:
        return [metrics["loss"] for _, metrics in self.logged if "loss" in metrics]


@pytest.fixture
def run(tmp_path: Path) -> Callable[..., FakeRun]:
    def make(
        params: dict[str, Any] | None = None, stop_after: int | None = None, name: str = "run"
    ) -> FakeRun:
        folder = tmp_path / name
        os.makedirs(folder, exist_ok=True)
        return FakeRun(folder, params or {}, stop_after)

    return make
