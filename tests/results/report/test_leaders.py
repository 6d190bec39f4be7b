"""Whether the leaders are luck: by their gap to the others, and by what replicates say."""

from typing import Any

import numpy as np
import pytest
from scipy import stats

from hpq.queue.runs import Run
from hpq.queue.states import State
from hpq.results.columns import Columns
from hpq.results.report.leaders import Luck, clearest_gap, find_leaders


def run(name: str, loss: float | None, **fields: Any) -> Run:
    state = fields.pop("state", State.FINISHED)
    return Run(name, "x", int(name.split("-")[1]), state, {"lr": 0.1}, loss=loss, best=loss, **fields)


def pack(count: int = 100, seed: int = 3) -> list[Run]:
    """Return runs whose log losses are normal, and of which none is ahead."""
    losses = np.exp(0.2 * np.random.default_rng(seed).normal(size=count))
    return [run(f"x-{index:03d}", float(loss)) for index, loss in enumerate(losses, 1)]


def repeated(original: str, losses: list[float | None], first: int) -> list[Run]:
    return [
        run(
            f"x-{first + index}",
            loss,
            replicates=original,
            state=State.CRASHED if loss is None else State.FINISHED,
        )
        for index, loss in enumerate(losses)
    ]


def luck(runs: list[Run]) -> Luck:
    return find_leaders(Columns(runs), np.arange(len(runs)))


def test_runs_far_below_the_others_are_ahead() -> None:
    runs = [*pack(), run("x-201", 0.2), run("x-202", 0.21), run("x-203", 0.22)]
    told = luck(runs)
    assert (told.n, told.ahead, told.behind) == (103, 3, 3)
    assert [leader.name for leader in told.leaders] == ["x-201", "x-202", "x-203"]
    lowest = min(each.best for each in pack() if each.best is not None)
    assert told.rival == lowest
    assert told.leaders[0].effect == 0.2 - lowest
    assert told.p is not None
    assert all(leader.p == told.p <= 0.04 for leader in told.leaders)


def test_in_a_pack_nobody_is_ahead() -> None:
    told = luck(pack())
    assert (told.ahead, told.leaders) == (0, ())
    assert told.p is not None
    assert told.p > 0.04


@pytest.mark.parametrize("count", [0, 1, 5, 20])
def test_few_runs_say_nothing(count: int) -> None:
    assert luck(pack(count)).leaders == ()
    assert luck(pack(count)).p is None


def test_the_gap_of_losses_with_an_exponential_tail_is_found_about_as_often_as_its_p_says() -> None:
    rng = np.random.default_rng(1)
    p = [clearest_gap(np.sort(-rng.exponential(size=80)))[1] for _ in range(1500)]
    assert 0.015 < np.mean([each is not None and each <= 0.04 for each in p]) <= 0.05


def test_losses_at_or_below_zero_are_compared_as_they_are() -> None:
    runs = [each._replace(best=(each.best or 0.0) - 1.0) for each in pack()]
    told = luck([*runs, run("x-201", -4.0)])
    assert (told.is_log, told.ahead) == (False, 1)


def test_equal_losses_have_no_leader() -> None:
    assert luck([run(f"x-{index}", 1.0) for index in range(1, 80)]).ahead == 0


def test_a_leader_that_replicates_refute_is_none() -> None:
    noise = [*repeated("x-005", [1.0, 1.1], 301), *repeated("x-006", [0.9, 1.0], 303)]
    runs = [*pack(), run("x-201", 0.2), *repeated("x-201", [0.9, 1.0], 305), *noise]
    told = luck(runs)
    assert (told.ahead, told.leaders) == (1, ())
    (judgement,) = told.judged
    assert not judgement.stands
    assert judgement.mean == pytest.approx(np.sqrt(0.9))
    assert told.noise is not None
    assert (told.noise.runs, told.noise.freedom) == (3, 3)


def test_a_leader_that_replicates_confirm_stays_with_their_mean_and_p() -> None:
    noise = [*repeated("x-005", [1.0, 1.1], 301), *repeated("x-006", [0.9, 1.0], 303)]
    runs = [*pack(), run("x-201", 0.2), *repeated("x-201", [0.2, 0.22, 0.21], 305), *noise]
    (leader,) = luck(runs).leaders
    assert (leader.name, leader.n) == ("x-201", 3)
    assert leader.p <= 0.01
    assert leader.loss == pytest.approx((0.2 * 0.22 * 0.21) ** (1 / 3))


def test_replicates_confirm_a_run_whose_gap_is_no_larger_than_chance_makes() -> None:
    runs = sorted(pack(), key=lambda each: each.best or 0.0)
    best, second = runs[0].best, runs[1].best
    assert best is not None
    assert second is not None
    noise = [*repeated(runs[60].id, [1.0, 1.001], 301), *repeated(runs[70].id, [0.9, 0.901], 303)]
    told = luck([*runs, *repeated(runs[0].id, [best, best * 1.001], 305), *noise])
    assert told.ahead == 0
    assert [leader.name for leader in told.leaders] == [runs[0].id]
    assert told.rival == second


