"""What is filled in: validation pictures with their masks, or a box in a picture of one's own."""

from dataclasses import dataclass, replace
from pathlib import Path

from hpq.model.captions import words_of
from hpq.model.crops import Box, Crop, crop_around, read_picture
from hpq.model.data import batch_of, first_validation, load_validation
from hpq.model.network import Batch
from hpq.model.pixels import Pixels
from hpq.model.trained import Trained


@dataclass(frozen=True, slots=True)
class Subject:
    """Pictures, captions and masks."""

    pixels: Pixels
    captions: list[str]
    batch: Batch  # the same as the network reads it
    crop: Crop | None = None  # of the one picture, where it is a user's own


def validation_pictures(trained: Trained, cache: Path, seed: int, count: int, mask: str | None) -> Subject:
    """Return a run's first validation pictures, with the masks that it validates with or others of a kind."""
    options = trained.options
    pictures = load_validation(options, cache, seed, trained.vocabulary)
    batch = first_validation(pictures, replace(options, masker_kind=mask or options.masker_kind), count)
    total = len(batch.words)
    return Subject(pictures.pictures[:total], pictures.captions[:total], batch)


def own_picture(trained: Trained, path: Path, box: Box, caption: str) -> Subject:
    """Return the square around a box of a picture file. Raises HpqError for odd files and boxes."""
    side = trained.options.size
    crop = crop_around(read_picture(path), box)
    pixels, mask = crop.pixels(side)[None], crop.mask(side)[None]
    batch = batch_of(pixels, [trained.vocabulary.encode(caption)], trained.options, mask)
    return Subject(pixels, [caption], batch, crop)


def unknown_words(trained: Trained, caption: str) -> list[str]:
    """Return the words of a caption that the network never learned, each once."""
    return [word for word in dict.fromkeys(words_of(caption)) if word not in trained.vocabulary.ids]
