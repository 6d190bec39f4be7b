"""A run's hyperparameters beside those of its neighbours, what differs first."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

ABSENT = object()  # the value of a hyperparameter that a run does not have


class Difference(IntEnum):
    """How much a value tells about a run; the order is that of the lines."""

    FROM_BOTH = 0  # neighbours
    FROM_ONE = 1
    ELSEWHERE = 2  # in the search there are other values
    NOWHERE = 3


@dataclass(frozen=True, slots=True)
class Line:
    """One hyperparameter: the run's own value, then those of its neighbours; ABSENT where there is none."""

    name: str
    difference: Difference
    value: Any
    others: tuple[Any, ...]


def compare(
    params: Mapping[str, Any], neighbours: Sequence[Mapping[str, Any]], varying: Collection[str]
) -> list[Line]:
    """Return a line for each hyperparameter that the run or a neighbour has.

    `varying` are those that have more than one value among all runs of the search.
    """
    names = {name for some in (params, *neighbours) for name in some}
    lines = [_line(name, params, neighbours, name in varying) for name in names]
    return sorted(lines, key=lambda line: (line.difference, line.name))


def _line(
    name: str, params: Mapping[str, Any], neighbours: Sequence[Mapping[str, Any]], is_varying: bool
) -> Line:
    value, others = params.get(name, ABSENT), tuple(some.get(name, ABSENT) for some in neighbours)
    different = sum(not _same(value, other) for other in others)
    if different:
        difference = Difference.FROM_BOTH if different == len(others) else Difference.FROM_ONE
    else:
        difference = Difference.ELSEWHERE if is_varying else Difference.NOWHERE
    return Line(name, difference, value, others)


def _same(one: Any, other: Any) -> bool:
    """Tell whether two JSON values are written alike: 1, 1.0 and true are equal in Python only."""
    if one is other:
        return True
    if ABSENT in (one, other) or type(one) is not type(other):
        return False
    return bool(json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True))
