"""The space of the blog post of May 2017, for the bundled model.

Source: "Hyperparameter search results", cooijmanstim.github.io. The names are the post's.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from hpq.errors import HpqError
from hpq.search.draw import Draw

# The options of the bundled model that the post did not search over; `--set` changes them.
FIXED: dict[str, Any] = {
    "data": "drawings",  # pictures that hpq draws, or a folder of photographs
    "size": 64,
    "levels": 256,
    "flip": False,  # training pictures, at random
    "examples": 0,  # training pictures; 0 for all
    "validation.examples": 0,
    "validation.every": 100,
    "steps": 100_000,
    "loss": "emd2",
    "precision": "auto",
    "masker.kind": "contiguish",
    "masker.radius": 8,
    "masker.shared": False,
    "average": 0.0,
    "lr.init": 1e-3,
    "lr.decay": 0.1,
    "lr.patience": 1000,
    "lr.floor": 1e-6,
    "convnet.input": "embedding",
    "convnet.embedding": 16,
    "convnet.fill": "none",
    "convnet.skip": False,
    "reader.forget_bias": 1.0,
    "reader.embedding": 64,
    "captions.min_count": 5,
    "captions.shuffled": False,
}


DRAWN = (
    "batch_size",
    "optimize_given",
    *(f"convnet.{name}" for name in ("kind", "depth", "profundity", "radius")),
    *(f"merger.{name}" for name in ("kind", "depth", "rank", "layers")),
    *(f"reader.{name}" for name in ("bidir", "normalize", "radius", "size")),
)


def check_names(names: Iterable[str], file: object) -> None:
    """Raise HpqError for names that the model lacks, in a search file without training code."""
    known = {*DRAWN, *FIXED}
    for name in names:
        if name not in known:
            raise HpqError(
                f"{file} defines neither train(run) nor command, and the bundled model that it would train "
                f"has no option {name!r}; it has {', '.join(sorted(known))}"
            )


@dataclass(frozen=True)
class Ranges:
    """The bounds of the post's space, which a smaller search narrows."""

    batch_size: tuple[int, int] = (5, 30)
    depth: tuple[int, int] = (64, 512)
    profundity: tuple[int, int] = (4, 48)
    radius: tuple[int, int] = (2, 5)
    merger_depth: tuple[int, int] = (4, 64)
    merger_layers: int = 8
    reader_radius: tuple[int, int] = (4, 32)
    reader_size: tuple[int, int] = (32, 256)
    fixed: dict[str, Any] = field(default_factory=dict)  # over FIXED


def sample(s: Draw) -> None:
    """Draw from the space of the post."""
    sample_within(s, Ranges())


def sample_within(s: Draw, ranges: Ranges) -> None:
    """Draw from the space of the post within other bounds."""
    s.int("batch_size", *ranges.batch_size)
    s.bool("optimize_given")
    s.choice("convnet.kind", ["straight", "straight_residual", "straight_dilated"])
    s.int("convnet.depth", *ranges.depth)
    layers = s.int("convnet.profundity", *ranges.profundity)
    s.int("convnet.radius", *ranges.radius)
    if s.choice("merger.kind", ["attention", "conv"]) == "conv":
        s.int("merger.depth", *ranges.merger_depth)
        s.fix("merger.rank", 8)
    s.subset("merger.layers", range(layers), size=(1, min(ranges.merger_layers, layers)))
    s.bool("reader.bidir")
    s.bool("reader.normalize")
    s.int("reader.radius", *ranges.reader_radius)
    s.int("reader.size", *ranges.reader_size)
    for name, value in {**FIXED, **ranges.fixed}.items():
        s.fix(name, value)
