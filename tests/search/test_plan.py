"""Plans: from a space to the parameters of runs."""

import pytest

from hpq.errors import HpqError, UsageError
from hpq.search.file import load
from hpq.search.grid import COUNT_LIMIT
from hpq.search.plan import DEFAULT_COUNT, MAX_COUNT, Plan


def sample(s) -> None:
    s.float("lr", 0, 1)
    s.choice("kind", ["a", "b"])


def test_runs_are_the_same_however_they_are_asked_for() -> None:
    together = Plan(sample, None, 7, {}, count=10).draw(1)
    assert together == Plan(sample, None, 7, {}, count=4).draw(1) + Plan(sample, None, 7, {}, count=6).draw(5)
    assert len({draw["lr"] for draw in together}) == 10
    assert Plan(sample, None, 8, {}, count=10).draw(1) != together


def test_without_a_count_there_are_so_many_draws_or_all_of_a_grid() -> None:
    assert len(Plan(sample, None, 7, {}).draw(1)) == DEFAULT_COUNT
    assert len(Plan(sample, None, 7, {}, sampler="grid").draw(1)) == 6
    assert len(Plan(sample, None, 7, {}, sampler="grid", points=5).draw(1)) == 10


def test_a_grid_begins_at_its_beginning_and_knows_its_size() -> None:
    plan = Plan(sample, None, 7, {"kind": "b"}, sampler="grid", count=2)
    assert plan.draw(30) == [{"lr": 0.0, "kind": "b"}, {"lr": 0.5, "kind": "b"}]
    assert plan.grid_extent().count == 3


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"count": 0}, "-n lies between 1 and 1,000,000, not at 0"),
        ({"count": -5}, "not at -5"),
        ({"count": MAX_COUNT + 1}, "not at 1,000,001"),
        ({"points": 0}, "--points lies between 1 and 20,000, not at 0"),
        ({"points": COUNT_LIMIT + 1}, "--points"),
    ],
)
def test_numbers_that_make_no_sense_are_refused(wrong: dict, told: str) -> None:
    with pytest.raises(UsageError, match=told):
        Plan(sample, None, 7, {}, **wrong).check()


def test_only_names_of_the_bundled_model_go_to_it() -> None:
    with pytest.raises(HpqError, match="'lr'"):
        Plan(sample, None, 7, {}, is_bundled=True).check()
    Plan(sample, None, 7, {}).check()


def test_what_only_a_corner_of_a_grid_shows_is_told_with_its_line(write) -> None:
    path = write("def sample(s):\n    n = s.int('n', 1, 10**9)\n    s.subset('x', range(n)[:3], size=3)\n")
    search = load(path)
    plan = Plan(search.sample, path, 7, {}, sampler="grid", points=2)
    plan.check()  # no dry draw comes so low
    for call in (plan.grid_extent, lambda: plan.draw(1)):
        with pytest.raises(HpqError, match=r"search\.py:3: 'x': a subset of up to 3"):
            call()


def test_what_only_a_later_run_shows_is_told_with_its_line(write) -> None:
    path = write("def sample(s):\n    assert s.int('n', 1, 2000) > 1, 'too small'\n")
    search = load(path)
    plan = Plan(search.sample, path, 5, {}, count=20_000)
    plan.check()
    with pytest.raises(HpqError, match=r"search\.py:2: AssertionError: too small"):
        plan.draw(1)
