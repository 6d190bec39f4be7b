"""The bundled model by its equations, in numpy and float64: the numbers that the network is tested against.

Every caption is read by itself and never padded beyond the kernel, attention goes over one picture at a
time, the CDF is a product with a triangle of ones. Nothing here is shared with `hpq.model` but the names of
options and of parameters.
"""

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from hpq.model.options import Options

Array = NDArray[np.float64]
EPSILON = 1e-5  # of batch and layer normalisation
MOMENTUM = 0.1  # by which running statistics move


@dataclass(frozen=True)
class Arrays:
    """A batch."""

    levels: NDArray[np.int64]  # (B, 3, H, W)
    mask: NDArray[np.bool_]  # (B, 3, H, W), true is given
    words: NDArray[np.int64]  # (B, L)
    lengths: NDArray[np.int64]  # (B,)
    guesses: NDArray[np.int64] | None = None  # (B, 3, H, W), at the levels that are asked


@dataclass(frozen=True)
class Read:
    """What is read of one caption."""

    states: Array  # (T, S)
    summary: Array  # (S,)


def dilations(kind: str, profundity: int, size: int) -> list[int]:
    """Return the dilation of each layer: 1, 2, 4, 8, 16 for as many layers each at 64 pixels, and then 16."""
    if kind != "straight_dilated":
        return [1] * profundity
    table = [1, 2, 4, 8, 16][: max(1, round(math.log2(size) - 1))]
    interval = max(1, round(profundity / len(table)))
    steps = [dilation for dilation in table for _ in range(interval)]
    return (steps + [table[-1]] * profundity)[:profundity]


def stages(kind: str, profundity: int) -> list[list[int]]:
    """Return the layers of each stage; after a stage that has a listed layer the caption is merged in."""
    if kind != "straight_residual":
        return [[layer] for layer in range(profundity)]
    pairs = [[layer, layer + 1] for layer in range(0, profundity - 1, 2)]
    return pairs + ([[profundity - 1]] if profundity % 2 else [])


def convolve(x: Array, kernel: Array, dilation: int = 1) -> Array:
    """Return a correlation that keeps height and width; x (B, C, H, W), kernel (D, C, k, k)."""
    size, (height, width) = kernel.shape[2], x.shape[2:]
    before = dilation * math.floor((size - 1) / 2)
    after = dilation * (size - 1) - before
    padded = np.pad(x, ((0, 0), (0, 0), (before, after), (before, after)))
    out = np.zeros((len(x), len(kernel), height, width))
    for i in range(size):
        for j in range(size):
            seen = padded[:, :, i * dilation : i * dilation + height, j * dilation : j * dilation + width]
            out += np.einsum("bchw,dc->bdhw", seen, kernel[:, :, i, j])
    return out


def sigmoid(x: Array) -> Array:
    return 1 / (1 + np.exp(-x))


