"""The `s` of `sample(s)`: what a search file draws its hyperparameters through."""

from collections.abc import Callable, Mapping
from typing import Any, NoReturn

from hpq.search.domains import (
    UNCHANGING,
    Domain,
    Kind,
    SpaceError,
    choice_domain,
    copied,
    fixed_domain,
    number_domain,
    subset_domain,
)
from hpq.search.names import Names, no_name
from hpq.search.overrides import check_fixed

Chooser = Callable[[str, Domain], Any]  # the value of a name, from its domain

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
_FIX = Kind.FIX  # here, since an enumeration's own look-up is slow


class Draw:
    """One run's hyperparameters in the making. Every method names one, and returns its value.

    `fixed` replaces what would be drawn and leaves the other values as they were. `names` are those of
    the space, as far as other draws have shown them.
    """

    __slots__ = ("_choose", "_fixed", "_names", "domains", "values")

    def __init__(
        self, choose: Chooser, fixed: Mapping[str, Any] | None = None, names: Names | None = None
    ) -> None:
        self.values: dict[str, Any] = {}
        self.domains: dict[str, Domain] = {}
        self._choose = choose
        self._fixed = fixed or {}
        self._names = names or Names()

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
        import difflib  # with what it needs 2 ms, and most draws need no advice

        hint = _ELSEWHERE.get(method)
        close = difflib.get_close_matches(method, _METHODS, 1)
        instead = f"; write s.{hint}" if hint else f"; did you mean s.{close[0]}?" if close else ""
        raise SpaceError(
            f"there is no s.{method}, only {', '.join('s.' + name for name in _METHODS)}{instead}"
        )

    def _draw(self, name: str, domain: Domain) -> Any:
        try:
            if name not in self._names.values:
                self._names.add(name)
        except TypeError:  # it has no hash
            raise no_name(name) from None
        if name in self.values:
            raise SpaceError(f"{name!r} is drawn twice in one run; draw it once and keep the value")
        if name in self._fixed:
            value = check_fixed(name, domain, self._fixed[name])
        elif domain.kind is _FIX:
            value = domain.items[0]
        else:
            value = self._choose(name, domain)
        self.values[name] = value
        self.domains[name] = domain
        # What the caller does to its list shall not change the run's.
        return value if type(value) in UNCHANGING else copied(value)
