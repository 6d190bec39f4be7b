"""What dots are coloured by."""

import numpy as np
import pytest

from hpq.errors import UsageError
from hpq.queue.states import State
from hpq.results.picture.look import Look
from hpq.results.picture.panels import Picture, picture


def coloured(runs, name: str) -> Picture:
    return picture(runs, look=Look(colour_by=name))


def test_numbers_are_on_a_scale_that_is_a_log_one_where_their_axis_is(runs) -> None:
    drawn = coloured(runs([{"lr": 10.0**-power, "n": power} for power in range(20)]), "lr")
    assert drawn.shades.axis.is_log
    assert not drawn.shades.has_groups
    fractions = drawn.shades.fractions(drawn.dots)
    assert np.ptp(np.diff(fractions)) == pytest.approx(0, abs=1e-9)
    assert fractions[0] > fractions[-1]


def test_words_and_booleans_are_groups(runs) -> None:
    made = runs([{"kind": "ba"[i % 2], "flag": i > 2, "n": i} for i in range(6)])
    by_kind, by_flag = coloured(made, "kind").shades, coloured(made, "flag").shades
    rows = np.arange(6)
    assert by_kind.has_groups
    assert by_kind.groups(rows).tolist() == [1, 0, 1, 0, 1, 0]
    assert [label for _, label in by_flag.axis.ticks] == ["false", "true"]
    assert by_flag.groups(rows).tolist() == [0, 0, 0, 1, 1, 1]


def test_of_many_words_the_frequent_ones_keep_a_colour_and_the_rest_is_one_group(runs) -> None:
    words = [word for index, word in enumerate("abcdefghijkl") for _ in range(12 - index)]
    shades = coloured(runs([{"word": word, "n": i} for i, word in enumerate(words)]), "word").shades
    assert [label for _, label in shades.axis.ticks] == [*"abcdefg", "5 others"]
    groups = shades.groups(np.arange(len(words)))
    assert set(groups[[word > "g" for word in words]]) == {7}
    assert groups[words.index("g")] == 6


def test_runs_without_the_hyperparameter_have_no_colour(runs) -> None:
    drawn = coloured(runs([{"n": 1, "deep": 5}, {"n": 2}, {"n": 3, "deep": 9}]), "deep")
    assert drawn.shades.lacking(drawn.dots) == 1
    assert drawn.shades.groups(np.array([1])).tolist() == [-1]
    assert np.isnan(drawn.shades.fractions(np.array([1]))).all()


def test_crashed_runs_widen_the_scale_as_they_widen_the_axis(runs) -> None:
    drawn = coloured(runs([{"n": 10 * i} for i in range(4)], [State.FINISHED] * 3 + [State.CRASHED]), "n")
    assert drawn.shades.axis == drawn.panels[0].axis


def test_an_unknown_name_lists_those_that_vary(runs) -> None:
    with pytest.raises(UsageError, match=r"colour by nn: no such hyperparameter; there are m, n$"):
        coloured(runs([{"n": 1, "m": 2, "steps": 9}, {"n": 2, "m": 3, "steps": 9}]), "nn")
