"""The hyperparameters of a batch's runs, which not every reader wants to know."""

from collections.abc import Callable
from typing import Any


class Draws:
    """What was drawn for each run of a batch, by the run's number: parsed when it is first asked for.

    Of late runs a batch holds what is fixed, and each run's folder the rest.
    """

    __slots__ = ("_first", "_load", "_loaded", "is_late")

    def __init__(
        self, first: int, load: Callable[[], list[dict[str, Any]]], *, is_late: bool = False
    ) -> None:
        self.is_late = is_late
        self._first = first
        self._load = load
        self._loaded: list[dict[str, Any]] | None = None

    def __getitem__(self, number: int) -> dict[str, Any]:
        return self._params()[number - self._first]

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Draws):
            return NotImplemented
        return self is other or (self._first == other._first and self._params() == other._params())

    def _params(self) -> list[dict[str, Any]]:
        if self._loaded is None:
            self._loaded = self._load()
        return self._loaded
