"""Which GPUs `--gpus` means."""

import os

from hpq.errors import UsageError
from hpq.runner.gpus import Gpu

_SHORTEST_UUID = 8  # what is shorter is "GPU-" with less than four digits, and looks like a slip of the hand
_VARIABLE = "CUDA_VISIBLE_DEVICES"


def choose_gpus(wanted: str, present: list[Gpu]) -> list[Gpu]:
    """Return the GPUs that `--gpus` names: `all`, or indices and UUIDs set apart by commas.

    Indices are those of nvidia-smi, whatever CUDA_VISIBLE_DEVICES holds. Where that is set, as in a job
    of a scheduler, `all` means what it names, and nothing else may be chosen.
    """
    allowed = _visible(present)
    if wanted.strip() == "all":
        return allowed
    chosen = _named(wanted, present)
    if not chosen:
        raise UsageError(f"--gpus names no GPU: give `all` or a list such as 0,1, not {wanted!r}")
    if len({gpu.label for gpu in chosen}) < len(chosen):
        raise UsageError(f"--gpus {wanted} names a GPU twice; use --per-gpu to train several runs on one")
    hidden = [gpu.label for gpu in chosen if gpu not in allowed]
    if hidden:
        raise UsageError(
            f"--gpus {wanted} goes beyond {_VARIABLE}={os.environ.get(_VARIABLE)}, which leaves out "
            f"{', '.join(hidden)}: choose others, or unset it if this machine is yours"
        )
    return chosen


def _visible(present: list[Gpu]) -> list[Gpu]:
    """Return the GPUs that CUDA_VISIBLE_DEVICES leaves, which are all where it is not set."""
    words = os.environ.get(_VARIABLE)
    if words is None:
        return present
    try:
        visible = _named(words, present)
    except UsageError as error:
        raise UsageError(f"{_VARIABLE}={words} makes no sense: {error}") from None
    if not visible:
        raise UsageError(
            f"{_VARIABLE} is set and empty, so that no GPU may be used: unset it, or use --workers"
        )
    return visible


def _named(words: str, present: list[Gpu]) -> list[Gpu]:
    return [gpu for word in words.split(",") if word.strip() for gpu in _find(word.strip(), present)]


def _find(word: str, present: list[Gpu]) -> list[Gpu]:
    """Return what a word names: one GPU, or all instances of one in MIG mode by its index."""
    found = [gpu for gpu in present if word in (gpu.label, str(gpu.index), gpu.uuid)]
    if found:
        return found
    if len(word) >= _SHORTEST_UUID:
        found = [gpu for gpu in present if gpu.uuid.startswith(word)]
    if len(found) > 1:
        raise UsageError(f"{word!r} begins the UUIDs of {len(found)} GPUs: give more of it")
    if not found:
        known = ", ".join(f"{gpu.label} ({gpu.name})" for gpu in present) or "none"
        raise UsageError(f"there is no GPU {word!r} here; this machine has {known}")
    return found
