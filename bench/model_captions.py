"""Do captions help? The same network trained on true and on shuffled captions, where an object is hidden.

A control that meets shuffled captions only when it is tried would flatter, since it trusts them; this one
learns from them. Both see the same pictures with the same masks, seed by seed, and the cell of one object is
hidden.
"""

import re
import statistics
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from hpq.model.checkpoint import BEST
from hpq.model.data import Pictures, batch_of, load_data
from hpq.model.drawings import COLUMNS, ROWS
from hpq.model.options import Options
from hpq.model.train import train
from hpq.model.trained import load_trained

PARAMS: dict[str, Any] = {
    "size": 32,
    "levels": 64,
    "batch_size": 16,
    "convnet.depth": 32,
    "convnet.profundity": 4,
    "convnet.fill": "harmonic",
    "convnet.skip": True,
    "merger.kind": "conv",
    "merger.depth": 16,
    "merger.layers": [0],
    "reader.size": 64,
    "reader.radius": 4,
    "reader.bidir": True,
    "masker.kind": "square",
    "validation.examples": 64,
    "validation.every": 200,
    "lr.init": 2e-3,
    "steps": 2000,
}
SEEDS = (0, 1, 2)
TRIED = 256  # pictures
ASKED = 0.10  # how much lower the loss has to be
_PLACE = re.compile(rf"at the ({'|'.join(ROWS)}) ({'|'.join(COLUMNS)})")
_AT_ONCE = 32


@dataclass
class Run:
    """What training needs of a run, without a runner."""

    params: dict[str, Any]
    seed: int
    dir: Path
    cache: Path
    device: str = "cpu"
    resumed: bool = False
    should_stop: bool = False
    logged: list[tuple[int, dict[str, float]]] = field(default_factory=list)

    @property
    def checkpoint(self) -> Path:
        return self.dir / "checkpoint.pt"

    def log(self, step: int, **metrics: float) -> None:
        self.logged.append((step, metrics))


def hidden_object_loss(params: dict[str, Any], seed: int, is_shuffled: bool, folder: Path) -> float:
    """Train a run and return its loss over the cells of hidden objects."""
    torch.set_num_threads(1)
    place = folder / f"{seed}-{is_shuffled}"
    place.mkdir()
    run = Run({**params, "captions.shuffled": is_shuffled}, seed, place, folder / "cache")
    train(run)
    assert (place / BEST).exists()
    trained = load_trained(run.params, place, torch.device("cpu"))
    options = trained.options
    shown = load_data(Options.from_params(params), run.cache, seed).validation  # with captions that are true
    read = load_data(options, run.cache, seed).validation
    return _loss(trained.network, read, object_masks(shown.captions[:TRIED], options.size), options)


def object_masks(captions: Sequence[str], side: int) -> Tensor:
    """Return masks (N, 3, side, side) that hide the cell of the first object that each caption tells of."""
    masks = torch.ones(len(captions), 3, side, side, dtype=torch.bool)
    for mask, caption in zip(masks, captions, strict=True):
        found = _PLACE.search(caption)
        assert found, caption
        row, column = ROWS.index(found[1]), COLUMNS.index(found[2])
        edges = [round(index * side / 3) for index in range(4)]
        mask[:, edges[row] : edges[row + 1], edges[column] : edges[column + 1]] = False
    return masks


@torch.no_grad()
def _loss(network: torch.nn.Module, pictures: Pictures, masks: Tensor, options: Options) -> float:
    total = 0.0
    for start in range(0, len(masks), _AT_ONCE):
        part = slice(start, start + _AT_ONCE)
        batch = batch_of(pictures.pictures[part][: len(masks)], pictures.words[part], options, masks[part])
        total += network.losses(batch, with_given=False).asked.item() * len(batch.mask)
    return total / len(masks)


def measure_captions(folder: Path) -> None:
    """Print the loss with true captions beside that with shuffled ones, for each seed."""
    place = folder / "captions"
    place.mkdir()
    cases = [(seed, is_shuffled) for seed in SEEDS for is_shuffled in (False, True)]
    load_data(Options.from_params(PARAMS), place / "cache", 0)  # once, before all start
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        told = [pool.submit(hidden_object_loss, PARAMS, *case, place) for case in cases]
        losses = dict(zip(cases, (each.result() for each in told), strict=True))
    gains = []
    for seed in SEEDS:
        gains.append(1 - losses[seed, False] / losses[seed, True])
        print(
            f"captions, seed {seed}: squared EMD {losses[seed, False]:.3f} with true ones, "
            f"{losses[seed, True]:.3f} with shuffled ones: {gains[-1]:.1%} lower"
        )
    missed = ", missed" if min(gains) < ASKED else ""
    mean = statistics.mean(gains)
    print(f"captions: {mean:.1%} lower in the mean, {min(gains):.1%} at least (asked {ASKED:.0%}{missed})")
