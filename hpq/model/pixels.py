"""Pictures as people see them: bytes of levels, asked parts filled in, or hidden."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

Pixels = NDArray[np.uint8]  # (B, side, side, 3)

_GREY, _GREYS = 112, (96, 136)  # of one colour channel alone, and of the chequerboard
_SQUARES = 16  # of the chequerboard along a side


def fill(pixels: Pixels, mask: Tensor, values: Tensor, levels: int) -> Pixels:
    """Return pictures with levels (B, 3, side, side), whole ones or means, in place of what is asked.

    Given values are those of the pictures themselves, which may have more levels than the network tells.
    """
    shown = ((values.float() + 0.5) * (256 / levels)).floor().clamp(0, 255).to(torch.uint8)
    filled: Pixels = np.where(_channels_last(mask), pixels, _channels_last(shown))
    return filled


def hide(pixels: Pixels, mask: Tensor) -> Pixels:
    """Return pictures as the network sees them: a grey chequerboard, as in no photograph, hides pixels.

    Where only some of a pixel's channels are asked, these are grey.
    """
    given = _channels_last(mask)
    side = pixels.shape[1]
    places = np.arange(side) // max(1, side // _SQUARES)
    board = np.where((places[:, None] + places) % 2, *map(np.uint8, _GREYS))[None, :, :, None]
    hidden: Pixels = np.where(given.any(-1, keepdims=True), np.where(given, pixels, np.uint8(_GREY)), board)
    return hidden


def _channels_last(tensor: Tensor) -> NDArray[np.generic]:
    array: NDArray[np.generic] = tensor.permute(0, 2, 3, 1).cpu().numpy()
    return array
