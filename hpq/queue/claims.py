"""A claim: one symbolic link for each attempt, whose target says who made it.

Creating a link is atomic and exclusive, and carries its content from the first moment: of two
runners exactly one gets the attempt, with the root's lock or without it.
"""

import os
import time
from dataclasses import dataclass
from pathlib import Path

from hpq.queue.files import raise_of_machine
from hpq.queue.life import boot_id, host_name, start_ticks
from hpq.queue.records import moment

CANCELLED = "cancelled"
MOST_ATTEMPTS = 9_999  # of a run: who looks for the newest that counts walks through all


@dataclass(frozen=True, slots=True)
class Claim:
    """Who took an attempt, and when (seconds since the epoch)."""

    owner: str  # a runner's id, or CANCELLED
    at: float

    @property
    def is_cancel(self) -> bool:
        return self.owner == CANCELLED


def runner_id() -> str:
    """Return what names this process among all processes of all hosts."""
    return f"{host_name()}-{boot_id()}-{os.getpid()}-{start_ticks(os.getpid())}"


def make_claim(path: Path | str, owner: str) -> bool:
    """Claim an attempt; return whether it is ours. The link is the commit."""
    target = f"{owner}@{time.time():.3f}"
    try:
        os.symlink(target, path)
    except FileExistsError:
        return False
    except FileNotFoundError:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        return make_claim(path, owner)
    return True


def read_claim(path: Path | str) -> Claim | None:
    """Return the claim on an attempt, or None while there is none. A damaged one has no owner."""
    try:
        owner, _, at = os.readlink(path).rpartition("@")
        at_s = moment(float(at))
    except FileNotFoundError:
        return None
    except OSError as error:
        raise_of_machine(error)
        at_s = None
    except ValueError:
        at_s = None
    return Claim("", 0.0) if at_s is None else Claim(owner, at_s)


def parse_claim(name: str) -> tuple[int, int] | None:
    """Return the run's number and the attempt that a claim's file name names, or None when it is no claim."""
    number, _, attempt = name.partition(".")
    if not (number.isdecimal() and attempt.isdecimal() and 1 <= int(attempt) <= MOST_ATTEMPTS):
        return None
    return int(number), int(attempt)


def list_claims(folder: Path) -> dict[int, list[int]]:
    """Return the claimed attempts of a search's runs by number, each list ascending."""
    claimed: dict[int, list[int]] = {}
    try:
        names = os.listdir(folder)
    except FileNotFoundError:
        return claimed
    for name in names:
        if parsed := parse_claim(name):
            claimed.setdefault(parsed[0], []).append(parsed[1])
    for attempts in claimed.values():
        attempts.sort()
    return claimed
