"""Whether there is a direction: planted ones are found, chance is not, and survivors do not mislead."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest

from hpq.queue.runs import Run
from hpq.queue.states import State
from hpq.results.columns import Columns
from hpq.results.report.crashes import find_crashes
from hpq.results.report.direction import Directions, find_directions
from hpq.results.report.report import make_report
from hpq.search import post
from hpq.search.samplers import draw_run

Effect = Callable[[dict[str, Any]], float]


def searched(
    count: int,
    effect: Effect,
    *,
    noise: float = 0.2,
    seed: int = 1,
    has_crashed: Callable[[dict[str, Any]], bool] = lambda _: False,
) -> Columns:
    """Return a search over the post's space whose losses are what draws make them, times noise."""
    rng, runs = np.random.default_rng(seed), []
    for number in range(1, count + 1):
        params = draw_run(post.sample, seed, number).values
        loss = None if has_crashed(params) else float(np.exp(effect(params) + noise * rng.normal()))
        state = State.CRASHED if loss is None else State.FINISHED
        runs.append(Run(f"x-{number:03d}", "x", number, state, params, loss=loss, best=loss))
    return Columns(runs)


def found(columns: Columns, crowded: Sequence[str] = ()) -> Directions:
    return find_directions(columns, np.arange(len(columns.runs)), crowded)


def test_a_slope_is_found_and_told_in_units_of_loss() -> None:
    directions = found(searched(100, lambda p: -p["reader.size"] / 300))
    (direction,) = directions.found
    assert (direction.name, direction.n, direction.test) == ("reader.size", 100, "Spearman")
    assert direction.p <= 0.001
    assert direction.where.endswith(" and more")
    assert int(direction.where.removesuffix(" and more")) > 170
    assert direction.inside < direction.outside
    assert direction.effect == direction.inside - direction.outside


def test_a_valley_is_found_and_told_by_where_it_lies() -> None:
    directions = found(searched(150, lambda p: ((p["reader.size"] - 144) / 112) ** 2))
    (direction,) = directions.found
    low, high = map(int, direction.where.split(" to "))
    assert direction.test == "Kruskal–Wallis"
    assert 80 < low < high < 210


def test_a_category_is_told_by_its_name() -> None:
    (direction,) = found(searched(100, lambda p: -0.4 * (p["convnet.kind"] == "straight"))).found
    assert (direction.name, direction.where) == ("convnet.kind", "straight")


def test_a_hyperparameter_that_few_runs_have_is_compared_among_those() -> None:
    directions = found(searched(150, lambda p: -p.get("merger.depth", 30) / 30))
    by_name = {direction.name: direction for direction in directions.found}
    assert 55 < by_name["merger.depth"].n < 95


def test_chance_has_no_direction_and_what_would_have_been_found_is_told() -> None:
    directions = found(searched(100, lambda _: 0.0))
    assert directions.found == ()
    assert directions.tried == 13
    assert directions.detectable is not None
    assert 0.1 < directions.detectable < 0.3
    more = found(searched(400, lambda _: 0.0)).detectable
    assert more is not None
    assert more < directions.detectable / 2


def test_only_runs_that_finished_and_repeat_no_other_are_compared() -> None:
    columns = searched(80, lambda p: -p["reader.size"] / 300)
    unfinished = [run._replace(id=f"y-{run.id}", state=State.UNFINISHED, best=9.0) for run in columns.runs]
    replicates = [run._replace(id=f"z-{run.id}", replicates=run.id, best=0.1) for run in columns.runs]
    assert found(Columns([*columns.runs, *unfinished, *replicates])) == found(columns)


def test_losses_of_any_scale_and_sign_give_the_same_findings() -> None:
    columns = searched(80, lambda p: -p["reader.size"] / 300)
    moved = [run._replace(best=(run.best or 0.0) * 1e-9 - 5.0) for run in columns.runs]
    here, there = found(columns), found(Columns(moved))
    assert [each.name for each in there.found] == [each.name for each in here.found]
    assert there.found[0].p == here.found[0].p


def too_large(params: dict[str, Any]) -> bool:
    return bool(params["convnet.depth"] * params["convnet.profundity"] > 7000)


def test_survivors_mislead_and_the_adjusted_test_is_not_misled() -> None:
    """Runs crash by depth times profundity, and the loss falls with depth alone."""
    naive = adjusted = 0
    for seed in range(12):
        columns = searched(
            300, lambda p: -p["convnet.depth"] / 250, noise=0.25, seed=seed, has_crashed=too_large
        )
        crowded = sorted(find_crashes(columns, np.arange(300)).names)
        assert {"convnet.depth", "convnet.profundity"} <= set(crowded)
        naive += "convnet.profundity" in {each.name for each in found(columns).found}
        directions = found(columns, crowded)
        names = {each.name for each in directions.found}
        assert "convnet.depth" in names
        assert set(directions.adjusted_for) == set(crowded)
        adjusted += "convnet.profundity" in names
    assert naive >= 8
    assert adjusted <= 1


