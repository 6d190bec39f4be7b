"""Whether crashes bunch: planted ones are found, and where; those that come by chance are not."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from hpq.queue.causes import Cause
from hpq.queue.runs import Run
from hpq.queue.states import State
from hpq.results.columns import Columns
from hpq.results.report.crashes import Crashes, bunched, find_crashes
from hpq.search import post
from hpq.search.samplers import draw_run

Crashing = Callable[[dict[str, Any]], Any]
Reason = Callable[[dict[str, Any]], str]
OOM, IMPORT = "out of memory: 3 GiB more could not be had", "ImportError: no module named 'apex'"


def searched(
    count: int,
    crash_share: Crashing,
    *,
    seed: int = 1,
    reason: Callable[[dict[str, Any]], str] = lambda _: OOM,
) -> Columns:
    """Return a search over the post's space in which a run crashes by a chance that its draw gives."""
    rng, runs = np.random.default_rng(seed), []
    for number in range(1, count + 1):
        params = draw_run(post.sample, seed, number).values
        has_crashed = rng.random() < crash_share(params)
        loss = None if has_crashed else float(rng.uniform(1, 2))
        state = State.CRASHED if has_crashed else State.FINISHED
        why = reason(params) if has_crashed else ""
        runs.append(Run(f"x-{number:03d}", "x", number, state, params, loss=loss, best=loss, reason=why))
    return Columns(runs)


def found(columns: Columns) -> Crashes:
    return find_crashes(columns, np.arange(len(columns.runs)))


def test_a_cliff_is_found_and_told_with_its_place_and_shares() -> None:
    crashes = found(searched(150, lambda p: 0.9 if p["convnet.depth"] > 400 else 0.2))
    bunch = crashes.bunched[0]
    assert (bunch.name, bunch.n, bunch.cause) == ("convnet.depth", 150, None)
    assert bunch.p <= 0.001
    assert 380 <= int(bunch.where.removesuffix(" and more")) <= 420
    assert bunch.inside.share > 0.7 > 0.3 > bunch.outside.share
    assert bunch.effect == bunch.inside.share - bunch.outside.share
    assert bunch.inside.runs + bunch.outside.runs == 150
    assert bunch.inside.crashed + bunch.outside.crashed == crashes.whole.crashed


def test_a_band_is_told_by_both_of_its_ends() -> None:
    bunch = found(searched(300, lambda p: 0.95 if 120 < p["reader.size"] < 170 else 0.15)).bunched[0]
    low, high = map(int, bunch.where.split(" to "))
    assert bunch.name == "reader.size"
    assert 105 <= low <= 130
    assert 160 <= high <= 185


def test_small_values_that_crash_are_told_as_such() -> None:
    bunch = found(searched(150, lambda p: 0.9 if p["batch_size"] < 10 else 0.1)).bunched[0]
    assert bunch.name == "batch_size"
    assert bunch.where in ("up to 8", "up to 9", "up to 10")


def test_a_category_is_told_by_its_name() -> None:
    bunch = found(searched(150, lambda p: 0.8 if p["convnet.kind"] == "straight" else 0.1)).bunched[0]
    assert (bunch.name, bunch.where, bunch.test) == ("convnet.kind", "straight", "chi-squared")


def test_a_hyperparameter_that_few_runs_have_is_tested_among_those() -> None:
    crashes = found(searched(200, lambda p: 0.95 if p.get("merger.depth", 0) > 35 else 0.1))
    by_name = {bunch.name: bunch for bunch in crashes.bunched}
    assert 80 < by_name["merger.depth"].n < 120
    assert by_name["merger.kind"].where == "conv"


def test_crashes_by_chance_are_not_flagged_and_what_would_have_been_found_is_told() -> None:
    crashes = found(searched(100, lambda _: 0.4))
    assert crashes.bunched == ()
    assert (crashes.tried, crashes.least_p is not None and crashes.least_p > 0.02) == (13, True)
    assert crashes.detectable is not None
    more = found(searched(400, lambda _: 0.4)).detectable
    assert more is not None
    assert 0.3 < more < crashes.detectable < 1


