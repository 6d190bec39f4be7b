"""Dry draws: a space is tried before anything is queued."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hpq.errors import HpqError, UsageError
from hpq.search.command import check_command
from hpq.search.domains import Domain, Kind
from hpq.search.draw import Draw
from hpq.search.names import Names
from hpq.search.samplers import Sample, draw_again, draw_run
from hpq.search.usercode import user_code

DRY_DRAWS = 300


@dataclass(frozen=True, slots=True)
class Report:
    """What dry draws showed of a space."""

    domains: dict[str, Domain]  # by name, as first drawn
    counts: Mapping[str, int]  # in how many of the dry draws a name was there

    @property
    def always(self) -> list[str]:
        return [name for name, count in self.counts.items() if count == DRY_DRAWS]


def check(
    sample: Sample, path: Path | None, seed: int, fixed: Mapping[str, Any], command: str | None = None
) -> Report:
    """Draw many runs, each twice, and return what was seen.

    Raises HpqError, with file and line where there is one, for a space that makes no sense, for draws that
    differ between two times, and for names in `fixed` or in the command that are never drawn.
    """
    domains: dict[str, Domain] = {}
    counts: Counter[str] = Counter()
    at = f"{path}: " if path else ""
    with user_code(path, is_quiet=True):
        for draw in _dry_draws(sample, seed, fixed, at):
            counts.update(draw.domains.keys())
            for name, domain in draw.domains.items():
                known = domains.setdefault(name, domain)
                if known is not domain and known.kind is not domain.kind:
                    domains[name] = _same_kind(name, known, domain, at)
    if not counts:
        raise HpqError(f"{at}sample(s) draws nothing; draw with s.float, s.int, s.choice and the like")
    check_names(fixed, counts)
    report = Report(domains, counts)
    if command is not None:
        check_command(command, report.always, list(counts), at)
    return report


def _dry_draws(sample: Sample, seed: int, fixed: Mapping[str, Any], at: str) -> Iterator[Draw]:
    """Yield the first draw of each run. Raises HpqError where the second differs."""
    names = Names()
    for number in range(1, DRY_DRAWS + 1):
        draw = draw_run(sample, seed, number, fixed, names)
        again = draw_again(sample, seed, number, fixed, names, draw)
        if draw.values != again.values:
            name = _differing(draw.values, again.values)
            raise HpqError(
                f"{at}{name!r} differs between two draws of run {number} with one seed; draw only through s, "
                f"and not with random, numpy, time or what an earlier draw left"
            )
        yield draw


def _differing(one: dict[str, Any], other: dict[str, Any]) -> str:
    """Return the first name that has two values, or that only one of two draws has."""
    nothing = object()
    return next(name for name in {**one, **other} if one.get(name, nothing) != other.get(name, nothing))


def _same_kind(name: str, one: Domain, other: Domain, at: str) -> Domain:
    """Return the domain of a name that some runs fix and others draw. Raises HpqError for other pairs."""
    if one.kind is Kind.FIX:
        return other
    if other.kind is Kind.FIX:
        return one
    raise HpqError(f"{at}{name!r} is {one.kind} in some runs, {other.kind} in others; rename one")


def check_names(fixed: Mapping[str, Any], known: Collection[str]) -> None:
    """Raise UsageError for a name that was set and is never drawn."""
    for name in fixed:
        if name not in known:
            import difflib  # with what it needs 2 ms, and most names are right

            close = difflib.get_close_matches(name, known, 1)
            hint = f"did you mean {close[0]!r}? " if close else ""
            raise UsageError(
                f"--set {name}: no such hyperparameter; {hint}there are {', '.join(sorted(known))}"
            )
