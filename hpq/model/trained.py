"""A trained network as its run left it: with its options and the words that it knows."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from hpq.errors import HpqError
from hpq.model.captions import Vocabulary
from hpq.model.checkpoint import BEST, load
from hpq.model.network import Network
from hpq.model.options import Options


@dataclass(frozen=True, slots=True)
class Trained:
    """The network of a run's lowest validation loss, ready to predict."""

    network: Network
    vocabulary: Vocabulary
    options: Options
    step: int
    loss: float


def load_trained(params: Mapping[str, Any], folder: Path, device: torch.device) -> Trained:
    """Return what training left in an attempt's folder, on a device and in evaluation mode.

    `params` are the run's hyperparameters. Raises HpqError where they are not the bundled model's, and where
    `best.pt` is missing, damaged, of other options or of an hpq that did not save words.
    """
    try:
        options = Options.from_params(params)
    except HpqError as error:
        raise HpqError(f"{str(folder)!r} is not of a run of the bundled model: {error}") from None
    path = folder / BEST
    state = _read(path)
    vocabulary = Vocabulary.of(state["words"])
    network = Network(options, len(vocabulary))
    try:
        network.load_state_dict(state["network"])
    except (RuntimeError, TypeError, AttributeError):
        raise HpqError(
            f"{str(path)!r} does not fit the run's parameters: its network has other parts or sizes, "
            "so requeue the run with --fresh"
        ) from None
    return Trained(network.to(device).eval(), vocabulary, options, state["step"], state["loss"])


def choose_device(name: str | None) -> torch.device:
    """Return the device of a name, and without one the GPU where there is one that torch can use."""
    if name == "cuda" and not torch.cuda.is_available():
        raise HpqError("there is no GPU that torch can use: leave --device cuda out to use the CPU")
    return torch.device(name or ("cuda" if torch.cuda.is_available() else "cpu"))


def _read(path: Path) -> dict[str, Any]:
    """Return the content of a `best.pt`, all of whose parts but the network are known to be sound."""
    try:
        state = load(path, torch.device("cpu"))  # the device's memory is for what is known to fit
    except FileNotFoundError:
        raise HpqError(f"there is no {str(path)!r}: training leaves it at its first validation") from None
    except (PermissionError, MemoryError):
        raise
    except Exception as error:  # a damaged file makes the reader raise anything
        reason = " ".join(str(error).split())[:100] or type(error).__name__
        raise HpqError(f"{str(path)!r} is damaged ({reason}): requeue the run with --fresh") from None
    kinds = {"step": int, "loss": float, "network": dict}
    if not isinstance(state, dict) or any(not isinstance(state.get(key), kinds[key]) for key in kinds):
        raise HpqError(f"{str(path)!r} was not left by the bundled model: it lacks step, loss or network")
    if "words" not in state:
        raise HpqError(
            f"{str(path)!r} was left by an older hpq, which saved no words: requeue the run with --fresh"
        )
    words = state["words"]
    if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
        raise HpqError(f"{str(path)!r} is damaged (its words are no list of texts): requeue with --fresh")
    return state
