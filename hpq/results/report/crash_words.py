"""What a report says to the question whether crashes bunch."""

from collections.abc import Iterator

from hpq.results.plain import number_text, plain
from hpq.results.report.crashes import Bunch, Crashes
from hpq.results.report.pairs import Pair
from hpq.results.report.parts import Part
from hpq.results.report.phrases import listed, p_text, percent, runs_text, share_text, verb

_FEW = 0.1  # of the runs of a part that have a loss, up to which it is all but unseen


def crash_sentences(crashes: Crashes) -> Iterator[str]:
    """Yield what there is to say of crashes; the first sentence says it in a word."""
    whole = crashes.whole
    if not whole.crashed or whole.crashed == whole.runs:
        yield _nothing_to_compare(whole)
        return
    if crashes.bunched:
        yield from _bunched(crashes)
    else:
        yield from _not_bunched(crashes)
    yield from _causes(crashes)


def _nothing_to_compare(whole: Part) -> str:
    if not whole.runs:
        return "There is nothing to compare yet: no run has a loss or has crashed."
    if not whole.crashed:
        return f"No run crashed, of {whole.runs:,} that began."
    return f"All {runs_text(whole.runs)} crashed, so there is nothing to compare them with: see `hpq logs`."


def _bunched(crashes: Crashes) -> Iterator[str]:
    names = [plain(bunch.name) for bunch in crashes.bunched]
    yield f"Yes, along {listed(names)}: crashes are not spread evenly over the space that was drawn."
    for bunch in crashes.bunched:
        yield _bunch(bunch)
    for pair in crashes.pairs:
        yield _pair(pair)


def _bunch(bunch: Bunch) -> str:
    inside, outside = bunch.inside, bunch.outside
    what = f"crashed by {bunch.cause}" if bunch.cause else "crashed"
    text = (
        f"{plain(bunch.name)}: at {plain(bunch.where)} {share_text(inside)} {what}, "
        f"elsewhere {share_text(outside)}{_times(inside, outside)} "
        f"({bunch.test}, n = {bunch.n:,}, {p_text(bunch.p)})."
    )
    return f"{text} {_unseen(bunch)}" if bunch.cause is None else text


def _times(inside: Part, outside: Part) -> str:
    if not outside.crashed:
        return ""
    ratio = inside.share / outside.share
    return f", {number_text(ratio, 2)} times as often" if ratio >= 1.05 else ""


def _unseen(bunch: Bunch) -> str:
    """Return which part of the space is therefore not searched."""
    seen = bunch.inside.runs - bunch.inside.crashed
    part = f"this part, {percent(bunch.inside.runs / bunch.n)} of the draws"
    if not seen:
        return f"No run with a loss lies there: {part}, was not searched at all."
    if seen <= _FEW * bunch.inside.runs:
        return f"Only {runs_text(seen)} with a loss {verb(seen)} there: {part}, is all but unseen."
    return f"What is known of {part}, comes from the {runs_text(seen)} that got through."


def _pair(pair: Pair) -> str:
    return (
        f"{plain(pair.name)} parts the crashes from the others better than either: "
        f"{share_text(pair.highest)} crashed in its highest third, {share_text(pair.lowest)} in its lowest "
        f"(area under the curve {pair.area:.2f} instead of {pair.alone:.2f}; Mann–Whitney, "
        f"n = {pair.n:,}, {p_text(pair.p)})."
    )


def _not_bunched(crashes: Crashes) -> Iterator[str]:
    whole = crashes.whole
    if crashes.least_p is None:
        yield f"That cannot be told: {share_text(whole)} crashed, which is too few to compare."
        return
    yield (
        f"Not that {runs_text(whole.runs)} show it: {share_text(whole)} crashed, and no hyperparameter tells "
        f"which (Mann–Whitney, Kolmogorov–Smirnov and best cut, chi-squared for categories, of "
        f"{crashes.tried} hyperparameters; n = {whole.runs:,}, smallest {p_text(crashes.least_p)})."
    )
    climb = crashes.detectable or 0.0
    if climb >= 1:
        yield (
            "That does not make them even: with so few runs even a share that climbs from 0 to 100 % along a "
            "hyperparameter may stay unseen."
        )
    else:
        yield (
            f"That does not make them even: what {runs_text(whole.runs)} show in four of five such searches "
            f"is a share that climbs by {100 * climb:.0f} percentage points from one end of a hyperparameter "
            "to the other; a gentler slope may be there."
        )


def _causes(crashes: Crashes) -> Iterator[str]:
    if len(crashes.causes) < 2 and not crashes.by_cause:
        yield from (f"All of them: {cause}." for cause in crashes.causes)
        return
    counts = ", ".join(f"{count:,} {cause}" for cause, count in crashes.causes.items())
    yield f"Causes of the {crashes.whole.crashed:,} crashes: {counts}."
    for cause in crashes.tested:
        mine = [bunch for bunch in crashes.by_cause if bunch.cause is cause]
        yield from map(_bunch, mine)
        if not mine:
            count = crashes.causes[cause]
            n = crashes.whole.runs
            yield f"Tested apart, those by {cause} do not bunch as far as {count:,} show it (n = {n:,})."
