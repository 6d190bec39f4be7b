"""Draws: what `sample(s)` gets, and what it may not do."""

import copy

import pytest

from hpq.errors import UsageError
from hpq.search.domains import Kind, SpaceError
from hpq.search.draw import Draw
from hpq.search.names import Names


def first(_name: str, domain):
    """Choose the least of a domain, for tests in which the value does not matter."""
    if domain.kind is Kind.SUBSET:
        return list(domain.items[: domain.low])
    return domain.items[0] if domain.items else domain.low


def test_every_method_returns_the_value_that_the_run_has() -> None:
    s = Draw(first)
    returned = {
        "lr": s.float("lr", 0.5, 1),
        "n": s.int("n", 3, 4),
        "flag": s.bool("flag"),
        "kind": s.choice("kind", ["a", "b"]),
        "layers": s.subset("layers", range(3), size=2),
        "steps": s.fix("steps", 7),
    }
    assert (
        returned == s.values == {"lr": 0.5, "n": 3, "flag": False, "kind": "a", "layers": [0, 1], "steps": 7}
    )
    assert [domain.kind for domain in s.domains.values()] == list(Kind)


def test_what_sample_does_to_its_lists_changes_no_run() -> None:
    items, given, fixed = [["a"], ["b"]], {"deep": [1]}, {"set": [1]}
    s = Draw(first, fixed)
    s.choice("kind", items).append("more")
    s.subset("layers", range(3), size=2).reverse()
    s.fix("given", given)["deep"].append(2)
    s.fix("set", [0]).append(2)
    items[0].append("later")
    given["deep"].append(3)
    assert s.values == {"kind": ["a"], "layers": [0, 1], "given": {"deep": [1]}, "set": [1]}
    assert fixed == {"set": [1]}


WRONG = [
    (lambda s: (s.int("x", 1, 2), s.int("x", 1, 2)), ["'x'", "twice"]),
    (lambda s: (s.int("x", 1, 2), s.fix("x", 1)), ["'x'", "twice"]),
    (lambda s: (s.int("x", 1, 2), s.int("x.y", 1, 2)), ["'x'", "'x.y'", "group"]),
    (lambda s: (s.int("x.y", 1, 2), s.int("x", 1, 2)), ["'x'", "'x.y'", "group"]),
    (lambda s: s.int("x y", 1, 2), ["'x y'"]),
    (lambda s: s.int(3, 1, 2), ["not 3"]),
    (lambda s: s.int(["x"], 1, 2), ["['x']"]),
    (lambda s: s.uniform("x", 1, 2), ["s.uniform", "write s.float("]),
    (lambda s: s.log_uniform("x", 1, 2), ["log=True"]),
    (lambda s: s.categorical("x", [1]), ["s.categorical", "write s.choice("]),
    (lambda s: s.flaot("x", 1, 2), ["s.flaot", "did you mean s.float?"]),
    (lambda s: s.normal("x", 0, 1), ["s.normal", "only s.float, s.int, s.bool, s.choice, s.subset, s.fix"]),
]


@pytest.mark.parametrize(("sample", "told"), WRONG)
def test_what_makes_no_sense_is_told_in_one_sentence(sample, told: list[str]) -> None:
    with pytest.raises(SpaceError) as refused:
        sample(Draw(first))
    assert all(word in str(refused.value) for word in told)
    assert "\n" not in str(refused.value)


def test_names_of_other_draws_of_the_space_count_too() -> None:
    names = Names()
    Draw(first, names=names).int("a", 1, 2)
    Draw(first, names=names).int("a", 1, 2)
    with pytest.raises(SpaceError, match=r"'a' is a value, and the group of 'a\.b'"):
        Draw(first, names=names).int("a.b", 1, 2)


def test_a_fixed_value_takes_the_place_of_a_draw_and_must_be_of_its_kind() -> None:
    s = Draw(lambda *_: pytest.fail("it was drawn"), {"x": 50})
    assert s.int("x", 1, 9) == 50
    with pytest.raises(UsageError, match="--set y"):
        Draw(first, {"y": "text"}).int("y", 1, 9)


def test_python_may_look_for_its_own_methods() -> None:
    assert not hasattr(Draw(first), "__length_hint__")
    assert copy.copy(Draw(first, {"x": 3})).fix("x", 1) == 3
