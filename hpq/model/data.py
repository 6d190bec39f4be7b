"""The data of a run: training and validation pictures, their captions as words, batches with masks."""

import hashlib
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from hpq.model import drawings
from hpq.model.cache import Split, cached
from hpq.model.captions import Vocabulary, pad
from hpq.model.inputs import COLOURS
from hpq.model.masks import make_masks
from hpq.model.network import Batch
from hpq.model.options import Options
from hpq.model.photographs import Listing, decode, list_photographs

DRAWINGS = "drawings"
MOST_VALIDATION = 512  # pictures: their loss is known to 1 %, and costs little
_VALIDATION_SEED = 20170501  # of the masks, the same for all runs, so that their losses can be compared


@dataclass(frozen=True, slots=True)
class Pictures:
    """One split, ready to be batched."""

    pictures: NDArray[np.uint8]  # (N, side, side, 3), mapped from the cache
    words: list[NDArray[np.int64]]
    captions: list[str]  # that the words are of

    def __len__(self) -> int:
        return len(self.words)


@dataclass(frozen=True, slots=True)
class Data:
    training: Pictures
    validation: Pictures
    vocabulary: Vocabulary


def load_data(options: Options, cache: Path, seed: int, beat: Callable[[], None] = lambda: None) -> Data:
    """Return the data of the options, decoded or drawn once for all runs that share a cache.

    Photographs that cannot be read are told on stderr. `beat` is called now and then where it takes long.
    """
    splits = _splits(options, cache, beat)
    training, validation = _training(splits, options), _validation(splits, options)
    if options.captions_shuffled:
        shuffle = np.random.default_rng(seed)
        training, validation = _shuffled(training, shuffle), _shuffled(validation, shuffle)
    vocabulary = Vocabulary(training.captions, options.captions_min_count)
    return Data(_encode(training, vocabulary), _encode(validation, vocabulary), vocabulary)


def load_validation(options: Options, cache: Path, seed: int, vocabulary: Vocabulary) -> Pictures:
    """Return the validation pictures that a run with this seed has, read with the words that it learned."""
    splits = _splits(options, cache, lambda: None)
    validation = _validation(splits, options)
    if options.captions_shuffled:
        shuffle = np.random.default_rng(seed)
        shuffle.permutation(len(_training(splits, options)))  # which the run drew first
        validation = _shuffled(validation, shuffle)
    return _encode(validation, vocabulary)


_Splits = dict[str, Callable[[], Split]]  # what loads each


def _splits(options: Options, cache: Path, beat: Callable[[], None]) -> _Splits:
    return (_drawings if options.data == DRAWINGS else _photographs)(options, cache, beat)


def _training(splits: _Splits, options: Options) -> Split:
    return _first(splits["train"](), options.examples)


def _validation(splits: _Splits, options: Options) -> Split:
    most = min(options.validation_examples or MOST_VALIDATION, MOST_VALIDATION)
    return _first(splits["valid"](), most)


def _first(split: Split, count: int) -> Split:
    """Return the first pictures of a split, all for 0; what is wrong with it is told on stderr."""
    for note in split.notes:
        print(f"hpq: {note}", file=sys.stderr)
    count = count or len(split)
    return Split(split.pictures[:count], split.captions[:count])


def _shuffled(split: Split, shuffle: np.random.Generator) -> Split:
    captions = [split.captions[index] for index in shuffle.permutation(len(split))]
    return Split(split.pictures, captions)


def _encode(split: Split, vocabulary: Vocabulary) -> Pictures:
    return Pictures(split.pictures, list(map(vocabulary.encode, split.captions)), split.captions)


def _drawings(options: Options, cache: Path, beat: Callable[[], None]) -> _Splits:
    counts = {"train": drawings.TRAINING, "valid": drawings.VALIDATION}

    def make(split: str) -> Split:
        seed = list(counts).index(split)
        return Split(*drawings.draw(counts[split], options.size, seed))

    return {
        split: partial(cached, cache, f"drawings {split} {options.size} {count}", partial(make, split), beat)
        for split, count in counts.items()
    }


def _photographs(options: Options, cache: Path, beat: Callable[[], None]) -> _Splits:
    def load(listing: Listing) -> Split:
        make = partial(decode, listing, options.size, beat)
        return cached(cache, _key(listing, options.size), make, beat)

    return {split: partial(load, listing) for split, listing in list_photographs(Path(options.data)).items()}