def test_replicates_that_crash_are_counted_and_not_averaged() -> None:
    noise = repeated("x-005", [1.0, 1.1], 301)
    runs = [*pack(), run("x-201", 0.2), *repeated("x-201", [0.2, None, 0.21], 305), *noise]
    (judgement,) = luck(runs).judged
    assert (judgement.repeats.losses, judgement.repeats.failed) == ((0.2, 0.21), 1)


def test_one_replicate_of_one_run_is_too_few_to_settle_anything() -> None:
    told = luck([*pack(), run("x-201", 0.2), *repeated("x-201", [0.9], 305)])
    assert told.noise is None
    assert [leader.name for leader in told.leaders] == ["x-201"]
    assert told.judged[0].p is None


def test_replicates_that_wait_or_train_do_not_count_yet() -> None:
    waiting = run("x-305", None, replicates="x-201", state=State.QUEUED)
    training = run("x-306", 0.5, replicates="x-201", state=State.RUNNING)
    assert luck([*pack(), run("x-201", 0.2), waiting, training]).judged == ()


def test_losses_that_are_shares_of_a_hundred_have_gaps_no_more_often_than_others() -> None:
    flagged = 0
    for seed in range(100):
        rng = np.random.default_rng(seed)
        shares = rng.binomial(100, 0.1 + 0.05 * rng.random(200)) / 100
        flagged += luck([run(f"x-{index}", float(share)) for index, share in enumerate(shares, 1)]).ahead > 0
    assert flagged <= 5


@pytest.mark.parametrize("scale", [1e-300, 1e-20, 1e20, 1e140])
def test_gaps_are_those_of_losses_of_any_scale(scale: float) -> None:
    runs = [each._replace(best=(each.best or 0.0) - 1.0) for each in [*pack(), run("x-201", -4.0)]]
    scaled = luck([each._replace(best=(each.best or 0.0) * scale) for each in runs])
    assert scaled.p == pytest.approx(luck(runs).p)


def test_losses_as_large_as_numbers_get_are_no_obstacle() -> None:
    losses = 1.7e308 * np.linspace(-1, 1, 60)
    assert luck([run(f"x-{index}", float(loss)) for index, loss in enumerate(losses, 1)]).ahead == 0


def test_a_replicate_below_zero_makes_all_losses_be_compared_as_they_are() -> None:
    noise = [*repeated("x-005", [1.0, 1.1], 301), *repeated("x-006", [0.9, 1.0], 303)]
    told = luck([*pack(), run("x-201", 0.2), *repeated("x-201", [-0.1, 0.3], 305), *noise])
    assert not told.is_log
    assert told.judged[0].mean == pytest.approx(0.1)


def test_replicates_are_judged_by_students_t_with_the_noise_of_all() -> None:
    noise = [*repeated("x-005", [1.0, 1.2], 301), *repeated("x-006", [0.9, 1.0], 303)]
    runs = [*pack(), run("x-201", 0.2), run("x-202", 0.22)]
    told = luck(
        [*runs, *repeated("x-201", [0.3, 0.4], 305), *repeated("x-202", [0.5, 0.6, 0.5], 307), *noise]
    )
    groups = [np.log(losses) for losses in ([1.0, 1.2], [0.9, 1.0], [0.3, 0.4], [0.5, 0.6, 0.5])]
    deviation = np.sqrt(sum(((group - group.mean()) ** 2).sum() for group in groups) / 5)
    for judgement, group in zip(told.judged, groups[2:], strict=True):
        t = (np.log(told.rival or 0.0) - group.mean()) / (deviation / np.sqrt(len(group)))
        assert judgement.p == pytest.approx(2 * stats.t.sf(t, 5))


def test_a_run_of_which_no_replicate_finished_is_told() -> None:
    told = luck([*pack(), run("x-201", 0.2), *repeated("x-201", [None, None], 305)])
    assert [(each.name, each.failed) for each in told.lost] == [("x-201", 2)]
    assert [leader.name for leader in told.leaders] == ["x-201"]


def test_the_gap_is_that_of_weissmans_test() -> None:
    losses = np.sort(np.random.default_rng(5).normal(size=100))
    spacings = [rank * (losses[rank] - losses[rank - 1]) for rank in range(1, 21)]
    all_p = [5 * stats.f.sf(spacings[k - 1] / np.mean(spacings[k : k + 15]), 2, 30) for k in range(1, 6)]
    assert clearest_gap(losses) == (int(np.argmin(all_p)) + 1, pytest.approx(min(1.0, *all_p)))


def test_replicates_with_the_very_same_loss_settle_nothing() -> None:
    same = [*repeated("x-005", [0.3, 0.3, 0.3], 301), *repeated("x-201", [0.2, 0.2, 0.2], 305)]
    told = luck([*pack(), run("x-201", 0.2), *same])
    assert told.noise is not None
    assert told.noise.deviation == 0.0
    assert told.judged[0].p is None
    assert [leader.name for leader in told.leaders] == ["x-201"]
