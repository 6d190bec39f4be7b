"""A picture that a screen can show."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image as Pixels


@dataclass(frozen=True, slots=True, eq=False)
class Drawn:
    """Pixels, and what is told of them where they come from a file."""

    pixels: "Pixels"
    path: Path | None = None
    title: str = ""  # two words at the most
    made_at: float = 0.0  # seconds since the epoch
