"""The report for programs: every finding is an object with `name`, `p`, `n` and `effect`."""

from dataclasses import asdict
from typing import Any

from hpq.results.report.crashes import LEVEL as CRASH_LEVEL
from hpq.results.report.crashes import Bunch, Crashes
from hpq.results.report.direction import Directions
from hpq.results.report.leaders import LEVEL as GAP_LEVEL
from hpq.results.report.leaders import Luck
from hpq.results.report.parts import Part
from hpq.results.report.report import Report
from hpq.results.report.words import sections


def report_as_json(report: Report) -> dict[str, Any]:
    """Return what a program is told; docs/reference/report.md lists the names."""
    return {
        "searches": list(report.searches),
        "counts": {str(state): count for state, count in report.counts.items()},
        "samplers": dict(report.samplers),
        "replicates": report.replicates,
        "best": {"name": report.best.id, "loss": report.best.best} if report.best else None,
        "crashes": _crashes(report.crashes),
        "direction": _directions(report.directions),
        "leaders": [asdict(leader) for leader in report.luck.leaders],
        "luck": _luck(report.luck),
        "sentences": {section.title: list(section.sentences) for section in sections(report)},
    }


def _crashes(crashes: Crashes) -> dict[str, Any]:
    return {
        "n": crashes.whole.runs,
        "crashed": crashes.whole.crashed,
        "share": crashes.whole.share,
        "level": CRASH_LEVEL,
        "bunched": [_bunch(bunch) for bunch in crashes.bunched],
        "pairs": [
            {
                **asdict(pair),
                "highest": _part(pair.highest),
                "lowest": _part(pair.lowest),
                "effect": pair.effect,
            }
            for pair in crashes.pairs
        ],
        "causes": [
            {
                "cause": str(cause),
                "n": count,
                "is_tested": cause in crashes.tested,
                "bunched": [_bunch(bunch) for bunch in crashes.by_cause if bunch.cause is cause],
            }
            for cause, count in crashes.causes.items()
        ],
        "tried": crashes.tried,
        "least_p": crashes.least_p,
        "detectable_climb": crashes.detectable,
    }


def _bunch(bunch: Bunch) -> dict[str, Any]:
    return {
        **asdict(bunch),
        "cause": str(bunch.cause) if bunch.cause else None,
        "inside": _part(bunch.inside),
        "outside": _part(bunch.outside),
        "effect": bunch.effect,
    }


def _part(part: Part) -> dict[str, Any]:
    return {**asdict(part), "share": part.share}


def _directions(directions: Directions) -> dict[str, Any]:
    return {
        "n": directions.n,
        "level": directions.level,
        "found": [{**asdict(each), "effect": each.effect} for each in directions.found],
        "adjusted_for": list(directions.adjusted_for),
        "tried": directions.tried,
        "least_p": directions.least_p,
        "detectable_r2": directions.detectable,
    }


def _luck(luck: Luck) -> dict[str, Any]:
    return {
        "n": luck.n,
        "level": GAP_LEVEL,
        "ahead": luck.ahead,
        "p": luck.p,
        "rival": luck.rival,
        "noise": asdict(luck.noise) if luck.noise else None,
        "repeated": [
            {
                "name": each.repeats.name,
                "p": each.p,
                "n": len(each.repeats.losses),
                "effect": each.mean - each.rival,
                "loss": each.repeats.loss,
                "losses": list(each.repeats.losses),
                "mean": each.mean,
                "failed": each.repeats.failed,
                "is_ahead": each.stands,
            }
            for each in luck.judged
        ],
    }
