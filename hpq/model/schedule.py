"""When the learning rate decays and when training is done, from the validation losses alone."""

import math
from dataclasses import dataclass, field
from statistics import median
from typing import Any

WINDOW = 10  # validation losses whose median is watched


@dataclass(slots=True)
class Schedule:
    """Early decay: the rate falls when the median of the last losses has not improved for a while.

    Training is done when the rate is at its floor and that happens once more.
    """

    rate: float
    decay: float
    patience: int  # steps
    floor: float
    losses: list[float] = field(default_factory=list)
    best_median: float = float("inf")
    improved_at: int = 0
    is_done: bool = False

    def observe(self, step: int, loss: float) -> None:
        """Take in a validation loss."""
        self.losses = [*self.losses, loss][-WINDOW:]
        now = median(self.losses)
        if now < self.best_median:
            self.best_median, self.improved_at = now, step
        elif step - self.improved_at >= self.patience:
            self.is_done = self.rate < self.floor or math.isclose(self.rate, self.floor)
            self.rate = max(self.floor, self.rate * self.decay)
            self.improved_at = step

    def state(self) -> dict[str, Any]:
        return {
            "rate": self.rate,
            "losses": self.losses,
            "best_median": self.best_median,
            "improved_at": self.improved_at,
            "is_done": self.is_done,
        }

    def restore(self, state: dict[str, Any]) -> None:
        self.rate, self.losses = state["rate"], state["losses"]
        self.best_median, self.improved_at = state["best_median"], state["improved_at"]
        self.is_done = state["is_done"]
