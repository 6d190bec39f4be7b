"""The share of crashes along an axis: bins, intervals, and what stands out."""

import random
from itertools import cycle, islice

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hpq.queue.states import State
from hpq.results.columns import Values
from hpq.results.picture.axes import Axis, place
from hpq.results.picture.panels import picture
from hpq.results.picture.shares import Shares, shares

CRASHED, FINISHED = State.CRASHED, State.FINISHED


def along(values: list[object], crashes: list[bool], overall: float | None = None) -> tuple[Axis, Shares]:
    """Return the shares of runs with these values, beside their own share unless told another."""
    known = Values(values)
    places, axis = place(known, np.array([known.code(value) for value in values], np.int32))
    is_crash = np.array(crashes)
    share = float(is_crash.mean()) if overall is None else overall
    return axis, shares(axis, places, np.ones(len(places), int), is_crash.astype(int), share)


def test_each_category_has_a_bin_of_its_own() -> None:
    axis, told = along([*"aaaab", "c"], [True, False, False, False, True, False])
    assert told.share.tolist() == [0.25, 1.0, 0.0]
    assert told.edges == pytest.approx([axis.fraction(x) for x in (-0.5, 0.5, 1.5, 2.5)])


@pytest.mark.parametrize(("values", "empty"), [([True, True], [0]), ([1, 1, 4, 2], [2])])
def test_a_place_without_runs_tells_nothing(values: list[object], empty: list[int]) -> None:
    _, told = along(values, [True, False] * (len(values) // 2))
    for column in (told.share, told.low, told.high):
        assert np.flatnonzero(np.isnan(column)).tolist() == empty
    assert not told.side.any()


@pytest.mark.parametrize(("runs", "bins"), [(5, 2), (36, 3), (200, 6), (1000, 10), (10_000, 18)])
def test_more_runs_make_bins_narrower_and_fuller(runs: int, bins: int) -> None:
    _, told = along([i / runs for i in range(runs)], [True, False] * (runs // 2) + [True] * (runs % 2))
    assert len(told.share) == bins
    assert np.diff(told.edges) == pytest.approx(np.diff(told.edges)[0])


def test_on_a_log_axis_bins_are_as_wide_as_they_look() -> None:
    axis, told = along([10.0 ** (i % 5 - 5) for i in range(125)], [i % 5 == 4 for i in range(125)])
    assert axis.is_log
    assert len(told.share) == 5
    assert told.share.tolist() == [0, 0, 0, 0, 1]


def test_no_whole_number_lies_between_two_bins() -> None:
    values = list(islice(cycle(range(5, 31)), 200))
    axis, told = along(values, [value > 25 for value in values])
    edges = [axis.low + edge * (axis.high - axis.low) for edge in told.edges]
    assert [edge % 1 for edge in edges] == pytest.approx([0.5] * len(edges))
    assert (edges[0], edges[-1]) == (pytest.approx(4.5), pytest.approx(30.5))
    assert max(np.diff(edges)) - min(np.diff(edges)) < 1.01


def test_a_bin_is_seen_though_its_runs_stand_in_one_place() -> None:
    _, told = along([2**60 + index for index in range(27)], [True, False, False] * 9)
    assert told.has_runs.sum() == 1
    assert told.edges[-1] - told.edges[0] > 0.02


def test_a_gap_without_runs_is_no_share_of_zero() -> None:
    values = [i / 100 for i in range(50)] + [9 + i / 100 for i in range(50)]
    _, told = along(values, [True, False] * 50)
    assert told.has_runs.tolist() == [True, False, False, False, True]


@pytest.mark.parametrize(
    ("crashed", "runs", "low", "high"),
    [(81, 263, 0.2535, 0.3682), (15, 148, 0.0598, 0.1644), (0, 20, 0.0, 0.2005), (1, 29, 0.0018, 0.1963)],
)
def test_intervals_are_those_that_newcombe_published(
    crashed: int, runs: int, low: float, high: float
) -> None:
    _, told = along(["a"] * runs, [i < crashed for i in range(runs)])
    assert (told.low[0], told.high[0]) == (pytest.approx(low, abs=5e-5), pytest.approx(high, abs=5e-5))


def test_more_bins_make_each_interval_wider() -> None:
    _, few = along(["a", "b"] * 20, [True, True, False, False] * 10)
    _, many = along(["a"] * 20 + list("bcdefghijklmnopqrstu"), [True, False] * 20)
    assert many.low[0] < few.low[0]
    assert many.high[0] > few.high[0]


@given(st.lists(st.tuples(st.floats(-10, 10), st.booleans()), min_size=1, max_size=80))
def test_every_run_lies_in_a_bin_and_every_share_in_its_interval(made: list[tuple[float, bool]]) -> None:
    values, crashes = zip(*made, strict=True)
    axis, told = along(list(values), list(crashes), 0.5)
    fractions = axis.fractions(np.array(values))
    assert told.edges[0] <= fractions.min()
    assert fractions.max() <= told.edges[-1]
    there = told.has_runs
    assert (told.low[there] <= told.share[there] + 1e-9).all()
    assert (told.share[there] <= told.high[there] + 1e-9).all()
    assert ((told.low[there] > 0.5) == (told.side[there] == 1)).all()
    assert ((told.high[there] < 0.5) == (told.side[there] == -1)).all()


@pytest.mark.parametrize(("runs", "chance"), [(26, 0.05), (26, 0.5), (200, 0.05), (200, 0.5)])
def test_where_chance_rules_hardly_any_panel_has_a_bin_that_stands_out(runs: int, chance: float) -> None:
    luck, false = random.Random(1), 0
    letters = [chr(ord("a") + i % 26) for i in range(runs)]
    for _ in range(400):
        _, told = along(letters, [luck.random() < chance for _ in range(runs)])
        false += bool(told.side.any())
    assert false <= 400 * 0.06


def test_a_share_that_climbs_from_34_to_89_percent_as_in_the_post_stands_out_at_both_ends() -> None:
    values = [value for value in range(4, 34) for _ in range(6)]  # thirty runs in each of six bins
    shares_of_bins = np.linspace(0.34, 0.89, 6)
    crashes = [turn < round(30 * share) for share in shares_of_bins for turn in range(30)]
    assert along(values, crashes)[1].side.tolist() == [-1, 0, 0, 0, 0, 1]


def test_runs_that_train_count_as_not_crashed_and_others_not_at_all(runs) -> None:
    states = [CRASHED, FINISHED, State.RUNNING, State.UNFINISHED, State.QUEUED, State.STARTING]
    drawn = picture(runs([{"n": number} for number in range(6)], states))
    assert drawn.share == 0.25
    assert drawn.panels[0].shares.share.tolist() == [1, 0, 0, 0]


def test_runs_that_repeat_others_are_no_further_draws(runs) -> None:
    made = runs([{"n": "a"}, {"n": "a"}, {"n": "b"}, {"n": "c"}], [CRASHED, FINISHED, FINISHED, FINISHED])
    repeats = [made[1]._replace(replicates="x-003"), made[3]._replace(replicates="x-003")]
    drawn = picture([made[0], made[2], *repeats])
    assert drawn.share == 0.5
    assert drawn.panels[0].shares.share[:2].tolist() == [1, 0]
    assert np.isnan(drawn.panels[0].shares.share[2])


@pytest.mark.parametrize("states", [[CRASHED], [FINISHED]])
def test_where_all_crashed_or_none_there_is_nothing_to_compare(runs, states: list[State]) -> None:
    drawn = picture(runs([{"n": 1}, {"n": 2}], states))
    assert (drawn.share, drawn.panels[0].shares) == (None, None)


def test_an_older_picture_lends_no_shares_to_one_without(runs) -> None:
    made = runs([{"n": 1}, {"n": 2}], [CRASHED, FINISHED])
    older = picture(made)
    newer = picture(older.columns, want_shares=False, older=older)
    assert (newer.share, newer.panels[0].shares) == (None, None)
    assert older.panels[0].shares is not None
