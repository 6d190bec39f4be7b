"""The space of `hpq demo`: the post's, scaled down to what two CPU cores train in minutes."""

from hpq.search.draw import Draw
from hpq.search.post import Ranges, sample_within

RANGES = Ranges(
    batch_size=(4, 20),
    depth=(8, 200),
    profundity=(2, 14),
    merger_depth=(2, 16),
    merger_layers=4,
    reader_radius=(2, 10),
    reader_size=(8, 96),
    fixed={
        "size": 16,
        "levels": 64,
        "steps": 80,
        "examples": 512,
        "validation.examples": 48,
        "validation.every": 20,
        "masker.radius": 2,
    },
)


def sample(s: Draw) -> None:
    """Draw from the demo's space."""
    sample_within(s, RANGES)
