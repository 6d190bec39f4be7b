"""What a report says to the question whether there is a direction."""

from collections.abc import Iterator

from hpq.results.plain import number_text, plain
from hpq.results.report.direction import Direction, Directions
from hpq.results.report.phrases import counted, guided_text, listed, p_text, percent, runs_text, verb
from hpq.results.report.variables import LEAST


def direction_sentences(directions: Directions, unfinished: int, guided: int) -> Iterator[str]:
    """Yield what there is to say of a direction; so many draws are unfinished, and so many were TPE's."""
    if directions.least_p is None:
        yield f"That cannot be told: {runs_text(directions.n)} finished, {_missing(directions)}."
        return
    if directions.found:
        names = [plain(each.name) for each in directions.found]
        yield f"Yes: the loss of finished runs depends on {listed(names)}."
        for each in directions.found:
            yield _found(each)
    else:
        yield from _no_direction(directions)
    if directions.adjusted_for:
        names = [plain(name) for name in directions.adjusted_for]
        yield (
            f"Runs that did not finish bunch along {listed(names)}, and those that survive mislead: so each "
            "hyperparameter was tested on what these, besides itself, leave unexplained (partial rank "
            "correlation)."
        )
    if unfinished:
        runs, they = ("run", "it") if unfinished == 1 else ("runs", "they")
        yield (
            f"Left out {verb(unfinished)} {unfinished:,} unfinished {runs}: what {they} would have come to "
            "is not known."
        )
    if guided:
        yield guided_text(guided)


def _found(each: Direction) -> str:
    return (
        f"{plain(each.name)}: the median loss is {number_text(each.inside)} with {plain(each.where)}, and "
        f"{number_text(each.outside)} elsewhere, a difference of {number_text(each.effect, 3)} ({each.test}, "
        f"n = {each.n:,}, {p_text(each.p)})."
    )


def _missing(directions: Directions) -> str:
    if directions.n < LEAST:
        return "which is too few"
    return "and no hyperparameter has different values often enough among them to compare"


def _no_direction(directions: Directions) -> Iterator[str]:
    if directions.detectable is None:
        yield f"No direction: all {runs_text(directions.n)} that finished have the same loss."
        return
    yield (
        f"No direction found: the loss of {directions.n:,} finished runs depends on none of "
        f"{counted(directions.tried, 'hyperparameter')} as far as they show it (Spearman, Kruskal–Wallis "
        f"and best quarter; n = {directions.n:,}, smallest {p_text(directions.least_p or 1.0)})."
    )
    yield (
        "What so many runs show in four of five such searches is a hyperparameter that explains "
        f"{percent(directions.detectable)} of the variance of the losses' ranks; a weaker one may "
        "be there."
    )
