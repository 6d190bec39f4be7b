"""What the contenders reached, each beside hpq, with a verdict on the budget."""

import importlib.util
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from queue_contender import Contender
from queue_ours import ByHand, Hpq
from queue_race import FailedError
from queue_rivals import RIVALS

ROUNDS = 3
ALL: tuple[type[Contender], ...] = (Hpq, ByHand, *RIVALS)


@dataclass(slots=True)
class Entry:
    """What one contender reached in each round, or why nothing."""

    kind: type[Contender]
    rounds: list[float] = field(default_factory=list)
    reason: str = ""

    @property
    def median(self) -> float:
        return statistics.median(self.rounds)


def contest(
    measure: Callable[[type[Contender]], float], why_not: Callable[[type[Contender]], str]
) -> list[Entry]:
    """Measure all contenders in turn, every other round in the opposite order."""
    entries = [Entry(kind, reason=_absent(kind) or why_not(kind)) for kind in ALL]
    for number in range(ROUNDS):
        for entry in entries[:: -1 if number % 2 else 1]:
            if not entry.reason:
                try:
                    entry.rounds.append(measure(entry.kind))
                except FailedError as error:
                    entry.reason = f"failed: {error}"
    return entries


def _absent(kind: type[Contender]) -> str:
    if kind.package and importlib.util.find_spec(kind.package) is None:
        return "not installed: `make bench` installs it"
    return ""


def tell_table(title: str, entries: Sequence[Entry]) -> None:
    """Print medians in jobs a second, and how many times as many hpq does."""
    print(f"{title}: jobs/s, median of {ROUNDS} rounds (least to most), and hpq's over it")
    ours = entries[0]
    for entry in entries:
        if entry.reason:
            print(f"  {entry.kind.name:24} {'–':>9}  {entry.reason}")
            continue
        span = f"({min(entry.rounds):,.0f} to {max(entry.rounds):,.0f})"
        beside = "" if entry is ours or ours.reason else f"{ours.median / entry.median:8.2f}x"
        print(f"  {entry.kind.name:24} {entry.median:9,.0f}  {span:20}{beside}", flush=True)


def tell_best(entries: Sequence[Entry], at_least: float) -> None:
    """Print how hpq compares with the best library."""
    ours, *others = entries
    libraries = [entry for entry in others if entry.kind.is_library and not entry.reason]
    if ours.reason or not libraries:
        print("  there is nothing to compare")
        return
    best = max(libraries, key=lambda entry: entry.median)
    tell_ratio(f"hpq over {best.kind.name}, the best library", ours.median / best.median, at_least=at_least)


def tell_ratio(
    what: str, ratio: float, *, at_least: float | None = None, at_most: float | None = None
) -> None:
    """Print a ratio beside its budget."""
    print(f"  {what}: {ratio:.2f}x{verdict(ratio, at_least=at_least, at_most=at_most)}", flush=True)


def verdict(figure: float, *, at_least: float | None = None, at_most: float | None = None) -> str:
    """Return the budget of a figure in brackets, and whether it was missed."""
    bounds = [
        f"{side} {bound:,g}"
        for side, bound in (("at least", at_least), ("at most", at_most))
        if bound is not None
    ]
    is_missed = (at_least is not None and figure < at_least) or (at_most is not None and figure > at_most)
    return f" ({' and '.join(bounds)}{', missed' if is_missed else ''})" if bounds else ""