def test_runs_that_did_not_finish_mislead_as_crashes_do() -> None:
    columns = searched(300, lambda p: -p["convnet.depth"] / 250, noise=0.25, seed=1)
    runs = [run._replace(state=State.UNFINISHED) if too_large(run.params) else run for run in columns.runs]
    report = make_report(runs)
    assert report.crashes.whole.crashed == 0
    assert {"convnet.depth", "convnet.profundity"} <= set(report.directions.adjusted_for)
    assert "convnet.profundity" in {each.name for each in found(Columns(runs)).found}
    assert [each.name for each in report.directions.found] == ["convnet.depth"]


def test_a_direction_among_survivors_is_told_as_partial() -> None:
    columns = searched(200, lambda p: -p["reader.size"] / 300, has_crashed=too_large)
    crowded = ["convnet.depth", "convnet.profundity", "convnet.kind", "merger.depth"]
    (direction,) = found(columns, crowded).found
    assert (direction.name, direction.test) == ("reader.size", "partial Spearman")


@pytest.mark.parametrize("count", [0, 1, 2, 7])
def test_a_handful_of_runs_says_nothing(count: int) -> None:
    directions = found(searched(count, lambda p: p["batch_size"] / 10))
    assert (directions.found, directions.least_p) == ((), None)


def test_equal_losses_have_no_direction() -> None:
    columns = searched(50, lambda _: 0.0, noise=0.0)
    assert found(columns).found == ()
    assert found(columns, ["convnet.depth"]).found == ()


def drawn(count: int, loss: Callable[[dict[str, float]], float], seed: int, copies: int = 0) -> Columns:
    """Return finished runs with ten numbers each, the first of which have the same values as another."""
    rng, runs = np.random.default_rng(seed), []
    for number in range(count):
        values = {f"h{index}": float(rng.random()) for index in range(10)}
        values |= {f"h{index}": values["h9"] for index in range(copies)}
        runs.append(Run(f"x-{number}", "x", number, State.FINISHED, values, best=loss(values) + rng.random()))
    return Columns(runs)


def test_chance_passes_no_more_often_when_many_are_adjusted_for() -> None:
    """Six of them leave 30 runs with 17 degrees of freedom."""
    crowded = [f"h{index}" for index in range(6)]
    p = [found(drawn(30, lambda _: 0.0, seed), crowded).least_p for seed in range(60)]
    assert 4 <= sum(each is not None and each <= 0.2 for each in p) <= 20


def test_a_direction_stands_out_when_many_are_adjusted_for() -> None:
    crowded = [f"h{index}" for index in range(6)]
    directions = found(drawn(60, lambda values: 4 * values["h8"], 1), crowded)
    assert [each.name for each in directions.found] == ["h8"]


def test_what_others_explain_wholly_has_no_direction_of_its_own() -> None:
    columns = drawn(100, lambda values: 1e9 * values["h9"], 1, copies=2)
    assert [each.name for each in found(columns).found] == ["h0", "h1", "h9"]
    assert found(columns, ["h0", "h1", "h9"]).found == ()


def test_with_more_to_adjust_for_than_runs_nothing_is_left_to_find() -> None:
    columns = drawn(20, lambda values: 4 * values["h8"], 1)
    directions = found(columns, [f"h{index}" for index in range(10)])
    assert (directions.found, directions.least_p) == ((), 1.0)


def test_losses_as_large_as_numbers_get_are_no_obstacle() -> None:
    columns = searched(80, lambda p: -p["reader.size"] / 300)
    huge = [run._replace(best=1.7e308 * (1 - 2 * (index % 2))) for index, run in enumerate(columns.runs)]
    assert found(Columns(huge)).n == 80
    slope = [run._replace(best=1e308 * (run.params["reader.size"] / 128 - 1)) for run in columns.runs]
    assert np.isfinite(found(Columns(slope)).found[0].effect)


def test_what_only_goes_along_with_a_cause_of_losses_is_not_confirmed() -> None:
    rng, runs = np.random.default_rng(2), []
    for number in range(150):
        values = {"cause": rng.random(), "other": rng.random()}
        values["companion"] = values["cause"] + 0.3 * rng.random()
        loss = 3 * values["cause"] + rng.random()
        runs.append(Run(f"x-{number}", "x", number, State.FINISHED, values, best=loss))
    assert {each.name for each in found(Columns(runs)).found} == {"cause", "companion"}
    assert [each.name for each in found(Columns(runs), ["other"]).found] == ["cause"]
