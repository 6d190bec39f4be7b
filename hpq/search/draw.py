"""The `s` of `sample(s)`: what a search file draws its hyperparameters through."""

import difflib
import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, NoReturn

from hpq.search.domains import (
    Domain,
    Kind,
    SpaceError,
    choice_domain,
    fixed_domain,
    number_domain,
    subset_domain,
)

Chooser = Callable[[str, Domain], Any]  # the value of a name, from its domain

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*(\.[A-Za-z0-9_-]+)*")
_METHODS = ("float", "int", "bool", "choice", "subset", "fix")
_ELSEWHERE = {  # what other libraries call it
    "uniform": 'float("lr", 0.1, 1)',
    "loguniform": 'float("lr", 1e-5, 1e-1, log=True)',
    "log_uniform": 'float("lr", 1e-5, 1e-1, log=True)',
    "randint": 'int("n", 1, 9)',
    "integer": 'int("n", 1, 9)',
    "quniform": 'float("lr", 0, 1, step=0.1)',
    "categorical": 'choice("kind", ["a", "b"])',
    "suggest_float": 'float("lr", 1e-5, 1e-1, log=True)',
    "suggest_int": 'int("n", 1, 9)',
    "suggest_categorical": 'choice("kind", ["a", "b"])',
    "constant": 'fix("steps", 1000)',
}
_BOTH = Domain(Kind.BOOL, items=(False, True))


class Draw:
    """One run's hyperparameters in the making. Every method names one, and returns its value.

    `fixed` replaces what would be drawn and leaves the other values as they were.
    """

    def __init__(self, choose: Chooser, fixed: Mapping[str, Any] | None = None) -> None:
        self.values: dict[str, Any] = {}
        self.domains: dict[str, Domain] = {}
        self._choose = choose
        self._fixed = fixed or {}
        self._groups: set[str] = set()

    def float(
        self, name: str, low: float, high: float, *, log: bool = False, step: float | None = None
    ) -> float:
        """Draw a number from low to high, both included; log-uniformly, or in steps from low."""
        value: float = self._draw(name, number_domain(name, Kind.FLOAT, low, high, log, step))
        return value

    def int(self, name: str, low: int, high: int, *, log: bool = False, step: int | None = None) -> int:
        """Draw a whole number from low to high, both included."""
        value: int = self._draw(name, number_domain(name, Kind.INT, low, high, log, step))
        return value

    def bool(self, name: str) -> bool:
        """Draw True or False."""
        value: bool = self._draw(name, _BOTH)
        return value

    def choice(self, name: str, items: Any) -> Any:
        """Draw one of the items, which are JSON values."""
        return self._draw(name, choice_domain(name, items))

    def subset(self, name: str, items: Any, *, size: Any) -> list[Any]:
        """Draw some of the items, in their order; size is a number or a pair (min, max), inclusive."""
        value: list[Any] = self._draw(name, subset_domain(name, items, size))
        return value

    def fix(self, name: str, value: Any) -> Any:
        """Give a hyperparameter a value that is no draw, and that `--set` may replace."""
        return self._draw(name, fixed_domain(name, value))

    def __getattr__(self, method: str) -> NoReturn:
        if method.startswith("__"):
            raise AttributeError(method)
        hint = _ELSEWHERE.get(method)
        close = difflib.get_close_matches(method, _METHODS, 1)
        instead = f"; write s.{hint}" if hint else f"; did you mean s.{close[0]}?" if close else ""
        raise SpaceError(
            f"there is no s.{method}, only {', '.join('s.' + name for name in _METHODS)}{instead}"
        )

    def _draw(self, name: str, domain: Domain) -> Any:
        groups = _groups_of(name)
        if groups:
            for group in groups:
                if group in self.values:
                    raise SpaceError(
                        f"{group!r} is a value, so it cannot be the group of {name!r} too; rename one"
                    )
            self._groups.update(groups)
        if name in self._groups:
            raise SpaceError(f"{name!r} is the group of other names, so it cannot be a value too; rename one")
        if name in self.values:
            raise SpaceError(f"{name!r} is drawn twice in one run; draw it once and keep the value")
        if name in self._fixed:
            value = check_fixed(name, domain, self._fixed[name])
        elif domain.kind is Kind.FIX:
            value = domain.items[0]
        else:
            value = self._choose(name, domain)
        self.values[name] = value
        self.domains[name] = domain
        return value


@lru_cache(maxsize=4096)
def _groups_of(name: str) -> tuple[str, ...]:
    """Return the groups that a dotted name is in: a and a.b for a.b.c. Raises SpaceError for no name."""
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise SpaceError(
            f"a hyperparameter's name is words of letters, digits, _ and - set apart by dots, not {name!r}"
        )
    parts = name.split(".")
    return tuple(".".join(parts[:count]) for count in range(1, len(parts)))


def check_fixed(name: str, domain: Domain, value: Any) -> Any:
    """Return a value that the user set, or raise SpaceError when it is of another kind than what is drawn.

    Bounds are not enforced: who sets a value outside them means it.
    """
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if domain.kind is Kind.FLOAT and not is_number:
        raise SpaceError(f"{name!r} is a number, so it cannot be set to {value!r}")
    if domain.kind is Kind.INT and not (is_number and value == int(value)):
        raise SpaceError(f"{name!r} is a whole number, so it cannot be set to {value!r}")
    if domain.kind is Kind.BOOL and not isinstance(value, bool):
        raise SpaceError(f"{name!r} is true or false, so it cannot be set to {value!r}")
    if domain.kind is Kind.CHOICE and not any(_alike(value, item) for item in domain.items):
        known = ", ".join(map(repr, domain.items))
        raise SpaceError(f"{name!r} is one of {known}, so it cannot be set to {value!r}")
    if domain.kind is Kind.SUBSET and not isinstance(value, list):
        raise SpaceError(f"{name!r} is a list, so it cannot be set to {value!r}; write it as [0, 2]")
    if domain.kind is Kind.FIX:
        _check_same_kind(name, domain.items[0], value)
    return int(value) if domain.kind is Kind.INT else value


def _alike(one: object, other: object) -> bool:
    return one == other and isinstance(one, bool) == isinstance(other, bool)


def _check_same_kind(name: str, default: Any, value: Any) -> None:
    """Refuse text for a number and the like; a whole number may stand for any number, and None for all."""
    numbers = (int, float)
    if default is None or value is None or type(default) is type(value):
        return
    if (
        type(default) in numbers
        and type(value) in numbers
        and (type(default) is float or value == int(value))
    ):
        return
    raise SpaceError(f"{name!r} is {default!r} by default, so it cannot be set to {value!r}")
