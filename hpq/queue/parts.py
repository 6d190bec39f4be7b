"""The runs of a search, batch by batch, and found by their number."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

from hpq.queue.batches import BatchName
from hpq.queue.draws import Draws
from hpq.queue.listing import Sign
from hpq.queue.runs import Run


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """The runs of one batch: all of a batch that is kept, since the runs hold the parameters."""

    name: BatchName
    sign: Sign  # of its file, from before it was read
    header: dict[str, Any]
    drawn: Draws
    runs: list[Run]  # replaced one by one as they change


class Parts:
    """The parts of one search, in the order of their numbers."""

    def __init__(self, parts: Iterable[Part] = ()) -> None:
        self._parts = sorted(parts, key=lambda part: part.name.first)
        self._firsts = [part.name.first for part in self._parts]
        ends = (part.name.first + part.name.count for part in self._parts)
        self._ends = list(accumulate(ends, max))  # before which all numbers up to a part lie

    def holding(self, number: int) -> Iterator[Part]:
        """Return the parts that hold a number: one, or more where somebody copied a batch."""
        index = bisect_right(self._firsts, number)
        while index and number < self._ends[index - 1]:
            index -= 1
            if number in self._parts[index].name.numbers:
                yield self._parts[index]
