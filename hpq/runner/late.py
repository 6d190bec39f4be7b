"""How a late run gets its values: in its training process, from what became of the runs before.

Code of the user's draws them, so no runner does. What it draws is kept before the attempt begins: a process
that is killed earlier leaves a run that waits, and a later attempt finds values and draws none.
"""

from dataclasses import replace
from typing import Any

from hpq.queue.experience import experience
from hpq.queue.reader import Reader
from hpq.queue.values import keep_values, read_values
from hpq.runner.job import Job
from hpq.runner.source import load_search
from hpq.runner.turn import turn
from hpq.search import post
from hpq.search.file import Search
from hpq.search.tpe import draw_tpe, import_optuna
from hpq.search.usercode import user_code


def with_values(job: Job) -> Job:
    """Return the job with the values of its run, which are drawn if it has none yet.

    Raises NoOptunaError or OSError where it is the machine that lacks something.
    """
    values = read_values(job.run.params)
    if values is None:
        import_optuna()
        search = load_search(job)  # before its turn, since what the file imports may take long
        with turn(job.root.turn(job.header["search"])):
            values = keep_values(job.run.params, job.record(_draw(job, search)))
    return replace(job, params=values)


def _draw(job: Job, search: Search | None) -> dict[str, Any]:
    header = job.header
    runs = [run for run in Reader(job.root).read() if run.search == header["search"]]
    pasts = experience(run for run in runs if run.number != job.number)
    sample, path = (search.sample, search.path) if search else (post.sample, None)
    with user_code(path, is_quiet=True):
        return draw_tpe(sample, header["seed"], job.number, header["fixed"], pasts).values
