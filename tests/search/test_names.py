"""Names: what they are made of, and that none is both a value and a group."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hpq.search.domains import SpaceError
from hpq.search.names import Names

NAMES = st.lists(st.sampled_from(["a", "b", "c-1"]), min_size=1, max_size=3).map(".".join)


@pytest.mark.parametrize("name", ["lr", "convnet.depth", "a.b.c", "_x", "n-1", "layer.0", "A9"])
def test_words_set_apart_by_dots_are_names(name: str) -> None:
    names = Names()
    names.add(name)
    assert names.values == {name}


@pytest.mark.parametrize(
    "name",
    ["", " ", "x y", "x.", ".x", "x..y", "9", "-x", "é", "x\n", "[/bold]", "{x}", "a=b", 3, None, ["x"]],
)
def test_anything_else_is_none(name) -> None:
    with pytest.raises(SpaceError) as refused:
        Names().add(name)
    assert repr(name) in str(refused.value)


@pytest.mark.parametrize(("one", "other"), [("a.b.c", "a.b"), ("a.b", "a.b.c")])
def test_a_group_is_no_value_in_whatever_order_they_come(one: str, other: str) -> None:
    names = Names()
    names.add(one)
    with pytest.raises(SpaceError, match=r"'a\.b' is a value, and the group of 'a\.b\.c' too"):
        names.add(other)


@given(st.lists(NAMES, unique=True))
def test_names_are_refused_exactly_when_one_is_the_group_of_another(names: list[str]) -> None:
    clash = any(other.startswith(f"{name}.") for name in names for other in names)
    space = Names()
    try:
        for name in names:
            space.add(name)
    except SpaceError:
        assert clash
    else:
        assert not clash


def test_names_that_begin_alike_are_no_groups() -> None:
    names = Names()
    for name in ("a", "ab.c", "a-b.c", "ab.cd"):
        names.add(name)
    assert len(names.values) == 4