def test_a_climb_that_is_called_detectable_is_found_in_four_of_five_searches() -> None:
    climb = found(searched(100, lambda _: 0.4)).detectable
    assert climb is not None

    def share(p: dict[str, Any]) -> float:
        return float(0.4 + climb * ((p["convnet.depth"] - 64) / 448 - 0.5))

    hits = 0
    for seed in range(40):
        hits += "convnet.depth" in bunched(searched(100, share, seed=seed), np.arange(100))
    assert 24 <= hits <= 39


def test_a_product_that_runs_out_of_memory_is_told_as_a_pair() -> None:
    crashes = found(searched(120, lambda p: p["convnet.depth"] * p["convnet.profundity"] > 8000))
    assert {"convnet.depth", "convnet.profundity"} == crashes.names
    (pair,) = crashes.pairs
    assert pair.name == "convnet.depth × convnet.profundity"
    assert pair.area > 0.97 > pair.alone
    assert pair.highest.share == 1.0
    assert pair.lowest.share == 0.0


def test_what_crashes_where_one_is_large_and_the_other_small_is_a_quotient() -> None:
    pairs = found(searched(150, lambda p: p["convnet.depth"] / p["convnet.profundity"] > 14)).pairs
    assert [pair.name for pair in pairs] == ["convnet.depth / convnet.profundity"]


def test_two_that_crash_by_themselves_are_not_told_as_a_pair_of_one() -> None:
    crashes = found(searched(150, lambda p: 0.9 if p["convnet.depth"] > 400 else 0.2))
    assert crashes.pairs == ()


def test_a_cause_that_bunches_among_crashes_of_others_is_found() -> None:
    def share(p: dict[str, Any]) -> float:
        return 1.0 if p["convnet.depth"] > 440 else 0.5

    def reason(p: dict[str, Any]) -> str:
        return OOM if p["convnet.depth"] > 440 else IMPORT

    crashes = found(searched(150, share, reason=reason))
    assert list(crashes.causes) == [Cause.IMPORT, Cause.OUT_OF_MEMORY]
    assert crashes.tested == (Cause.IMPORT, Cause.OUT_OF_MEMORY)
    assert (crashes.by_cause[0].name, crashes.by_cause[0].cause) == ("convnet.depth", Cause.OUT_OF_MEMORY)
    assert sum(crashes.causes.values()) == crashes.whole.crashed


def faint(seed: int) -> Columns:
    """Return a search in half of whose runs crash, and of which those out of memory are a little deeper."""

    def reason(p: dict[str, Any]) -> str:
        return OOM if p["convnet.depth"] * (1 + 0.9 * np.sin(p["batch_size"] * 7)) > 260 else IMPORT

    return searched(150, lambda _: 0.5, seed=seed, reason=reason)


def test_a_cause_among_others_has_to_bunch_more_clearly_than_alone() -> None:
    columns = faint(7)
    runs = [
        run._replace(state=State.FINISHED, best=1.0) if run.reason == IMPORT else run for run in columns.runs
    ]
    assert found(Columns(runs)).names == {"convnet.depth"}
    assert len(found(columns).tested) == 2
    assert found(columns).by_cause == ()


def test_what_bunches_with_all_crashes_is_told_of_all_and_not_of_a_cause() -> None:
    columns = searched(
        150,
        lambda p: 0.95 if p["convnet.depth"] > 400 else 0.1,
        reason=lambda p: OOM if p["convnet.depth"] > 400 else IMPORT,
    )
    crashes = found(columns)
    assert [(bunch.name, bunch.cause) for bunch in crashes.bunched] == [("convnet.depth", None)]
    assert Cause.OUT_OF_MEMORY in {bunch.cause for bunch in crashes.by_cause}