def _key(listing: Listing, side: int) -> str:
    """Return what names the files by size and time, their captions, and the size of the pictures."""
    told = hashlib.blake2b(digest_size=16)
    for file, captions in zip(listing.files, listing.captions, strict=True):
        stat = file.stat()
        line = f"{file} {stat.st_size} {stat.st_mtime_ns} {captions}\n"
        told.update(line.encode("utf-8", "surrogatepass"))
    return f"photographs {side} {told.hexdigest()}"


def batch_indices(total: int, batch_size: int, seed: int, step: int) -> NDArray[np.int64]:
    """Return the pictures of a step: every epoch is a permutation, and a function of seed and epoch.

    So a run that is resumed at any step sees what it would have seen.
    """
    first = step * batch_size
    taken: list[NDArray[np.int64]] = []
    while batch_size > 0:
        epoch, offset = divmod(first, total)
        some = np.random.default_rng((seed, epoch)).permutation(total)[offset : offset + batch_size]
        taken.append(some)
        first, batch_size = first + len(some), batch_size - len(some)
    return np.concatenate(taken)


def training_batch(data: Data, options: Options, seed: int, step: int) -> Batch:
    """Return the batch of a step, masks too: a function of seed and step alone."""
    indices = batch_indices(len(data.training), options.batch_size, seed, step)
    (drawn_seed,) = np.random.SeedSequence((seed, step)).generate_state(1)
    generator = torch.Generator().manual_seed(int(drawn_seed))
    batch = _batch(data.training, indices, options, _masks(options, len(indices), generator, None))
    return _mirrored(batch, generator) if options.flip else batch


def _mirrored(batch: Batch, generator: torch.Generator) -> Batch:
    """Return a batch in which about half of the pictures are turned left to right. Masks stay."""
    is_turned = torch.rand(len(batch.levels), generator=generator) < 0.5
    levels = torch.where(is_turned.view(-1, 1, 1, 1), batch.levels.flip(-1), batch.levels)
    return replace(batch, levels=levels)


def validation_masks(options: Options, count: int) -> Tensor:
    """Return the masks of all validation pictures (N, 3, side, side), their shares spread evenly over 0 to 1.

    They depend neither on a run's seed nor on its batch size, so that losses of runs can be compared.
    """
    generator = torch.Generator().manual_seed(_VALIDATION_SEED)
    shares = (torch.randperm(count, generator=generator) + 0.5) / count
    return _masks(options, count, generator, shares)


def validation_batches(data: Data, options: Options) -> Iterator[Batch]:
    """Yield all validation pictures, always with the same masks."""
    masks = validation_masks(options, len(data.validation))
    for indices in np.split(np.arange(len(masks)), range(options.batch_size, len(masks), options.batch_size)):
        yield _batch(data.validation, indices, options, masks[indices])


def first_validation(pictures: Pictures, options: Options, count: int) -> Batch:
    """Return the first validation pictures, so many or all, with the masks that they always have."""
    masks = validation_masks(options, len(pictures))[:count]
    return _batch(pictures, np.arange(len(masks)), options, masks)


def _masks(options: Options, count: int, generator: torch.Generator, shares: Tensor | None) -> Tensor:
    shape = (count, COLOURS, options.size, options.size)
    radius, shared = options.masker_radius, options.masker_shared
    return make_masks(options.masker_kind, shape, generator, radius=radius, shared=shared, p=shares)


def _batch(pictures: Pictures, indices: NDArray[np.int64], options: Options, masks: Tensor) -> Batch:
    indices = np.sort(indices)  # the order that a mapped file is read in
    return batch_of(pictures.pictures[indices], [pictures.words[index] for index in indices], options, masks)


def batch_of(
    pictures: NDArray[np.uint8], words: Sequence[NDArray[np.int64]], options: Options, masks: Tensor
) -> Batch:
    """Return a batch of pictures (B, side, side, 3), the words of each, and masks (B, 3, side, side)."""
    levels = torch.from_numpy(np.array(pictures))  # a copy: the cache is mapped, and not to be written
    if options.levels < 256:
        levels = (levels.short() * options.levels // 256).to(torch.uint8)
    padded, lengths = pad(words)
    return Batch(
        levels=levels.permute(0, 3, 1, 2),
        mask=masks,
        words=torch.from_numpy(padded),
        lengths=torch.from_numpy(lengths),
    )
