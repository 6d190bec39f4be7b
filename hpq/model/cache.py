"""Decoded pictures on disk, made once and mapped into memory by every run of a root."""

import contextlib
import hashlib
import json
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

VERSION = 2  # of what is decoded and how; another one makes another cache
_BEAT_EVERY_S = 5.0  # while another process makes what is wanted


@dataclass(frozen=True, slots=True)
class Split:
    """Pictures (N, side, side, 3) and one caption for each."""

    pictures: NDArray[np.uint8]
    captions: list[str]
    notes: list[str] = field(default_factory=list)  # what every run that uses it should tell

    def __len__(self) -> int:
        return len(self.captions)


def cached(
    folder: Path, key: str, make: Callable[[], Split], beat: Callable[[], None] = lambda: None
) -> Split:
    """Return what `make` makes, from the cache where it was made before.

    Of several processes that ask at once one makes it and the others wait, calling `beat` now and then. It
    appears by a rename of its whole folder, so that a half-written one is never used.
    """
    from filelock import Timeout, UnixFileLock

    name = hashlib.blake2b(f"{VERSION} {key}".encode(), digest_size=10).hexdigest()
    found = _load(folder / name)
    if found is not None:
        return found
    folder.mkdir(parents=True, exist_ok=True)
    lock = UnixFileLock(folder / f"{name}.lock", fallback_to_soft=False)
    while not lock.is_locked:
        beat()
        with contextlib.suppress(Timeout):
            lock.acquire(timeout=_BEAT_EVERY_S)
    try:
        found = _load(folder / name)
        if found is None:
            _store(folder / name, make())
            found = _load(folder / name)
    finally:
        lock.release()
    if found is None:
        raise OSError(f"the cache {str(folder / name)!r} cannot be read back")
    return found


def _load(folder: Path) -> Split | None:
    """Return a split from the cache, or None when there is none or it is damaged."""
    try:
        told = json.loads((folder / "captions.json").read_bytes())
        pictures = np.load(folder / "pictures.npy", mmap_mode="r")
        split = Split(pictures, list(told["captions"]), list(told["notes"]))
    except (OSError, ValueError, EOFError, KeyError, TypeError):
        return None
    return split if len(split.pictures) == len(split.captions) else None


def _store(folder: Path, split: Split) -> None:
    for left in folder.parent.glob(f".{folder.name}.*"):
        shutil.rmtree(left)  # a process died here: the lock says that none writes now
    aside = folder.with_name(f".{folder.name}.{os.getpid()}")
    aside.mkdir()
    try:
        with open(aside / "pictures.npy", "wb") as file:
            np.save(file, split.pictures)
            file.flush()
            os.fsync(file.fileno())
        with open(aside / "captions.json", "wb") as file:
            file.write(json.dumps({"captions": split.captions, "notes": split.notes}).encode())
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileNotFoundError):
            shutil.rmtree(folder)  # a damaged one
        os.rename(aside, folder)  # the commit
    finally:
        shutil.rmtree(aside, ignore_errors=True)
