"""Photographs with captions, in COCO's own layout or in that of the course for which the post was written."""

import io
import json
import os
import pickle
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from hpq.errors import HpqError
from hpq.model.cache import Split
from hpq.model.captions import join

PICKLE = "dict_key_imgID_value_caps_train_and_valid.pkl"
SPLITS = {"train": "train2014", "valid": "val2014"}
_TOLD = 5  # broken files that are named one by one


@dataclass(frozen=True, slots=True)
class Listing:
    """The files of a split, in order of their names, and the captions of each."""

    files: list[Path]
    captions: list[list[str]]


def list_photographs(folder: Path) -> dict[str, Listing]:
    """Return the training and the validation photographs in a folder. Raises HpqError for what is missing."""
    if not folder.is_dir():
        raise HpqError(f"there is no folder of photographs {str(folder)!r}")
    course = next((place for place in (folder / "inpainting", folder) if (place / PICKLE).is_file()), None)
    if course is not None:
        captions = read_pickle(course / PICKLE)
        return {split: _list(course / name, captions) for split, name in SPLITS.items()}
    pictures = folder / "images" if (folder / "images").is_dir() else folder
    if (pictures / SPLITS["train"]).is_dir():
        annotations = folder / "annotations"
        return {
            split: _list(pictures / name, read_annotations(annotations / f"captions_{name}.json"))
            for split, name in SPLITS.items()
        }
    raise HpqError(
        f"{str(folder)!r} holds no photographs that hpq knows: neither train2014/ with annotations/ (COCO), "
        f"nor inpainting/{PICKLE} (the course)"
    )


def _list(folder: Path, captions: dict[str, list[str]]) -> Listing:
    if not folder.is_dir():
        raise HpqError(f"photographs are missing: there is no folder {str(folder)!r}")
    files = sorted(path for path in folder.iterdir() if path.suffix.lower() in (".jpg", ".jpeg", ".png"))
    if not files:
        raise HpqError(f"photographs are missing: {str(folder)!r} has no .jpg file")
    return Listing(files, [captions.get(file.stem, []) for file in files])


def read_annotations(path: Path) -> dict[str, list[str]]:
    """Return captions by name of the picture's file, from COCO's JSON."""
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        names = {image["id"]: Path(image["file_name"]).stem for image in told["images"]}
        captions: dict[str, list[str]] = {}
        for annotation in told["annotations"]:
            if annotation["image_id"] in names:
                captions.setdefault(names[annotation["image_id"]], []).append(str(annotation["caption"]))
    except FileNotFoundError:
        raise HpqError(f"captions are missing: there is no file {str(path)!r}") from None
    except (ValueError, KeyError, TypeError) as error:
        raise HpqError(
            f"{str(path)!r} is no caption file of COCO ({type(error).__name__}: {error})"
        ) from None
    return captions


class _PlainUnpickler(pickle.Unpickler):
    """Reads lists, dicts and strings, and nothing that could run code."""

    def find_class(self, module: str, name: str) -> NoReturn:
        raise pickle.UnpicklingError(f"it asks for {module}.{name}")

    def persistent_load(self, _id: Any) -> NoReturn:
        raise pickle.UnpicklingError("it asks for an object elsewhere")


def read_pickle(path: Path) -> dict[str, list[str]]:
    """Return captions by name of the picture's file, from the course's pickle of Python 2.

    Its strings are bytes, in UTF-8 or else in Latin-1. Raises HpqError for a pickle that holds
    anything but lists, dicts and strings.
    """
    try:
        told = _PlainUnpickler(io.BytesIO(path.read_bytes()), encoding="bytes").load()
        if not isinstance(told, dict):
            raise pickle.UnpicklingError(f"it holds a {type(told).__name__} and no dict")
        return {_decoded(name): _all_decoded(captions) for name, captions in told.items()}
    except (
        pickle.UnpicklingError,
        EOFError,
        ValueError,
        TypeError,
        KeyError,
        IndexError,
        AttributeError,
    ) as error:
        raise HpqError(f"{str(path)!r} is refused: a pickle of captions by name, and {error}") from None


def _all_decoded(captions: object) -> list[str]:
    if not isinstance(captions, list | tuple):
        raise pickle.UnpicklingError(f"it holds a {type(captions).__name__} where a list of captions belongs")
    return [_decoded(caption) for caption in captions]


def _decoded(text: object) -> str:
    if isinstance(text, str):
        return text
    if not isinstance(text, bytes):
        raise pickle.UnpicklingError(f"it holds a {type(text).__name__} where text belongs")
    try:
        return text.decode("utf-8")
    except UnicodeDecodeError:
        return text.decode("latin-1")


def decode(listing: Listing, side: int, beat: Callable[[], None]) -> Split:
    """Return the photographs of a listing, `side` pixels a side; calls `beat` after each.

    Broken files are left out; the notes name them, up to a few, and count all.
    """
    pictures = np.empty((len(listing.files), side, side, 3), np.uint8)
    captions: list[str] = []
    broken = []
    with ThreadPoolExecutor(len(os.sched_getaffinity(0))) as threads:
        decoded = threads.map(partial(_try_to_read, side=side), listing.files)
        for photograph, told in zip(decoded, listing.captions, strict=True):
            beat()
            if isinstance(photograph, str):
                broken.append(photograph)
            else:
                pictures[len(captions)] = photograph
                captions.append(join(told))
    if not captions:
        raise HpqError(f"none of the {len(listing.files)} photographs beside {listing.files[0]} can be read")
    return Split(pictures[: len(captions)], captions, list(_complaints(broken, len(listing.files))))


def _try_to_read(path: Path, side: int) -> NDArray[np.uint8] | str:
    """Return a photograph, or what is wrong with it."""
    try:
        return read_photograph(path, side)
    except MemoryError:
        raise
    except Exception as error:  # a damaged file makes decoders raise anything
        return f"{path.name} ({error})"


def _complaints(broken: list[str], total: int) -> Iterator[str]:
    for file in broken[:_TOLD]:
        yield f"a broken photograph is left out: {file}"
    if broken:
        yield f"{len(broken)} of {total} photographs are broken and left out"


def read_photograph(path: Path, side: int) -> NDArray[np.uint8]:
    """Return a photograph of any size and mode as (side, side, 3): upright, scaled, cropped at the centre."""
    from PIL import Image, ImageOps

    with Image.open(path) as opened:
        photograph = ImageOps.exif_transpose(opened).convert("RGB")
    width, height = photograph.size
    shorter = min(width, height)
    if shorter != side:
        scaled = (width * side // shorter + 1, height * side // shorter + 1)
        photograph = photograph.resize(scaled, Image.Resampling.LANCZOS)
    left, top = (photograph.width - side) // 2, (photograph.height - side) // 2
    return np.asarray(photograph.crop((left, top, left + side, top + side)))
