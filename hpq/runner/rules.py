"""How a runner goes about it: how long it stays, what it tries again, when it gives up."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rules:
    """What the options of `hpq run` say about the runner itself; limits on a run are `Limits`."""

    watch: bool = False  # stay when nothing waits, for what is queued later
    grace_s: float = 30.0  # what a run may take to save and stop before it is killed
    retries: int = 0  # of a run that failed
    give_up_after: int = 10  # instant failures in a row before a slot is out of use; 0 means never
    free_bytes: int | None = None  # what must be free on a GPU before it gets a run
    log_bytes: int = 0  # of a run's log, before it is begun anew; 0 means as many as there are
    on_run_end: str = ""  # a shell command after each attempt
    on_end: str = ""  # and one when nothing waits
