"""What a report says to the question whether crashes bunch."""

from collections.abc import Iterator

from hpq.results.plain import number_text, plain
from hpq.results.report.crashes import Bunch, Crashes
from hpq.results.report.pairs import Pair
from hpq.results.report.parts import Part
from hpq.results.report.phrases import (
    counted,
    guided_text,
    listed,
    p_text,
    percent,
    runs_text,
    share_text,
    verb,
)

_FEW = 0.1  # of the runs of a part that have a loss, up to which it is all but unseen


def crash_sentences(crashes: Crashes, guided: int) -> Iterator[str]:
    """Yield what there is to say of crashes; so many draws were TPE's. The first says it in a word."""
    whole = crashes.whole
    if not whole.crashed or whole.crashed == whole.runs:
        yield _nothing_to_compare(whole)
        return
    if crashes.bunched:
        yield from _bunched(crashes)
    else:
        yield from _not_bunched(crashes)
    yield from _causes(crashes)
    if guided:
        yield guided_text(guided)


def _nothing_to_compare(whole: Part) -> str:
    if not whole.runs:
        return "There is nothing to compare yet: no run has a loss or has crashed."
    if not whole.crashed:
        return f"No run crashed, of {whole.runs:,} that began."
    if whole.runs == 1:
        return "The only run crashed, so there is nothing to compare it with: see `hpq logs`."
    return f"All {runs_text(whole.runs)} crashed, so there is nothing to compare them with: see `hpq logs`."


def _bunched(crashes: Crashes) -> Iterator[str]:
    names = [plain(bunch.name) for bunch in crashes.bunched]
    yield f"Yes, along {listed(names)}: crashes are not spread evenly over the space that was drawn."
    for bunch in crashes.bunched:
        yield _bunch(bunch, crashes.whole)
    for pair in crashes.pairs:
        yield _pair(pair)


def _bunch(bunch: Bunch, whole: Part) -> str:
    inside, outside = bunch.inside, bunch.outside
    what = f"crashed by {bunch.cause}" if bunch.cause else "crashed"
    text = (
        f"{plain(bunch.name)}: with {plain(bunch.where)}, {share_text(inside)} {what}, "
        f"elsewhere {share_text(outside)}{_times(inside, outside)} "
        f"({bunch.test}, n = {bunch.n:,}, {p_text(bunch.p)})."
    )
    return f"{text} {_unseen(bunch, whole)}" if bunch.cause is None else text


def _times(inside: Part, outside: Part) -> str:
    if not outside.crashed:
        return ""
    ratio = inside.share / outside.share
    return f", {number_text(ratio, 2)} times as often" if ratio >= 1.05 else ""


def _unseen(bunch: Bunch, whole: Part) -> str:
    """Return which part of the space is therefore not searched."""
    seen = bunch.inside.runs - bunch.inside.crashed
    draws = "the draws" if bunch.n == whole.runs else "the draws that have it"
    part = f"this part, {percent(bunch.inside.runs / bunch.n)} of {draws}"
    if not seen:
        return f"No run with a loss lies there: {part}, was not searched at all."
    if seen <= _FEW * bunch.inside.runs:
        return f"Only {runs_text(seen)} with a loss {verb(seen)} there: {part}, is all but unseen."
    return f"What is known of {part}, comes from the {runs_text(seen)} that got through."


def _pair(pair: Pair) -> str:
    return (
        f"{plain(pair.name)} parts the crashes from the others better than either: "
        f"{share_text(pair.highest)} crashed where it is highest, {share_text(pair.lowest)} where it is "
        f"lowest (area under the curve {pair.area:.2f} instead of {pair.alone:.2f}; Mann–Whitney of both, "
        f"n = {pair.n:,}, {p_text(pair.p)})."
    )


def _not_bunched(crashes: Crashes) -> Iterator[str]:
    whole = crashes.whole
    if crashes.least_p is None:
        yield f"That cannot be told: {share_text(whole)} crashed, {_missing(whole)}."
        return
    yield (
        f"Not that {runs_text(whole.runs)} show it: {share_text(whole)} crashed, and no hyperparameter tells "
        "which (Mann–Whitney, Kolmogorov–Smirnov and best cut, chi-squared for categories, of "
        f"{counted(crashes.tried, 'hyperparameter')}; n = {whole.runs:,}, "
        f"smallest {p_text(crashes.least_p)})."
    )
    climb, low, high = crashes.detectable or 0.0, max(0.0, 2 * whole.share - 1), min(1.0, 2 * whole.share)
    if climb >= high - low:
        yield (
            "That does not make them even: with so few even a share that climbs along a hyperparameter from "
            f"{percent(low)} to {percent(high)} may stay unseen."
        )
    else:
        yield (
            f"That does not make them even: what {runs_text(whole.runs)} show in four of five such searches "
            f"is a share that climbs by {100 * climb:.0f} percentage points from one end of a hyperparameter "
            "to the other; a gentler slope may be there."
        )


def _missing(whole: Part) -> str:
    if whole.crashed == 1:
        return "which is too few to compare"
    if whole.runs - whole.crashed == 1:
        return "which leaves too few to compare them with"
    return "and no hyperparameter has different values often enough to compare"


def _causes(crashes: Crashes) -> Iterator[str]:
    if len(crashes.causes) < 2 and not crashes.by_cause:
        yield from (f"Cause of all crashes: {cause}." for cause in crashes.causes)
        return
    counts = ", ".join(f"{count:,} {cause}" for cause, count in crashes.causes.items())
    yield f"Causes of the {crashes.whole.crashed:,} crashes: {counts}."
    for cause in crashes.tested:
        mine = [bunch for bunch in crashes.by_cause if bunch.cause is cause]
        yield from (_bunch(bunch, crashes.whole) for bunch in mine if bunch not in crashes.bunched)
        if not mine:
            count = crashes.causes[cause]
            n = crashes.whole.runs
            yield f"Tested apart, those by {cause} do not bunch as far as {count:,} show it (n = {n:,})."
