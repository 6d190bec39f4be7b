"""Dry draws: a space is tried before anything is queued."""

import difflib
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hpq.errors import HpqError, UsageError
from hpq.search.command import check_command
from hpq.search.domains import Domain, SpaceError
from hpq.search.draw import Draw
from hpq.search.file import line_in
from hpq.search.samplers import Sample, draw_again, draw_run

DRY_DRAWS = 300


@dataclass(frozen=True, slots=True)
class Report:
    """What dry draws showed of a space."""

    domains: dict[str, Domain]  # by name, as first drawn
    counts: dict[str, int]  # in how many of the dry draws a name was there

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
    counts: dict[str, int] = {}
    for number in range(1, DRY_DRAWS + 1):
        draw = draw_checked(sample, path, seed, number, fixed)
        _compare(draw, draw_checked(sample, path, seed, number, fixed, draw), path, number)
        for name, domain in draw.domains.items():
            counts[name] = counts.get(name, 0) + 1
            known = domains.setdefault(name, domain)
            if known is not domain and known.kind is not domain.kind:
                raise HpqError(
                    f"{_at(path)}{name!r} is {known.kind} in some runs, {domain.kind} in others; rename one"
                )
    if not counts:
        raise HpqError(f"{_at(path)}sample(s) draws nothing; draw with s.float, s.int, s.choice and the like")
    check_names(fixed, counts)
    report = Report(domains, counts)
    if command is not None:
        check_command(command, report.always, list(counts))
    return report


def draw_checked(
    sample: Sample,
    path: Path | None,
    seed: int,
    number: int,
    fixed: Mapping[str, Any],
    before: Draw | None = None,
) -> Draw:
    """Return a run's draw, the second one where `before` is the first.

    Whatever goes wrong in the search file is an HpqError with its line.
    """
    try:
        if before is not None:
            return draw_again(sample, seed, number, fixed, before)
        return draw_run(sample, seed, number, fixed)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # user code may raise anything
        if path is None and not isinstance(error, SpaceError):
            raise
        what = str(error) if isinstance(error, SpaceError) else f"{type(error).__name__}: {error}"
        where = f"{path}:{line_in(path, error)}: " if path else ""
        raise HpqError(f"{where}{what}") from error


def _compare(one: Draw, other: Draw, path: Path | None, number: int) -> None:
    if one.values == other.values:
        return
    names = {**one.values, **other.values}
    name = next(
        name for name in names if json.dumps(one.values.get(name)) != json.dumps(other.values.get(name))
    )
    raise HpqError(
        f"{_at(path)}{name!r} differs between two draws of run {number} with one seed; draw only through s, "
        f"and not with random, numpy, time or what an earlier draw left"
    )


def check_names(fixed: Mapping[str, Any], known: Collection[str]) -> None:
    """Raise UsageError for a name that was set and is never drawn."""
    for name in fixed:
        if name not in known:
            close = difflib.get_close_matches(name, known, 1)
            hint = f"did you mean {close[0]!r}? " if close else ""
            raise UsageError(
                f"--set {name}: no such hyperparameter; {hint}there are {', '.join(sorted(known))}"
            )


def _at(path: Path | None) -> str:
    return f"{path}: " if path else ""