def softmax(x: Array) -> Array:
    """Normalise over the last dimension."""
    e = np.exp(x - x.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def spread(values: Array, mask: NDArray[np.bool_], sweeps: int) -> Array:
    """Return one channel (H, W) with guesses where it is asked: from coarse to fine, relaxed at each."""
    height, width = values.shape
    guess = np.zeros((1, 1))
    for level in reversed(range(math.ceil(math.log2(max(height, width))) + 1)):
        side = 2**level  # of the squares that are one cell here
        shape = (math.ceil(height / side), math.ceil(width / side))
        known = np.full(shape, np.nan)
        for i, j in np.ndindex(shape):
            square = (slice(i * side, (i + 1) * side), slice(j * side, (j + 1) * side))
            if mask[square].any():
                known[i, j] = values[square][mask[square]].mean()
        rows, columns = ((np.arange(count) + 0.5) / count for count in shape)
        finer = np.array([[between(guess, row, column) for column in columns] for row in rows])
        guess = np.where(np.isnan(known), finer, known)
        radius = math.cos(math.pi / (max(shape) + 1))
        before, stride = guess, 1.0
        for sweep in range(sweeps):
            around = np.pad(guess, 1, mode="edge")
            means = (around[:-2, 1:-1] + around[2:, 1:-1] + around[1:-1, :-2] + around[1:-1, 2:]) / 4
            after = np.where(np.isnan(known), before + stride * (means - before), known)
            before, guess = guess, after
            stride = 1 / (1 - radius**2 / 2) if sweep == 0 else 1 / (1 - radius**2 * stride / 4)
    return guess.clip(values[mask].min(), values[mask].max()) if mask.any() else guess


def between(grid: Array, row: float, column: float) -> float:
    """Return a grid's value at a place within 0 to 1, between the middles of its cells."""
    weights = []
    for place, count in ((row, grid.shape[0]), (column, grid.shape[1])):
        distance = np.abs(np.clip(place * count - 0.5, 0, count - 1) - np.arange(count))
        weights.append(np.clip(1 - distance, 0, None))
    return float(weights[0] @ grid @ weights[1])


def losses_of(kind: str, logits: Array, levels: NDArray[np.int64]) -> Array:
    """Return the loss of every value, of logits (..., L) and true levels (...)."""
    p = softmax(logits)
    count = logits.shape[-1]
    up_to = np.tril(np.ones((count, count)))  # row j sums the levels up to j
    error = p @ up_to.T - (np.arange(count) >= levels[..., None])
    if kind == "emd2":
        return (error**2).sum(-1)
    if kind == "emd":
        return np.abs(error).sum(-1)
    return -np.log((p * (np.arange(count) == levels[..., None])).sum(-1))


def mean_where(losses: Array, where: NDArray[np.bool_]) -> float:
    """Return the mean over examples of the mean over each one's own values; without any that is 0."""
    means = [each[kept].sum() / max(1, kept.sum()) for each, kept in zip(losses, where, strict=True)]
    return float(np.mean(means))


@dataclass
class Reference:
    """A network with the parameters and buffers of torch's, by the names that they have there."""

    options: Options
    weights: dict[str, Array]
    training: bool
    moved: dict[str, Array] = field(default_factory=dict)  # running statistics after the last pass

    def objective(self, batch: Arrays) -> float:
        """Return what training makes small."""
        objective, asked, _ = self.losses(batch)
        return objective if self.options.optimize_given else asked

    def losses(self, batch: Arrays) -> tuple[float, float, float]:
        """Return the mean losses over all values, over asked ones and over given ones."""
        losses = losses_of(self.options.loss, self.logits(batch), batch.levels)
        everywhere = np.ones_like(batch.mask)
        return tuple(mean_where(losses, where) for where in (everywhere, ~batch.mask, batch.mask))

    def logits(self, batch: Arrays) -> Array:
        """Return logits (B, 3, H, W, L)."""
        readings = [
            self.read(list(words[:length])) for words, length in zip(batch.words, batch.lengths, strict=True)
        ]
        entry = self.enter(batch)
        x = self.features(entry, readings)
        if self.options.convnet_skip:
            x = np.concatenate([x, entry], 1)
        products = np.einsum("bchw,klc->bkhwl", x, self.weights["head_weight"])
        return products + self.weights["head_bias"][:, None, None]

    def enter(self, batch: Arrays) -> Array:
        """Return what the first convolution sees, (B, C, H, W)."""
        if self.options.convnet_input == "onehot":
            seen = [np.eye(self.options.levels)[batch.levels[:, colour]] for colour in range(3)]
            parts = [each * batch.mask[:, colour, :, :, None] for colour, each in enumerate(seen)]
            parts.append(batch.mask.transpose(0, 2, 3, 1))
        else:
            parts = [self.embed(batch, colour) for colour in range(3)]
        return np.concatenate(parts, 3).transpose(0, 3, 1, 2)

    def embed(self, batch: Arrays, colour: int) -> Array:
        """Return one colour's vectors (B, H, W, E): of given levels, and of guesses or zeros elsewhere."""
        table, first = self.weights["input.embedding.weight"], colour * self.options.levels
        given = batch.mask[:, colour, :, :, None]
        vectors = table[first + batch.levels[:, colour]] * given
        if batch.guesses is None:
            return vectors
        return vectors + table[3 * self.options.levels + first + batch.guesses[:, colour]] * ~given

    def features(self, x: Array, readings: list[Read]) -> Array:
        """Return what the convolutions make of it, (B, C, H, W)."""
        kind, profundity = self.options.convnet_kind, self.options.convnet_profundity
        dilation = dilations(kind, profundity, self.options.size)
        for stage, layers in enumerate(stages(kind, profundity)):
            name = f"convnet.stages.{stage}"
            if kind == "straight_residual":
                x = self.block(x, name, len(layers))
            else:
                x = np.maximum(self.layer(x, name, dilation[stage]), 0)
            if any(layer in self.options.merger_layers for layer in layers):
                x = self.merge(x, readings, f"convnet.mergers.{stage}")
        return x

    def block(self, x: Array, name: str, layers: int) -> Array:
        """Return conv-BN-ReLU-conv-BN + shortcut, ReLU."""
        shortcut = x
        if x.shape[1] != self.options.convnet_depth:
            shortcut = convolve(x, self.weights[f"{name}.shortcut.weight"])
        x = self.layer(x, f"{name}.layers.0")
        if layers == 2:
            x = self.layer(np.maximum(x, 0), f"{name}.layers.1")
        return np.maximum(x + shortcut, 0)

    def layer(self, x: Array, name: str, dilation: int = 1) -> Array:
        convolved = convolve(x, self.weights[f"{name}.convolution.weight"], dilation)
        return self.batch_norm(convolved, f"{name}.norm")

    def batch_norm(self, x: Array, name: str) -> Array:
        """Normalise each channel by the batch in training, and by the running statistics else."""
        running = {what: self.weights[f"{name}.running_{what}"] for what in ("mean", "var")}
        mean, variance = running["mean"], running["var"]
        if self.training:
            mean, variance = x.mean((0, 2, 3)), x.var((0, 2, 3))
            count = x.size / x.shape[1]
            new = {"mean": mean, "var": variance * count / (count - 1)}
            for what in running:
                self.moved[f"{name}.running_{what}"] = (1 - MOMENTUM) * running[what] + MOMENTUM * new[what]
        weight, bias = self.weights[f"{name}.weight"], self.weights[f"{name}.bias"]
        shape = (-1, 1, 1)
        normed = (x - mean.reshape(shape)) / np.sqrt(variance.reshape(shape) + EPSILON)
        return normed * weight.reshape(shape) + bias.reshape(shape)

    def merge(self, x: Array, readings: list[Read], name: str) -> Array:
        merge = self.attend if self.options.merger_kind == "attention" else self.beside
        return np.stack([merge(each, read, name) for each, read in zip(x, readings, strict=True)])

    def attend(self, x: Array, read: Read, name: str) -> Array:
        """Return x + Σ w z of one picture (C, H, W), with w = softmax over time of xᵀUz."""
        dense = read.states @ self.weights[f"{name}.dense.weight"].T + self.weights[f"{name}.dense.bias"]
        z = np.maximum(self.layer_norm(dense, f"{name}.norm"), 0)
        scores = np.einsum("chw,cd,td->hwt", x, self.weights[f"{name}.similarity"], z)
        return x + np.einsum("hwt,tc->chw", softmax(scores), z)

    def beside(self, x: Array, read: Read, name: str) -> Array:
        """Return one picture (C, H, W) and beside it a map made of the summary."""
        depth, side = self.options.merger_depth, self.options.size
        made = self.weights[f"{name}.dense.weight"] @ read.summary + self.weights[f"{name}.dense.bias"]
        if self.options.merger_rank:
            made = made.reshape(self.options.merger_rank, depth)
            places = self.weights[f"{name}.places"].reshape(self.options.merger_rank, side, side)
            return np.concatenate([x, np.einsum("rd,rhw->dhw", made, places)])
        return np.concatenate([x, made.reshape(side, side, depth).transpose(2, 0, 1)])

    def read(self, words: list[int]) -> Read:
        """Return what is read of a caption's words; the second direction reads them from the end."""
        forward = self.read_once(words, "reader.passes.0")
        if not self.options.reader_bidir:
            return Read(forward, forward[-1])
        backward = self.read_once(words[::-1], "reader.passes.1")
        states = np.concatenate([forward, backward[::-1]], 1)
        return Read(states, np.concatenate([forward[-1], backward[-1]]))

    def read_once(self, words: list[int], name: str) -> Array:
        """Return the states (T, S) of one direction; zeros follow a caption shorter than the kernel."""
        kernel = self.weights[f"{name}.convolution.weight"]  # (3S, E, k)
        radius = kernel.shape[2]
        vectors = [self.weights["reader.embedding.weight"][word] for word in words]
        vectors += [np.zeros(kernel.shape[1])] * (radius - len(vectors))
        cell, states = self.weights[f"{name}.initial"], []
        for t in range(len(vectors) - radius + 1):
            gates = sum(kernel[:, :, i] @ vectors[t + i] for i in range(radius))
            if self.options.reader_normalize:
                gates = self.layer_norm(gates, f"{name}.norm_gates")
            f, o, z = np.split(gates, 3)
            keep = sigmoid(f + self.options.reader_forget_bias)
            cell = keep * cell + (1 - keep) * np.tanh(z)
            if self.options.reader_normalize:
                cell = self.layer_norm(cell, f"{name}.norm_cell")
            states.append(sigmoid(o) * np.tanh(cell))
        return np.array(states)

    def layer_norm(self, x: Array, name: str) -> Array:
        """Normalise over the last dimension."""
        mean, variance = x.mean(-1, keepdims=True), x.var(-1, keepdims=True)
        normed = (x - mean) / np.sqrt(variance + EPSILON)
        return normed * self.weights[f"{name}.weight"] + self.weights[f"{name}.bias"]
