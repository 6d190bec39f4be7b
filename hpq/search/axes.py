"""How Optuna sees a hyperparameter: as text to choose among, or as a number between two others."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hpq.search.domains import Domain, Kind
from hpq.search.samplers import subset_of
from hpq.search.steps import count_steps, stepped

if TYPE_CHECKING:  # Optuna is an extra
    from optuna.distributions import BaseDistribution
    from optuna.trial import Trial

_INEXACT = 2**53  # whole numbers from there on are floats to Optuna, which computes with floats anyway
Point = str | int | float


@dataclass(frozen=True, slots=True)
class Axis:
    """A domain for Optuna: a choice by the text of its values, a subset by its size, steps by their count."""

    domain: Domain
    texts: tuple[str, ...] = ()  # of a choice
    low: float = 0
    high: float = 0
    is_whole: bool = False

    def key(self, name: str) -> str:
        """Return what the hyperparameter is called where it is alike: bounds may move, choices may not."""
        domain = self.domain
        return json.dumps([name, domain.kind, domain.log, domain.step, self.texts])

    @property
    def distribution(self) -> "BaseDistribution":
        from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

        if self.texts:
            return CategoricalDistribution(self.texts)
        if self.is_whole:
            return IntDistribution(int(self.low), int(self.high), self.domain.log)
        return FloatDistribution(self.low, self.high, self.domain.log)

    def suggest(self, trial: "Trial", name: str) -> Point:
        """Return what Optuna draws."""
        key, log = self.key(name), self.domain.log
        if self.texts:
            return trial.suggest_categorical(key, self.texts)
        if self.is_whole:
            return trial.suggest_int(key, int(self.low), int(self.high), log=log)
        return trial.suggest_float(key, self.low, self.high, log=log)

    def point(self, value: Any) -> Point | None:
        """Return where a value lies, None for one outside the domain."""
        domain = self.domain
        if self.texts:
            text = _text(value)
            return text if text in self.texts else None
        if domain.kind is Kind.SUBSET:
            value = len(value) if isinstance(value, list) else None
        if type(value) not in (int, float) or not domain.low <= value <= domain.high:
            return None
        if domain.step is not None:
            return count_steps(domain.low, value, domain.step)
        return None if domain.kind is Kind.INT and type(value) is float else value

    def value(self, point: Any, further: Callable[[int], float]) -> Any:
        """Return the value at a point; `further` gives numbers in [0, 1) for the members of a subset."""
        domain = self.domain
        if self.texts:
            return next(item for item in domain.items if _text(item) == point)
        if domain.kind is Kind.SUBSET:
            return subset_of(domain, point, further)
        if domain.step is not None:
            low, step = domain.low, domain.step
            return low + point * step if domain.kind is Kind.INT else stepped(low, step, point)
        if domain.kind is Kind.INT:
            return max(domain.low, min(domain.high, int(point)))
        return point


def axis_of(domain: Domain) -> Axis:
    """Return the axis of a domain that is drawn, of any kind but FIX."""
    if domain.kind in (Kind.CHOICE, Kind.BOOL):
        return Axis(domain, texts=tuple(dict.fromkeys(map(_text, domain.items))))
    if domain.step is not None:
        return Axis(domain, high=count_steps(domain.low, domain.high, domain.step), is_whole=True)
    is_exact = max(abs(domain.low), abs(domain.high)) < _INEXACT
    return Axis(domain, low=domain.low, high=domain.high, is_whole=domain.kind is not Kind.FLOAT and is_exact)


def _text(value: Any) -> str:
    return json.dumps(value, sort_keys=True)
