"""What a report says to the question whether the leaders are luck."""

from collections.abc import Iterator

import numpy as np

from hpq.results.plain import number_text
from hpq.results.report.leaders import Luck
from hpq.results.report.phrases import counted, listed, p_text, runs_text, verb
from hpq.results.report.repeats import Judgement, Noise

_SHOWN = 5  # runs that are named in a command
_SMALL = 0.1  # a difference in part, below which it is told in percent


def luck_sentences(luck: Luck) -> Iterator[str]:
    """Yield what there is to say of the runs that lead."""
    names = [leader.name for leader in luck.leaders]
    if luck.leaders:
        rest = f"the lowest loss of the others is {number_text(luck.rival or 0.0)}"
        yield f"{listed(names)} {verb(len(names))} ahead: {rest}."
    yield _gap(luck)
    for judgement in luck.judged:
        yield _judged(judgement, luck.noise)
    for repeats in luck.lost:
        replicates = counted(repeats.failed, "replicate")
        yield f"{repeats.name} had {number_text(repeats.loss)}; of {replicates} of it none finished."
    if luck.noise:
        yield _noise(luck.noise, luck.is_log)
    if luck.ahead and not luck.judged and not luck.lost:
        yield (
            f"Whether they would be ahead again, `hpq replicate {' '.join(names[:_SHOWN])} -n 2` "
            "tells: it queues them with other seeds, and a few random others to learn the noise."
        )


def _gap(luck: Luck) -> str:
    if luck.p is None:
        return f"By their losses alone that cannot be told: {runs_text(luck.n)} finished, which is too few."
    gap = f"(normalised spacings, n = {luck.n:,}, {p_text(luck.p)})"
    if luck.ahead:
        return f"A gap behind the {_lowest(luck.behind)} cuts {_them(luck.behind)} off from the pack {gap}."
    return (
        "No run is ahead of the pack by its loss alone: the clearest gap is behind the "
        f"{_lowest(luck.behind)}, and chance makes such gaps {gap}."
    )


def _lowest(count: int) -> str:
    return "lowest loss" if count == 1 else f"{count} lowest losses"


def _them(count: int) -> str:
    return "it" if count == 1 else "them"


def _judged(judgement: Judgement, noise: Noise | None) -> str:
    repeats, count = judgement.repeats, len(judgement.repeats.losses)
    if judgement.p is not None:
        standing = "still ahead" if judgement.stands else "not ahead"
        verdict = f"{standing} (Student's t, n = {count}, {p_text(judgement.p)})"
    else:
        verdict = (
            "too few replicates to tell" if noise is None else "replicates that do not differ tell nothing"
        )
    times = "once" if count == 1 else f"{count} times"
    failed = f"; {repeats.failed} more did not finish" if repeats.failed else ""
    return (
        f"{repeats.name} had {number_text(repeats.loss)}; trained {times} more with other seeds its mean is "
        f"{number_text(judgement.mean)}{failed}, beside {number_text(judgement.rival)}, the lowest of the "
        f"others: {verdict}."
    )


def _noise(noise: Noise, is_log: bool) -> str:
    repeated = f"({runs_text(noise.runs)} repeated, {counted(noise.freedom, 'degree')} of freedom)"
    if not noise.deviation:
        return f"Replicates of one run have the very same loss {repeated}: does its training use the seed?"
    return f"Replicates of one run differ by {_size(noise, is_log)}, a standard deviation {repeated}."


def _size(noise: Noise, is_log: bool) -> str:
    if not is_log:
        return number_text(noise.deviation, 3)
    part = float(np.expm1(noise.deviation))
    return f"{number_text(100 * part, 2)} %" if part < _SMALL else f"a factor of {number_text(1 + part, 3)}"
