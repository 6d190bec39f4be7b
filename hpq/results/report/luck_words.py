"""What a report says to the question whether the leaders are luck."""

from collections.abc import Iterator

from hpq.results.plain import number_text
from hpq.results.report.leaders import Luck
from hpq.results.report.phrases import listed, p_text, runs_text, verb
from hpq.results.report.repeats import Judgement, Noise

_SHOWN = 5  # runs that are named in a command


def luck_sentences(luck: Luck) -> Iterator[str]:
    """Yield what there is to say of the runs that lead."""
    if luck.p is None:
        yield f"That cannot be told: {runs_text(luck.n)} finished, which is too few."
        return
    gap = f"(normalised spacings, n = {luck.n:,}, {p_text(luck.p)})"
    names = [leader.name for leader in luck.leaders]
    if luck.leaders:
        rest = f"the lowest loss of the others is {number_text(luck.rival or 0.0)}"
        yield f"{listed(names)} {verb(len(names))} ahead: {rest}."
    if luck.ahead:
        yield f"A gap behind the {_lowest(luck.behind)} cuts {_them(luck.behind)} off from the pack {gap}."
    else:
        yield (
            "No run is ahead of the pack by its loss alone: the clearest gap is behind the "
            f"{_lowest(luck.behind)}, and chance makes such gaps {gap}."
        )
    for judgement in luck.judged:
        yield _judged(judgement, luck.noise)
    if luck.noise:
        yield _noise(luck.noise, luck.is_log)
    if luck.ahead and not luck.judged:
        yield (
            f"Whether they would be ahead again, `hpq replicate {' '.join(names[:_SHOWN])} -n 2` "
            "tells: it queues them with other seeds, and a few random others to learn the noise."
        )


def _lowest(count: int) -> str:
    return "lowest loss" if count == 1 else f"{count} lowest losses"


def _them(count: int) -> str:
    return "it" if count == 1 else "them"


def _judged(judgement: Judgement, noise: Noise | None) -> str:
    repeats = judgement.repeats
    count = len(repeats.losses)
    verdict = "still ahead" if judgement.stands else "not ahead"
    test = f"Student's t, n = {count}"
    if judgement.p is None or noise is None:
        verdict, p = "too few replicates to tell", ""
    else:
        p = f", {p_text(judgement.p)}"
    failed = f"; {repeats.failed} more did not finish" if repeats.failed else ""
    return (
        f"{repeats.name} had {number_text(repeats.loss)}; trained {count} times more with other seeds "
        f"its mean is {number_text(judgement.mean)}{failed}, beside {number_text(judgement.rival)}, "
        f"the lowest of the others: {verdict} ({test}{p})."
    )


def _noise(noise: Noise, is_log: bool) -> str:
    size = f"a factor of {1 + noise.deviation:.3g}" if is_log else number_text(noise.deviation, 3)
    return (
        f"Replicates of one run differ by {size} (standard deviation, {runs_text(noise.runs)} repeated, "
        f"{noise.freedom} degrees of freedom)."
    )
