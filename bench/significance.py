"""The parts of bench/statistics.py: made-up searches in which there is nothing, or one thing, to find."""

import resource
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import made_up
import numpy as np
import statistics_tpe
from made_up import CRASHED, Search, search

from hpq.results.columns import Floats
from hpq.results.report.crashes import find_crashes
from hpq.results.report.direction import find_directions
from hpq.results.report.leaders import LEVEL, clearest_gap

NULLS, EFFECTS = 1000, 400


def nulls(_: Path) -> None:
    """Searches in which crashes and losses come by chance: any flag is a false one."""
    for count in (50, 100, 200):
        seen: Counter[str] = Counter()
        for seed in range(NULLS):
            rng = np.random.default_rng([1, count, seed])
            made = search(count, seed, rng.random(count) < CRASHED, rng.normal(size=count), rng)
            crashes, directions = flags(made)
            seen["crashes"] += bool(crashes)
            seen["direction"] += bool(directions)
            seen["either"] += bool(crashes or directions)
        shares = ", ".join(f"{name} {seen[name] / NULLS:.3f}" for name in ("crashes", "direction", "either"))
        tell(f"null, n = {count}: any flag", shares, "≤ 0.07")


def crashes(_: Path) -> None:
    """Searches in which crashes bunch along depth, or where depth × profundity is too large."""
    for name, count, chance, asked in (
        ("strong slope", 100, made_up.slope, 0.95),
        ("top-fifth cliff", 100, made_up.cliff, 0.90),
        ("out of memory on depth × profundity", 50, made_up.too_large, 0.95),
    ):
        found = others = 0
        for seed in range(EFFECTS):
            rng = np.random.default_rng([2, count, seed])
            draws = made_up.draws(count, seed)
            crashed = rng.random(count) < chance(draws, CRASHED)
            names, _ = flags(search(count, seed, crashed, rng.normal(size=count), rng))
            found += bool(names & {"convnet.depth", "convnet.profundity"})
            others += bool(names - {"convnet.depth", "convnet.profundity"})
        tell(f"{name}, n = {count}: found", shares(found, others), f"≥ {asked:.2f}")


def direction(_: Path) -> None:
    """Finished runs whose loss depends on one hyperparameter, which explains a fifth of its variance."""
    for name, count, target, effect, asked in (
        ("slope, r² = 0.2", 85, "convnet.depth", made_up.straight, 0.85),
        ("U-shape, r² = 0.2", 150, "reader.size", made_up.bowl, 0.80),
    ):
        found = others = 0
        for seed in range(EFFECTS):
            rng = np.random.default_rng([3, count, seed])
            losses = 0.5 * effect(made_up.numbers(made_up.draws(count, seed), target)) + rng.normal(
                size=count
            )
            _, names = flags(search(count, seed, np.zeros(count, bool), losses, rng))
            found += target in names
            others += bool(names - {target})
        tell(f"{name}, n = {count}: found", shares(found, others), f"≥ {asked:.2f}")


def survivors(_: Path) -> None:
    """Runs crash by depth × profundity, and losses depend on depth: what survives misleads on profundity."""
    for count, what in ((150, "of 150 runs"), (250, "150 finished")):
        seen: Counter[str] = Counter()
        for seed in range(EFFECTS):
            rng = np.random.default_rng([4, count, seed])
            draws = made_up.draws(count, seed)
            crashed = made_up.too_large(draws, CRASHED) > 0.5
            losses = -0.6 * made_up.standard(made_up.numbers(draws, "convnet.depth")) + rng.normal(size=count)
            made = search(count, seed, crashed, losses, rng)
            _, names = flags(made)
            naive = {each.name for each in find_directions(made.columns, made.rows, []).found}
            seen["depth"] += "convnet.depth" in names
            seen["profundity"] += "convnet.profundity" in names
            seen["any other"] += bool(names - {"convnet.depth"})
            seen["profundity, not adjusted"] += "convnet.profundity" in naive
        told = ", ".join(f"{name} {number / EFFECTS:.3f}" for name, number in seen.items())
        tell(f"survivors, {what}: direction", told, "profundity ≤ 0.03")


def leaders(_: Path) -> None:
    """Losses without leaders, and some with: three that are ahead by one standard deviation or more."""
    kinds: dict[str, Callable[[np.random.Generator, int], Floats]] = {
        "normal": lambda rng, count: rng.normal(size=count),
        "Gumbel": lambda rng, count: rng.gumbel(size=count),
        "Gumbel of minima": lambda rng, count: -rng.gumbel(size=count),
        "t5": lambda rng, count: rng.standard_t(5, size=count),
        "normal, 3 ahead": made_up.three_ahead,
    }
    asked = {"normal": "≤ 0.05", "Gumbel": "≤ 0.05", "Gumbel of minima": "≤ 0.05", "t5": "≤ 0.10"}
    for name, draw in kinds.items():
        parts = []
        for count in (50, 100, 200):
            rngs = (np.random.default_rng([5, count, seed]) for seed in range(2 * NULLS))
            gaps = [clearest_gap(np.sort(draw(rng, count)))[1] for rng in rngs]
            parts.append(f"n = {count} {np.mean([p is not None and p <= LEVEL for p in gaps]):.3f}")
        tell(f"k ahead, {name}", ", ".join(parts), asked.get(name, ""))


def tpe(_: Path) -> None:
    """The best of 100 runs where large networks crash, drawn by TPE and at random."""
    for line in statistics_tpe.table():
        print(line, flush=True)


def cost(folder: Path) -> None:
    """CPU time of the command, from its start to its end."""
    for count, asked in ((200, "1 s"), (10_000, "10 s")):
        root = folder / f"root-{count}"
        made_up.write_root(root, count)
        times = [cpu_s(["report", "--root", str(root)]) for _ in range(5 if count < 1000 else 3)]
        tell(f"hpq report, {count:,} runs, three causes", f"{np.median(times):.2f} s of CPU", asked)


def flags(made: Search) -> tuple[set[str], set[str]]:
    """Return the hyperparameters that are flagged: for crashes, and for a direction."""
    crashes = find_crashes(made.columns, made.rows)
    directions = find_directions(made.columns, made.rows, crashes.names)
    return set(crashes.names), {each.name for each in directions.found}


def shares(found: int, others: int) -> str:
    return f"{found / EFFECTS:.3f}, others flagged {others / EFFECTS:.3f}"


def tell(what: str, seen: str, asked: str) -> None:
    print(f"{what:<58} {seen:<48} {asked}", flush=True)


def cpu_s(arguments: list[str]) -> float:
    """Return the CPU time of a command of hpq in seconds."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-m", "hpq", *arguments], check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


PARTS: dict[str, Callable[[Path], None]] = {
    "nulls": nulls,
    "crashes": crashes,
    "direction": direction,
    "survivors": survivors,
    "leaders": leaders,
    "tpe": tpe,
    "cost": cost,
}
