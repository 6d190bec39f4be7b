"""The report in sentences, each with its test, the number of runs and p."""

from dataclasses import dataclass

from hpq.queue.states import State
from hpq.results.plain import number_text, plain
from hpq.results.report.crash_words import crash_sentences
from hpq.results.report.direction_words import direction_sentences
from hpq.results.report.luck_words import luck_sentences
from hpq.results.report.phrases import counted, runs_text
from hpq.results.report.report import Report


@dataclass(frozen=True, slots=True)
class Section:
    """A question, and the sentences that answer it. The first says it in a word."""

    title: str
    sentences: tuple[str, ...]


def sections(report: Report) -> list[Section]:
    """Return the report as sections of sentences."""
    unfinished, guided = report.counts.get(State.UNFINISHED, 0), report.samplers.get("tpe", 0)
    return [
        Section("Do crashes bunch?", tuple(crash_sentences(report.crashes, guided))),
        Section("Is there a direction?", tuple(direction_sentences(report.directions, unfinished, guided))),
        Section("Are the leaders luck?", tuple(luck_sentences(report.luck))),
    ]


def title(report: Report) -> str:
    return ", ".join(map(plain, report.searches)) or "No search"


def heading(report: Report) -> str:
    """Return what was searched, how the draws stand, and which is best."""
    counts = ", ".join(f"{count:,} {state}" for state, count in report.counts.items())
    draws = f"{runs_text(sum(report.counts.values()))} ({counts})" if counts else "no draws"
    parts = [f"{title(report)}: {draws}"]
    if report.replicates:
        parts.append(f"{counted(report.replicates, 'replicate')} besides")
    if report.best is not None and report.best.best is not None:
        parts.append(f"the lowest loss is {number_text(report.best.best)}, of {report.best.id}")
    return "; ".join(parts)