@pytest.mark.parametrize(("count", "tested"), [(7, ()), (8, (Cause.OUT_OF_MEMORY,))])
def test_eight_crashes_of_a_cause_are_enough(count: int, tested: tuple[Cause, ...]) -> None:
    runs, left = [], count
    for run in searched(60, lambda _: 0.2).runs:
        left -= run.state is State.CRASHED
        runs.append(run._replace(reason=OOM if left >= 0 else f"odd error {run.id}") if run.reason else run)
    crashes = found(Columns(runs))
    assert crashes.causes[Cause.OUT_OF_MEMORY] == count
    assert crashes.tested == tested


def test_few_crashes_of_a_cause_are_counted_and_not_tested_apart() -> None:
    crashes = found(searched(60, lambda _: 0.4, reason=lambda p: OOM if p["batch_size"] > 27 else IMPORT))
    assert crashes.causes[Cause.OUT_OF_MEMORY] < 8
    assert crashes.tested == (Cause.IMPORT,)


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_a_search_without_crashes_or_with_nothing_else_has_nothing_to_compare(share: float) -> None:
    crashes = found(searched(30, lambda _: share))
    assert (crashes.bunched, crashes.tried, crashes.detectable) == ((), 0, None)
    assert crashes.whole.share == share


def test_a_small_part_is_told_where_crashes_lie_nowhere_else() -> None:
    columns = searched(150, lambda _: 0.1)
    runs = []
    for index, run in enumerate(columns.runs):
        state = State.CRASHED if index < 9 or index % 30 == 29 else State.FINISHED
        params = {"kind": "rare" if index < 9 else "usual", "layers": 3 if index < 9 else 2}
        runs.append(run._replace(drawn=params, state=state, best=None if state is State.CRASHED else 1.0))
    crashes = found(Columns(runs))
    assert {bunch.name: bunch.where for bunch in crashes.bunched} == {"kind": "rare", "layers": "3 and more"}
    assert all(bunch.inside.share == 1.0 for bunch in crashes.bunched)


@pytest.mark.parametrize("count", [0, 1, 2, 7])
def test_a_handful_of_runs_says_nothing(count: int) -> None:
    assert found(searched(count, lambda p: p["batch_size"] > 15)).bunched == ()


def test_waiting_and_cancelled_runs_and_replicates_do_not_count() -> None:
    columns = searched(100, lambda p: 0.9 if p["convnet.depth"] > 400 else 0.2)
    states = (State.QUEUED, State.CANCELLED, State.STARTING)
    others = [run._replace(id=f"y-{i}", state=states[i % 3]) for i, run in enumerate(columns.runs)]
    replicates = [run._replace(id=f"z-{i}", replicates=run.id) for i, run in enumerate(columns.runs)]
    alone, together = found(columns), found(Columns([*columns.runs, *others, *replicates]))
    assert together == alone


def test_the_same_runs_give_the_same_p() -> None:
    columns = searched(100, lambda p: 0.5 if p["convnet.depth"] > 300 else 0.3)
    assert found(columns) == found(columns)


def test_odd_values_are_no_obstacle() -> None:
    odd: list[Any] = [1e308, -1e308, 10**400, "text", None, True, [1, 2], {"a": 1}, 0.1, 5]
    runs = []
    for index in range(120):
        state = State.CRASHED if index % 3 else State.FINISHED
        params = {"odd": odd[index % 10], "huge": 10**300 * (index % 7), "text": f"value {index}"}
        runs.append(Run(f"x-{index}", "x", index, state, params, best=None if index % 3 else 1.0))
    assert found(Columns(runs)).tried >= 1


def test_a_hyperparameter_that_only_the_first_runs_have_is_tested_among_those() -> None:
    columns = searched(100, lambda p: 0.9 if p["batch_size"] > 20 else 0.1)
    runs = [
        run._replace(drawn={**run.params, **({"early": run.number} if run.number <= 60 else {})})
        for run in columns.runs
    ]
    assert found(Columns(runs)).tried == 14
    assert found(Columns(runs)).names == {"batch_size"}
