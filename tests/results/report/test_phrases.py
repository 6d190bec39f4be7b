"""Numbers as they stand in sentences: nothing is rounded to what it is not."""

import pytest

from hpq.results.report.phrases import counted, listed, p_text, percent


@pytest.mark.parametrize(
    ("p", "text"),
    [(0.0, "p ≤ 0.001"), (0.001, "p ≤ 0.001"), (0.002, "p = 0.002"), (0.994, "p = 0.99"), (0.996, "p = 1")],
)
def test_p_values(p: float, text: str) -> None:
    assert p_text(p) == text


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (0.0, "0 %"),
        (0.0049, "below 1 %"),
        (0.006, "1 %"),
        (0.994, "99 %"),
        (0.9951, "above 99 %"),
        (1.0, "100 %"),
    ],
)
def test_percent(share: float, text: str) -> None:
    assert percent(share) == text


def test_one_and_several() -> None:
    assert (counted(1, "run"), counted(2000, "run")) == ("1 run", "2,000 runs")
    assert [listed(list(names)) for names in ("", "a", "ab", "abc")] == ["", "a", "a and b", "a, b and c"]
