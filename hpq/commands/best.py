"""The network that a run left, for commands that use it."""

from hpq.errors import HpqError
from hpq.queue.outputs import newest_best
from hpq.queue.paths import AttemptPaths, RootPaths
from hpq.queue.reader import Reader
from hpq.queue.runs import Run


def best_attempt(paths: RootPaths, reader: Reader, run: Run) -> AttemptPaths:
    """Return the newest attempt of a run that left a network. Raises HpqError where none did."""
    header = reader.header(run)
    if header.get("command"):
        raise HpqError(
            f"{run.id} was trained by its search's own command: only the bundled model leaves a network "
            "that hpq can use"
        )
    attempt = newest_best(paths.run(run.search, run.number), run.attempt)
    if attempt is None:
        others = "; training code of a search's own leaves none" if header.get("source") else ""
        raise HpqError(
            f"{run.id} has no best.pt: it is {run.state}, and the bundled model leaves one at its first "
            f"validation{others}"
        )
    return attempt
