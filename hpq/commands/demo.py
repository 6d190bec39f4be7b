"""`hpq demo`: a small search from end to end, with its picture."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from hpq.commands.plot import draw_picture
from hpq.commands.run import run
from hpq.queue.enqueue import Origin, enqueue, next_number
from hpq.queue.paths import RootPaths
from hpq.queue.reader import Reader
from hpq.queue.root import create_root, locked, root_folder
from hpq.queue.runs import Run
from hpq.queue.states import State
from hpq.queue.trust import check_owner
from hpq.runner.job import Limits
from hpq.runner.rules import Rules
from hpq.runner.slots import cpu_slots
from hpq.search import demo
from hpq.search.plan import Plan

NAME = "demo"
RUNS = 48
WORKERS = 2
SEED = 2017
# As a small GPU has them: draws that are too large crash, and slow ones end early.
LIMITS = Limits(time_s=15, memory_bytes=170 * 2**20)
PICTURE = Path("hpsearch.png")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "-o", "--output", type=Path, default=PICTURE, help=f"the picture (default: {PICTURE})"
    )


def main(options: argparse.Namespace) -> int:
    paths = create_root(root_folder(options.root))
    check_owner(paths)
    waiting = sum(run.state is State.QUEUED and run.search == NAME for run in Reader(paths).read())
    if waiting:
        print(f"{waiting} runs of an earlier demo wait and go on")
    else:
        _queue(paths)
    code = run(paths, cpu_slots(WORKERS), LIMITS, Rules(grace_s=5))
    if code:
        return code
    runs = [run for run in Reader(paths).read() if run.search == NAME]
    draw_picture(runs, options.output, title="hpq demo: a scaled-down search of the post's space")
    print(f"the picture is {options.output}")
    _say_where_it_crashed(runs)
    print(f"next: hpq report · hpq status · hpq ls --sort loss · hpq show {runs[0].id}")
    return 0


def _say_where_it_crashed(runs: Sequence[Run]) -> None:
    from hpq.results.report.report import make_report  # imports scipy
    from hpq.results.report.words import sections

    section = sections(make_report(runs))[0]
    print(section.title, *section.sentences[:2])


def _queue(paths: RootPaths) -> None:
    plan = Plan(demo.sample, None, SEED, {}, count=RUNS)
    plan.check()
    with locked(paths):
        first = next_number(paths, NAME)
        enqueue(paths, NAME, first, plan.draw(first), Origin(seed=SEED, sampler="random", folder=Path.cwd()))
    print(f"{RUNS} runs are queued; {WORKERS} train at a time, each for {LIMITS.time_s:.0f} s at most")
