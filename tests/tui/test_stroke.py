"""A line through many points."""

from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from hpq.tui import stroke

WIDTH, HEIGHT = 20, 8


def drawn(x: list[float], y: list[float]) -> list[str]:
    glyphs = stroke.draw(stroke.thin(np.array(x, float), np.array(y, float), 2 * WIDTH), WIDTH, HEIGHT)
    return ["".join(chr(code) if code else " " for code in row) for row in glyphs]


def test_one_point_is_a_disc() -> None:
    assert drawn([0.5], [0.5])[3].strip() == "●"


def test_no_point_is_nothing() -> None:
    assert not "".join(drawn([], [])).strip()


def test_two_points_are_joined_by_a_line() -> None:
    rows = drawn([0, 1], [1, 0])
    assert rows[0][0] != " "
    assert rows[-1][-1] != " "
    assert all(row.strip() for row in rows)


def test_a_spike_among_a_million_points_is_seen() -> None:
    x, y = np.linspace(0, 1, 1_000_000), np.zeros(1_000_000)
    y[700_000] = 1.0
    rows = drawn(x.tolist(), y.tolist())
    assert rows[0][13:15].strip()
    assert not rows[0][:13].strip()


def test_a_line_that_stays_is_flat() -> None:
    rows = drawn([0, 0.2, 0.9, 1], [0.5] * 4)
    assert sum(bool(row.strip()) for row in rows) == 1
    assert len(next(row for row in rows if row.strip()).strip()) == WIDTH


@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=2, max_size=50))
def test_the_line_has_no_gaps(points: list[tuple[float, float]]) -> None:
    x, y = zip(*points, strict=True)
    glyphs = stroke.draw(stroke.thin(np.array(x), np.array(y), 2 * WIDTH), WIDTH, HEIGHT)
    there = np.flatnonzero(glyphs.any(axis=0))
    assert np.array_equal(there, np.arange(there[0], there[-1] + 1))
    for one, other in pairwise(there):
        near = np.flatnonzero(glyphs[:, one])[:, None] - np.flatnonzero(glyphs[:, other])
        assert np.abs(near).min() <= 1
