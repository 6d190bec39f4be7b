"""Which attempts of a search's runs are claimed, as a reader keeps it up to date."""

import time
from collections.abc import Iterable, Mapping
from pathlib import Path

from hpq.queue.claims import Claim, parse_claim, read_claim
from hpq.queue.listing import Clock, Listing


class Claimed:
    """The claims in a search's folder. A look costs a call of stat, and only new names are parsed."""

    def __init__(self, folder: Path, clock: Clock = time.monotonic) -> None:
        self._folder = str(folder)
        self._listing = Listing(folder, clock)
        self._names: set[str] | None = None  # before the first look
        self._later: dict[int, int] = {}  # the newest claimed attempt by number, where it is not the first

    def look(self) -> set[int]:
        """Return the numbers of the runs on which a claim appeared or went since the last look."""
        names = self._listing.look()
        if names is None:
            return set()
        if self._names is None:  # no run was read yet, and most have one claim
            self._names = names
            self._note(name for name in names if not name.endswith(".1"))
            return set()
        came = names - self._names
        went = self._names - names if len(names) < len(self._names) + len(came) else set()
        self._names = names
        if went:
            self._later.clear()
            self._note(names)
        return self._note(came) | {parsed[0] for name in went if (parsed := parse_claim(name))}

    @property
    def names(self) -> set[str]:
        """The names of the claims at the last look."""
        return self._names or set()

    @property
    def later(self) -> Mapping[int, int]:
        """The newest claimed attempt by number, where it is not the first."""
        return self._later

    def newest(self, number: int) -> int:
        """Return the newest attempt of a run that was claimed, or 1."""
        return self._later.get(number, 1)

    def knows(self, number: int) -> bool:
        """Tell whether there was a claim on any attempt of a run at the last look."""
        return number in self._later or f"{number}.1" in self.names

    def has(self, number: int, attempt: int) -> bool:
        """Tell whether there was a claim on an attempt at the last look."""
        return f"{number}.{attempt}" in self.names

    def read(self, number: int, attempt: int) -> Claim | None:
        """Return the claim on an attempt, or None if it is gone."""
        return read_claim(f"{self._folder}/{number}.{attempt}")

    def _note(self, names: Iterable[str]) -> set[int]:
        numbers = set()
        for name in names:
            if parsed := parse_claim(name):
                number, attempt = parsed
                numbers.add(number)
                if attempt > self.newest(number):
                    self._later[number] = attempt
        return numbers
