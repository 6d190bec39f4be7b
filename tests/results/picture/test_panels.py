"""The picture as data."""

import itertools
import sys

import pytest

from hpq.errors import HpqError, UsageError
from hpq.queue.states import State
from hpq.results.picture.axes import Kind
from hpq.results.picture.panels import picture

FOUR = [State.FINISHED, State.UNFINISHED, State.RUNNING, State.CRASHED]


def test_every_hyperparameter_that_varied_has_a_panel_in_order_of_names(search) -> None:
    drawn = picture(search(60))
    names = [panel.name for panel in drawn.panels]
    assert names == sorted(names)
    assert len(names) == 13
    assert "size" not in names
    assert "merger.rank" not in names


def test_a_conditional_one_is_drawn_only_where_it_exists(runs) -> None:
    made = runs([{"kind": "a"}, {"kind": "b", "n": 3}, {"kind": "b", "n": 5}])
    drawn = picture(made, params=["n"])
    assert drawn.ids(drawn.panels[0].dots) == ["x-002", "x-003"]


def test_states_become_dots_rings_and_lines_and_the_rest_is_not_drawn(runs) -> None:
    states = [*FOUR, State.QUEUED, State.STARTING, State.CANCELLED]
    drawn = picture(runs([{"lr": 0.1 * i} for i in range(7)], states))
    (panel,) = drawn.panels
    assert drawn.states(panel.dots) == FOUR[:3]
    assert (drawn.ids(panel.crashes), panel.crashes.x.tolist()) == (["x-004"], [pytest.approx(0.3)])
    assert panel.dots.x.tolist() == [0.0, 0.1, 0.2]
    assert drawn.losses[panel.dots.rows].tolist() == [1.0, 2.0, 3.0]
    assert drawn.counts == dict.fromkeys(FOUR, 1)


def test_the_best_loss_is_drawn_or_the_last(runs) -> None:
    (one, two) = runs([{"lr": 1}, {"lr": 2}])
    made = [one._replace(best=1.0, loss=3.0), two._replace(best=2.0, loss=2.0)]
    assert picture(made).losses.tolist() == [1.0, 2.0]
    assert picture(made, loss="last").losses.tolist() == [3.0, 2.0]


@pytest.mark.parametrize(
    ("values", "kind", "is_log"),
    [
        ([1, 50, 100, 70], Kind.NUMBER, False),
        ([1e-5, 1e-4, 1e-3, 1e-2, 1e-1], Kind.NUMBER, True),
        ([1, 500, 700, 900], Kind.NUMBER, False),
        ([0.0, 1e-4, 1e-3, 1e-1], Kind.NUMBER, False),
        ([True, False], Kind.BOOLEAN, False),
        (["a", "b"], Kind.CATEGORY, False),
        ([1, "a", None], Kind.CATEGORY, False),
        ([True, 2], Kind.CATEGORY, False),
        ([[1], [1, 2], []], Kind.LENGTH, False),
        ([[1], 2], Kind.CATEGORY, False),
        ([10**400, 1], Kind.CATEGORY, False),
        ([{"a": 1}, {"b": [1]}], Kind.CATEGORY, False),
        ([float("inf"), 1.0], Kind.CATEGORY, False),
        (["0.1", "1e-3"], Kind.CATEGORY, False),
        ([1e299, -1e299], Kind.NUMBER, False),
    ],
)
def test_an_axis_follows_the_values(runs, values, kind, is_log) -> None:
    (panel,) = picture(runs([{"x": value} for value in values])).panels
    assert (panel.axis.kind, panel.axis.is_log) == (kind, is_log)
    assert all(panel.axis.low <= x <= panel.axis.high for x in panel.dots.x)
    assert panel.axis.ticks


def test_a_list_stands_at_its_length(runs) -> None:
    (panel,) = picture(runs([{"x": [7, 8]}, {"x": [1, 2, 3]}])).panels
    assert panel.dots.x.round().tolist() == [2, 3]


def test_in_a_category_neither_dots_nor_lines_hide_one_another(runs) -> None:
    made = runs([{"kind": "ab"[i % 2]} for i in range(80)], [State.FINISHED, State.CRASHED, State.CRASHED])
    (panel,) = picture(made).panels
    places = [*panel.dots.x, *panel.crashes.x]
    assert len(set(places)) == 80
    for category in (0, 1):
        near = sorted(x - category for x in places if abs(x - category) < 0.5)
        assert len(near) == 40
        assert max(b - a for a, b in itertools.pairwise(near)) < 0.05
        assert -0.36 < near[0] < -0.3
        assert 0.3 < near[-1] < 0.36


def test_crashes_that_come_in_a_rhythm_are_spread_as_evenly_as_any(runs) -> None:
    made = runs([{"kind": "a", "n": i} for i in range(64)], [State.FINISHED] * 3 + [State.CRASHED])
    panel = picture(made, params=["kind"]).panels[0]
    places = sorted(panel.crashes.x)
    assert len(places) == 16
    assert places[0] < -0.25
    assert places[-1] > 0.25


def test_booleans_have_two_places_though_one_was_drawn(runs) -> None:
    (panel,) = picture(runs([{"flag": True}] * 3)).panels
    assert [label for _, label in panel.axis.ticks] == ["false", "true"]


def test_losses_that_no_log_axis_can_show_are_drawn_on_a_linear_one_that_says_so(runs) -> None:
    drawn = picture(runs([{"x": i} for i in range(3)], losses=[-1.0, 0.0, 2.0]))
    assert not drawn.loss.is_log
    assert "linear" in drawn.loss_label


@pytest.mark.parametrize("losses", [[1e308, 1e-300], [5e-324], [2.0], [1.0, 1.0 + 1e-12]])
def test_extreme_losses_have_an_axis(runs, losses) -> None:
    loss = picture(runs([{"x": i} for i in range(4)], losses=losses)).loss
    lowest = max(min(losses), sys.float_info.min)  # smaller ones stand at the low end
    assert 0 < loss.low <= lowest <= max(lowest, *losses) <= loss.high < float("inf")
    assert loss.ticks


def test_when_all_crashed_the_lines_are_drawn(runs) -> None:
    drawn = picture(runs([{"x": i} for i in range(3)], [State.CRASHED]))
    assert len(drawn.panels[0].crashes) == 3
    assert drawn.loss_label == "no run had a loss"


def test_where_nothing_can_be_drawn_it_is_said_what_is_there(runs) -> None:
    with pytest.raises(HpqError, match="2 queued"):
        picture(runs([{"x": 1}, {"x": 2}], [State.QUEUED]))
    with pytest.raises(HpqError, match="1 starting; the first loss is still to come"):
        picture(runs([{"x": 1}], [State.STARTING]))
    with pytest.raises(HpqError, match=r"yet: 1 cancelled$"):
        picture(runs([{"x": 1}], [State.CANCELLED]))
    with pytest.raises(HpqError, match="there are no runs"):
        picture([])
    with pytest.raises(UsageError, match="--params y: no such hyperparameter; there are x"):
        picture(runs([{"x": 1}]), params=["y"])
    with pytest.raises(HpqError, match="no hyperparameters"):
        picture(runs([{}]))


def test_a_single_run_has_its_panel(runs) -> None:
    assert [panel.name for panel in picture(runs([{"b": 1, "a": 2}])).panels] == ["a"]
