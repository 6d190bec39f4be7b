"""What fills in the centre of a picture without a network: the numbers that a model has to beat.

Pictures are (N, side, side, 3) in bytes, predictions (N, hole, hole, 3) in 0 … 1, where the hole is the
central square of half the side.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hpq.errors import HpqError

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float64]

WHITE = 255.0
_CHUNK = 4096  # pictures at a time
_HELD_OUT = 5  # of the training pictures, every fifth chooses how much a regression is damped
_DAMPINGS = 10.0 ** np.arange(-1, 4.5, 0.5)


def hole_of(side: int) -> slice:
    """Return the rows, and columns, of the central hole: as `masks.centre` has it."""
    return slice(side // 4, side // 4 + side // 2)


def true_hole(pictures: Bytes) -> Floats:
    """Return what is in the hole."""
    hole = hole_of(pictures.shape[1])
    return pictures[:, hole, hole] / WHITE


def ring_of(side: int, width: int) -> NDArray[np.bool_]:
    """Return the pixels around the hole, `width` of them on every side, (side, side)."""
    hole, ring = hole_of(side), np.zeros((side, side), bool)
    ring[hole.start - width : hole.stop + width, hole.start - width : hole.stop + width] = True
    ring[hole, hole] = False
    return ring


def training_mean(training: Bytes, pictures: Bytes) -> Floats:
    """Predict the mean of the training pictures, pixel by pixel."""
    hole = hole_of(training.shape[1])
    mean = training[:, hole, hole].mean(0) / WHITE
    return np.broadcast_to(mean, (len(pictures), *mean.shape))


def ring_mean(pictures: Bytes) -> Floats:
    """Predict the mean colour of the pixels that touch the hole."""
    hole = true_hole(pictures).shape
    mean = pictures[:, ring_of(pictures.shape[1], 1)].mean(1) / WHITE
    return np.broadcast_to(mean[:, None, None], hole)


def laplace(pictures: Bytes) -> Floats:
    """Predict the harmonic function whose values on the hole's edge are the picture's: a soap film."""
    from scipy.sparse import diags_array, eye_array, kron
    from scipy.sparse.linalg import splu

    hole = hole_of(pictures.shape[1])
    size = hole.stop - hole.start
    line = diags_array([-1.0, 2.0, -1.0], offsets=[-1, 0, 1], shape=(size, size))
    system = kron(line, eye_array(size)) + kron(eye_array(size), line)
    edge = np.zeros((len(pictures), size, size, 3))
    edge[:, 0] += pictures[:, hole.start - 1, hole]
    edge[:, -1] += pictures[:, hole.stop, hole]
    edge[:, :, 0] += pictures[:, hole, hole.start - 1]
    edge[:, :, -1] += pictures[:, hole, hole.stop]
    filled: Floats = splu(system.tocsc()).solve(edge.transpose(1, 2, 0, 3).reshape(size * size, -1))
    return filled.reshape(size, size, -1, 3).transpose(2, 0, 1, 3) / WHITE


@dataclass(slots=True)
class _Moments:
    """Sums over pictures, of which a linear regression is made."""

    count: int
    x: Floats  # (X,)
    y: Floats  # (Y,)
    xx: Floats  # (X, X)
    xy: Floats  # (X, Y)

    def __add__(self, other: "_Moments") -> "_Moments":
        return _Moments(
            self.count + other.count,
            self.x + other.x,
            self.y + other.y,
            self.xx + other.xx,
            self.xy + other.xy,
        )


def ridge(training: Bytes, pictures: Bytes, width: int) -> Floats:
    """Predict linearly from a ring of so many pixels, damped as suits a fifth of the training pictures."""
    ring = ring_of(training.shape[1], width)
    held_out = np.arange(len(training)) % _HELD_OUT == 0
    if held_out.all():
        raise HpqError(
            f"a regression needs more than the {len(training)} pictures that there are to learn from"
        )
    most, rest = _moments(training, ~held_out, ring), _moments(training, held_out, ring)
    x, y = _split(training[held_out], ring)
    fits = _fits(most)
    errors = {damping: np.mean((fits(damping)(x) - y) ** 2) for damping in _DAMPINGS}
    best = min(errors, key=errors.__getitem__)
    fit = _fits(most + rest)(best)
    return fit(_split(pictures, ring)[0]).reshape(true_hole(pictures).shape)


def _split(pictures: Bytes, ring: NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """Return what is known of pictures and what is asked, each (N, values)."""
    return (pictures[:, ring] / WHITE).reshape(len(pictures), -1), true_hole(pictures).reshape(
        len(pictures), -1
    )


def _moments(pictures: Bytes, chosen: NDArray[np.bool_], ring: NDArray[np.bool_]) -> _Moments:
    indices = np.flatnonzero(chosen)
    sums: list[_Moments] = []
    for start in range(0, len(indices), _CHUNK):
        x, y = _split(pictures[indices[start : start + _CHUNK]], ring)
        part = _Moments(len(x), x.sum(0), y.sum(0), x.T @ x, x.T @ y)
        sums = [sums[0] + part if sums else part]
    return sums[0]


def _fits(sums: _Moments) -> Callable[[float], Callable[[Floats], Floats]]:
    """Return what makes a regression for a damping, which makes predictions (N, Y) for inputs (N, X)."""
    x_mean, y_mean = sums.x / sums.count, sums.y / sums.count
    variances, axes = np.linalg.eigh(sums.xx - sums.count * np.outer(x_mean, x_mean))
    along = axes.T @ (sums.xy - sums.count * np.outer(x_mean, y_mean))

    def fit(damping: float) -> Callable[[Floats], Floats]:
        shrunk = along / (variances.clip(0) + damping)[:, None]
        return lambda x: (x - x_mean) @ axes @ shrunk + y_mean

    return fit
