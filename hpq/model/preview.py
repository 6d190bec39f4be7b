"""What a network makes of a few validation pictures while it trains, as a picture in the run's folder."""

import time
from pathlib import Path

import torch

from hpq.model.data import Pictures, first_validation
from hpq.model.network import Network
from hpq.model.options import Options
from hpq.model.pixels import fill, hide
from hpq.model.sampling import mean_levels
from hpq.model.sheets import Row, png, sheet
from hpq.queue.files import write_whole
from hpq.queue.outputs import PREVIEW
from hpq.queue.paths import AttemptPaths

_PICTURES = 4
_EVERY_S = 60.0  # at least between two, which take one pass of four pictures: well below 1 % of the time


class Preview:
    """Leaves a picture now and then. Training goes on as if it did not: no random number is drawn."""

    def __init__(self, validation: Pictures, options: Options, device: torch.device, folder: Path) -> None:
        batch = first_validation(validation, options, _PICTURES)
        self._batch = batch.to(device)
        self._pixels = validation.pictures[: len(batch.words)]
        self._captions = validation.captions
        self._path = AttemptPaths(folder).samples / PREVIEW
        self._left_s = -_EVERY_S

    def leave(self, network: Network, step: int, *, is_last: bool = False) -> None:
        """Leave a picture, unless the last one is new. What goes wrong is printed: it must end no run."""
        now = time.monotonic()
        if now - self._left_s < _EVERY_S and not is_last:
            return
        self._left_s = now
        try:
            self._write(network, step)
        except Exception as error:
            print(f"hpq: {str(self._path)!r} could not be written: {' '.join(str(error).split())}")
        finally:
            network.train()

    def _write(self, network: Network, step: int) -> None:
        means = mean_levels(network, self._batch)
        mask = self._batch.mask
        columns = (
            self._pixels,
            hide(self._pixels, mask),
            fill(self._pixels, mask, means, network.options.levels),
        )
        rows = [Row(*told) for told in zip(zip(*columns, strict=True), self._captions, strict=False)]
        self._path.parent.mkdir(exist_ok=True)
        picture = sheet(("original", "masked", "mean prediction"), rows, f"step {step:,}")
        write_whole(self._path, png(picture))
