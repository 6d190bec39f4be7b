"""Domains: what makes no sense is told with its name and its value; values read like JSON."""

import json
import math
from enum import Enum, IntEnum

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hpq.search.domains import (
    MAX_ITEMS,
    Kind,
    SpaceError,
    choice_domain,
    copied,
    fixed_domain,
    number_domain,
    subset_domain,
)

BOUNDS = [
    ((Kind.INT, 5, 4, False, None), ["low 5", "high 4", "swap"]),
    ((Kind.FLOAT, 0, 1, True, None), ["log", "above 0", "not 0"]),
    ((Kind.FLOAT, -1, 1, True, None), ["log", "not -1"]),
    ((Kind.FLOAT, 0, math.nan, False, None), ["high", "nan"]),
    ((Kind.FLOAT, -math.inf, 1, False, None), ["low", "-inf"]),
    ((Kind.INT, 0, 10**400, False, None), ["high", "±1e+300", "not at 2**1329"]),
    ((Kind.FLOAT, -1e301, 0, False, None), ["low", "±1e+300", "-1e+301"]),
    ((Kind.FLOAT, "0", 1, False, None), ["number", "str '0'"]),
    ((Kind.INT, True, 4, False, None), ["number", "bool True"]),
    ((Kind.INT, None, 4, False, None), ["number", "None"]),
    ((Kind.INT, [1], 4, False, None), ["number", "list [1]"]),
    ((Kind.INT, 1, 4.5, False, None), ["whole", "4.5", "float"]),
    ((Kind.INT, 1, 4, False, 0.5), ["whole", "step", "0.5"]),
    ((Kind.FLOAT, 0, 1, False, 0), ["step", "not 0"]),
    ((Kind.INT, 0, 9, False, -2), ["step", "not -2"]),
    ((Kind.FLOAT, 0, 1e300, False, 1e-300), ["step 1e-300", "too small"]),
    ((Kind.FLOAT, 1, 2, True, 0.1), ["log", "step"]),
]


@pytest.mark.parametrize(("arguments", "told"), BOUNDS)
def test_bounds_that_make_no_sense_are_told(arguments: tuple, told: list[str]) -> None:
    with pytest.raises(SpaceError) as refused:
        number_domain("x.y", *arguments)
    assert all(word in str(refused.value) for word in ["'x.y'", *told])


def test_a_number_is_not_taken_for_an_equal_one_of_another_type() -> None:
    assert type(number_domain("x", Kind.FLOAT, 1.0, 2, False, None).low) is float
    assert type(number_domain("x", Kind.FLOAT, 1, 2, False, None).low) is int
    with pytest.raises(SpaceError):
        number_domain("x", Kind.FLOAT, True, 2, False, None)


ITEMS = [
    ([], "at least one"),
    ((), "at least one"),
    ("ab", "as a list, not as str 'ab'"),
    ({"a": 1}, "as a list, not as dict"),
    ({"a"}, "order of a set"),
    (frozenset([1]), "order of a set"),
    (3, "as a list, not as 3"),
    ([{1, 2}], "JSON"),
    ([math.inf], "JSON"),
    ([[1, math.nan]], "JSON"),
    ([{1: 2}], "JSON"),
    ([b"x"], "JSON"),
    (range(2**62), "more than 10,000"),
    (iter(int, 1), "more than 10,000"),  # it never ends
]


@pytest.mark.parametrize(("items", "told"), ITEMS)
def test_what_cannot_be_chosen_from_is_told(items, told: str) -> None:
    with pytest.raises(SpaceError) as refused:
        choice_domain("x", items)
    assert told in str(refused.value)


def test_whatever_is_in_order_can_be_chosen_from() -> None:
    for items in ([1, 2], (1, 2), range(1, 3), iter([1, 2]), {1: "a", 2: "b"}.keys()):
        assert choice_domain("x", items).items == (1, 2)
    assert len(choice_domain("x", range(MAX_ITEMS)).items) == MAX_ITEMS


SIZES = [
    (3, "up to 3"),
    ((0, 3), "up to 3"),
    ((2, 1), "(2, 1)"),
    (-1, "-1"),
    (1.5, "1.5"),
    (True, "True"),
    (None, "None"),
    ((1, 2, 3), "(1, 2, 3)"),
    ("12", "'12'"),
]


@pytest.mark.parametrize(("size", "told"), SIZES)
def test_a_size_that_makes_no_sense_is_told(size, told: str) -> None:
    with pytest.raises(SpaceError) as refused:
        subset_domain("x", ["a", "b"], size)
    assert told in str(refused.value)


def test_one_size_is_both_bounds_and_none_of_nothing_is_fine() -> None:
    assert subset_domain("x", ["a", "b"], 2)[1:3] == (2, 2)
    assert subset_domain("x", [], 0)[1:3] == (0, 0)


def test_equal_values_of_several_types_stay_what_they_are() -> None:
    for value in (1, True, 1.0, 1):
        assert type(fixed_domain("x", value).items[0]) is type(value)


def test_a_fixed_value_that_holds_itself_is_no_json() -> None:
    ring: list = []
    ring.append(ring)
    for value in (ring, object(), math.nan, 1j):
        with pytest.raises(SpaceError, match=r"'x'.*JSON"):
            fixed_domain("x", value)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner) | st.tuples(inner, inner),
)


@given(JSON)
def test_values_are_what_their_json_reads_as(value) -> None:
    read = json.loads(json.dumps(value))
    assert json.dumps(copied(value)) == json.dumps(read)
    assert copied(value) == read


def test_members_of_enumerations_become_plain() -> None:
    small = IntEnum("Small", "ONE TWO")
    text = Enum("Text", {"A": "a.b"}, type=str)
    plain = copied([small.TWO, text.A, {text.A: small.ONE}])
    assert plain == [2, "a.b", {"a.b": 1}]
    assert [type(plain[0]), type(plain[1]), type(next(iter(plain[2])))] == [int, str, str]
