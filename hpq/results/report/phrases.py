"""Numbers and lists as they stand in the sentences of a report."""

from collections.abc import Sequence

from hpq.results.report.parts import Part

_LEAST_P = 0.001  # that is told: 999 shuffles show no smaller one


def p_text(p: float) -> str:
    """Return a p-value as it stands in a sentence."""
    if p <= _LEAST_P:
        return f"p ≤ {_LEAST_P}"
    return f"p = {p:.2g}" if p < 0.995 else "p = 1"


def counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def runs_text(count: int) -> str:
    return counted(count, "run")


def percent(share: float) -> str:
    """Return a share in percent: 0 and 100 only where it is exactly that."""
    if 0 < share < 0.005:
        return "below 1 %"
    if 0.995 < share < 1:
        return "above 99 %"
    return f"{100 * share:.0f} %"


def share_text(part: Part) -> str:
    return f"{part.crashed:,} of {part.runs:,} ({percent(part.share)})"


def verb(count: int) -> str:
    return "is" if count == 1 else "are"


def listed(names: Sequence[str]) -> str:
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} and {names[-1]}"


def guided_text(guided: int) -> str:
    """Return what so many draws of TPE's mean for the tests."""
    return (
        f"{counted(guided, 'draw')} {verb(guided)} TPE's, which goes where losses were low and few runs "
        "crashed: p-values hold for random draws, and are hints here."
    )
