"""Two hyperparameters against each other."""

import numpy as np
import pytest

from hpq.errors import HpqError, UsageError
from hpq.queue.states import State
from hpq.results.picture.look import Look
from hpq.results.picture.panels import Picture, picture


def plane(runs, across: str, up: str) -> Picture:
    return picture(runs, look=Look(pairs=((across, up),)))


def test_runs_stand_at_both_values_and_the_loss_is_their_colour(runs) -> None:
    drawn = plane(runs([{"a": 10 * i, "b": 100 - i * i} for i in range(9)]), "a", "b")
    (panel,) = drawn.panels
    assert (panel.name, panel.up_name) == ("a", "b")
    assert panel.dots.x.tolist() == [10 * i for i in range(9)]
    assert panel.dots.y.tolist() == [100 - i * i for i in range(9)]
    assert drawn.up(panel) is panel.up is not drawn.loss
    assert drawn.shades.axis is drawn.loss
    assert drawn.shades.places is drawn.losses


def test_it_has_no_shares_of_crashes_and_no_marks(runs) -> None:
    made = runs([{"a": i, "b": i} for i in range(30)], [State.FINISHED, State.CRASHED])
    drawn = picture(made, look=Look(pairs=(("a", "b"),)), bunched=frozenset("a"))
    assert drawn.share is None
    assert not drawn.bunched


def test_crashed_runs_have_a_place_too(runs) -> None:
    made = runs([{"a": i, "b": 2.5 * i} for i in range(30)], [State.FINISHED, State.CRASHED])
    (panel,) = plane(made, "a", "b").panels
    assert panel.crashes.x.tolist() == list(range(1, 30, 2))
    assert panel.crashes.y.tolist() == [2.5 * i for i in range(1, 30, 2)]


def test_runs_that_lack_either_are_counted(runs) -> None:
    made = runs([{"a": 1, "b": 2}, {"a": 2}, {"b": 3}, {"c": 4}, {"a": 5, "b": 6}], [State.FINISHED])
    (panel,) = plane(made, "a", "b").panels
    assert len(panel.dots) == 2
    assert panel.note == "3 runs without both"
    assert plane(made[:2], "a", "b").panels[0].note == "1 run without both"
    assert plane(made[:1], "a", "b").panels[0].note == ""


def test_in_a_plane_of_categories_no_mark_hides_another(runs) -> None:
    made = runs(
        [{"a": "xy"[i % 2], "b": i % 4 < 2, "n": i} for i in range(120)], [State.FINISHED, State.CRASHED] * 2
    )
    (panel,) = plane(made, "a", "b").panels
    x, y = np.append(panel.dots.x, panel.crashes.x), np.append(panel.dots.y, panel.crashes.y)
    for across in (0, 1):
        for up in (0, 1):
            near = (np.abs(x - across) < 0.5) & (np.abs(y - up) < 0.5)
            places = x[near] + 1j * y[near]
            assert near.sum() == 30
            assert min(abs(one - other) for one in places for other in places if one != other) > 0.05
            assert len(set(places.tolist())) == 30
            assert np.abs(places - complex(across, up)).min() == 0, "the first is in the middle"


def test_against_numbers_categories_are_spread_along_their_own_axis_alone(runs) -> None:
    made = runs([{"kind": "xy"[i % 2], "lr": 0.1 * i} for i in range(40)])
    (panel,) = plane(made, "kind", "lr").panels
    assert len(set(panel.dots.x.tolist())) == 40
    assert panel.dots.y.tolist() == [0.1 * i for i in range(40)]
    (turned,) = plane(made, "lr", "kind").panels
    assert turned.dots.x.tolist() == panel.dots.y.tolist()
    assert turned.dots.y.tolist() == panel.dots.x.tolist()


def test_what_makes_no_plane_is_told(runs) -> None:
    with pytest.raises(UsageError, match="a plane with c: no such hyperparameter; there are a, b"):
        plane(runs([{"a": 1, "b": 2}, {"a": 2, "b": 3}]), "a", "c")
    with pytest.raises(HpqError, match="no run has both a and b"):
        plane(runs([{"a": 1}, {"b": 2}]), "a", "b")


@pytest.mark.parametrize("scale", [lambda n: n, lambda n: 10.0**-n], ids=["linear", "log"])
def test_runs_with_the_same_numbers_stand_beside_one_another(runs, scale) -> None:
    params = [{"a": scale(n), "b": 3 * n} for n in range(20)]
    made = runs([*params, *[params[7]] * 4], [State.FINISHED] * 20 + [State.FINISHED, State.CRASHED] * 2)
    (panel,) = plane(made, "a", "b").panels
    assert panel.dots.x[:20].tolist() == [values["a"] for values in params]
    x, y = np.append(panel.dots.x, panel.crashes.x), np.append(panel.dots.y, panel.crashes.y)
    right, above = panel.axis.fractions(x), panel.up.fractions(y)
    near = np.hypot(right - right[7], above - above[7]) < 0.03
    assert near.sum() == 5
    assert len(set(zip(right[near].tolist(), above[near].tolist(), strict=True))) == 5
