"""`--set`: how values are read, and which a hyperparameter takes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hpq.errors import UsageError
from hpq.search.domains import Domain, Kind, choice_domain, fixed_domain, number_domain, subset_domain
from hpq.search.overrides import check_fixed, parse_overrides

INT = number_domain("x", Kind.INT, 1, 9, False, None)
FLOAT = number_domain("x", Kind.FLOAT, 1, 9, False, None)
BOOL = Domain(Kind.BOOL, items=(False, True))
SUBSET = subset_domain("x", [0, 1], 1)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("x=3", 3),
        ("x=-3", -3),
        ("x=0.5", 0.5),
        ("x=1e-3", 0.001),
        ("x=true", True),
        ("x=False", False),
        ("x=null", None),
        ("x=None", None),
        ("x=[1, 2]", [1, 2]),
        ('x={"a": 1}', {"a": 1}),
        ('x="3"', "3"),
        ("x=conv", "conv"),
        ("x=a=b", "a=b"),
        (" x = a b ", "a b"),
        ("x=", ""),
        ("x=../data é", "../data é"),
        ("x=1e999", "1e999"),
        ("x=NaN", "NaN"),
        ("x=[-Infinity]", "[-Infinity]"),
        ("x=[1e999]", "[1e999]"),
        ("x=[1", "[1"),
        ("x=" + 5000 * "[", 5000 * "["),
        ("x=" + 5000 * "1", 5000 * "1"),
    ],
)
def test_a_value_is_json_or_else_text(text: str, value) -> None:
    parsed = parse_overrides([text])["x"]
    assert (parsed, type(parsed)) == (value, type(value))


@given(st.text())
def test_no_text_is_a_traceback(text: str) -> None:
    assert list(parse_overrides([f"x={text}"])) == ["x"]


@pytest.mark.parametrize(
    "texts", [["x"], ["=3"], [" = 3"], [""], ["x=1", "x=2"], ["x=1", "x=true"], ["x=1", "x=1.0"]]
)
def test_what_sets_nothing_or_two_things_is_refused(texts: list[str]) -> None:
    with pytest.raises(UsageError, match="--set"):
        parse_overrides(texts)


def test_names_are_set_independently_and_the_same_twice_is_fine() -> None:
    assert parse_overrides(["a=1", "b.c=2", "a=1"]) == {"a": 1, "b.c": 2}


@pytest.mark.parametrize(
    ("domain", "value", "told"),
    [
        (INT, "three", 'a whole number, so it cannot be "three"'),
        (INT, 2.5, "whole number"),
        (INT, True, "whole number"),
        (FLOAT, True, "a number, so it cannot be true"),
        (FLOAT, None, "a number, so it cannot be null"),
        (FLOAT, 10**400, "a number"),
        (BOOL, 1, "true or false"),
        (choice_domain("x", ["a", "b"]), "c", 'one of "a", "b", so it cannot be "c"'),
        (choice_domain("x", ["7", "8"]), 7, "x='\"7\"'"),
        (choice_domain("x", [0, 1]), True, "one of 0, 1"),
        (SUBSET, 0, "list such as"),
        (fixed_domain("x", 10), "ten", "10 by default"),
        (fixed_domain("x", 10), 1.5, "10 by default"),
        (fixed_domain("x", False), 0, "false by default"),
        (fixed_domain("x", "drawings"), 2014, "x='\"2014\"'"),
    ],
)
def test_a_value_of_another_kind_is_refused(domain: Domain, value, told: str) -> None:
    with pytest.raises(UsageError) as refused:
        check_fixed("x", domain, value)
    assert str(refused.value).startswith("--set x: ")
    assert told in str(refused.value)


@pytest.mark.parametrize(
    ("domain", "value", "taken"),
    [
        (INT, 50, 50),
        (INT, 3.0, 3),
        (FLOAT, 0, 0.0),
        (FLOAT, -1e300, -1e300),
        (BOOL, True, True),
        (choice_domain("x", [1, True, 2.0]), True, True),
        (choice_domain("x", [1, True, 2.0]), 2, 2.0),
        (choice_domain("x", [[1, 2], None]), [1, 2], [1, 2]),
        (choice_domain("x", [[1, 2], None]), None, None),
        (SUBSET, [5, 6], [5, 6]),
        (fixed_domain("x", 1.5), 2, 2.0),
        (fixed_domain("x", 10), 20.0, 20),
        (fixed_domain("x", None), "any", "any"),
        (fixed_domain("x", "any"), None, None),
    ],
)
def test_a_value_of_its_kind_is_taken_outside_the_bounds_too(domain: Domain, value, taken) -> None:
    checked = check_fixed("x", domain, value)
    assert (checked, type(checked)) == (taken, type(taken))
