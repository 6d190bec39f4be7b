"""The state of training on disk: whole, or not there."""

import os
from pathlib import Path
from typing import Any

import torch

BEST = "best.pt"  # of the lowest validation loss so far, in the folder of its attempt


def save(state: dict[str, Any], path: Path) -> None:
    """Write a checkpoint aside and rename it into place."""
    aside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with open(aside, "wb") as file:
            torch.save(state, file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(aside, path)  # the commit
    finally:
        aside.unlink(missing_ok=True)


def load(path: Path, device: torch.device) -> dict[str, Any]:
    """Return a checkpoint; nothing in it is executed."""
    state: dict[str, Any] = torch.load(path, map_location=device, weights_only=True)
    return state
