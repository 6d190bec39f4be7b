"""Captioned pictures that hpq draws itself: coloured shapes, told by their captions.

One to three shapes stand in different cells of a 3×3 grid. The caption tells size, colour, shape and
place of each, so that it says what a mask hides; it does not tell the background, which the rest of
the picture shows anyway.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

TRAINING, VALIDATION = 8192, 512  # pictures

COLOURS = {
    "red": (214, 48, 44),
    "green": (44, 160, 66),
    "blue": (54, 84, 214),
    "yellow": (240, 214, 56),
    "purple": (146, 66, 176),
    "orange": (242, 140, 34),
    "cyan": (64, 198, 208),
    "white": (244, 244, 240),
}
BACKGROUNDS = ((24, 24, 28), (122, 122, 126), (108, 78, 50), (238, 180, 196))
SHAPES = ("circle", "square", "triangle", "cross")
SIZES = {"small": 0.095, "large": 0.15}  # radius, of the picture's side
ROWS, COLUMNS = ("top", "middle", "bottom"), ("left", "centre", "right")
MOST = 3  # shapes
_AT_ONCE = 256  # pictures: what is needed beside them is then some 30 MiB at 64 pixels a side
_COLOUR_JITTER, _PLACE_JITTER, _NOISE = 12, 0.03, 3


@dataclass(frozen=True, slots=True)
class Scenes:
    """What is in each of N pictures; the first `counts` of its MOST shapes are drawn."""

    counts: NDArray[np.int64]  # (N,)
    cells: NDArray[np.int64]  # (N, MOST), of the grid, all different
    colours: NDArray[np.int64]  # (N, MOST)
    shapes: NDArray[np.int64]  # (N, MOST)
    sizes: NDArray[np.int64]  # (N, MOST)


def draw_scenes(count: int, random: np.random.Generator) -> Scenes:
    """Return random scenes."""
    return Scenes(
        counts=random.integers(1, MOST + 1, count),
        cells=random.random((count, 9)).argsort(1)[:, :MOST],
        colours=random.integers(0, len(COLOURS), (count, MOST)),
        shapes=random.integers(0, len(SHAPES), (count, MOST)),
        sizes=random.integers(0, len(SIZES), (count, MOST)),
    )


def draw_pictures(scenes: Scenes, side: int, random: np.random.Generator) -> NDArray[np.uint8]:
    """Return the pictures of scenes, (N, side, side, 3)."""
    count = len(scenes.counts)
    palette = np.array(list(COLOURS.values()))
    backgrounds = np.array(BACKGROUNDS)[random.integers(0, len(BACKGROUNDS), count)]
    pictures = np.broadcast_to(_jittered(backgrounds, random)[:, None, None], (count, side, side, 3)).copy()
    for index in range(MOST):
        inside = _inside(scenes, index, side, random) & (index < scenes.counts)[:, None, None]
        colours = _jittered(palette[scenes.colours[:, index]], random)
        pictures = np.where(inside[..., None], colours[:, None, None], pictures)
    pictures += random.integers(-_NOISE, _NOISE + 1, pictures.shape, dtype=np.int16)
    return pictures.clip(0, 255).astype(np.uint8)


def _jittered(colours: NDArray[np.int64], random: np.random.Generator) -> NDArray[np.int16]:
    jitter = random.integers(-_COLOUR_JITTER, _COLOUR_JITTER + 1, colours.shape)
    return (colours + jitter).astype(np.int16)


def _inside(scenes: Scenes, index: int, side: int, random: np.random.Generator) -> NDArray[np.bool_]:
    """Return which pixels one shape of each scene covers, (N, side, side)."""
    rows, columns = np.divmod(scenes.cells[:, index], 3)
    jitter = random.uniform(-_PLACE_JITTER, _PLACE_JITTER, (2, len(rows)))
    centres = (np.stack([rows, columns]) + 0.5) / 3 + jitter
    at = (np.arange(side) + 0.5) / side
    dy = at[None, :, None] - centres[0][:, None, None]
    dx = at[None, None, :] - centres[1][:, None, None]
    radius = np.array(list(SIZES.values()))[scenes.sizes[:, index]][:, None, None]
    ay, ax = np.abs(dy), np.abs(dx)
    forms = (
        dy**2 + dx**2 <= radius**2,
        np.maximum(ay, ax) <= 0.9 * radius,
        (dy <= 0.85 * radius) & (2 * ax <= dy + radius),
        (np.minimum(ay, ax) <= 0.35 * radius) & (np.maximum(ay, ax) <= radius),
    )
    shape = scenes.shapes[:, index][:, None, None]
    return np.select(
        [shape == form for form in range(len(SHAPES))], [np.broadcast_to(f, f.shape) for f in forms]
    )


def captions_of(scenes: Scenes) -> list[str]:
    """Return what each scene's caption tells."""
    colours, sizes = list(COLOURS), list(SIZES)
    captions = []
    for scene in range(len(scenes.counts)):
        told = []
        for index in range(scenes.counts[scene]):
            row, column = divmod(int(scenes.cells[scene, index]), 3)
            words = (
                sizes[scenes.sizes[scene, index]],
                colours[scenes.colours[scene, index]],
                SHAPES[scenes.shapes[scene, index]],
            )
            told.append(f"a {' '.join(words)} at the {ROWS[row]} {COLUMNS[column]}")
        captions.append(" and ".join(told))
    return captions


def draw(count: int, side: int, seed: int) -> tuple[NDArray[np.uint8], list[str]]:
    """Return captioned pictures, the same for the same seed; (N, side, side, 3) and N captions."""
    random = np.random.default_rng(seed)
    pictures = np.empty((count, side, side, 3), np.uint8)
    captions: list[str] = []
    for start in range(0, count, _AT_ONCE):
        part = pictures[start : start + _AT_ONCE]
        scenes = draw_scenes(len(part), random)
        part[:] = draw_pictures(scenes, side, random)
        captions += captions_of(scenes)
    return pictures, captions
