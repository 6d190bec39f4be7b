"""Durations and sizes, as people write and read them."""

import pytest

from hpq.errors import UsageError
from hpq.units import format_duration, format_pace, format_size, parse_duration, parse_size


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90", 90), ("45s", 45), ("30m", 1800), ("1h30m", 5400), ("1.5h", 5400), ("2d", 172800)],
)
def test_a_duration_is_read(text: str, seconds: float) -> None:
    assert parse_duration(text) == seconds


@pytest.mark.parametrize("text", ["", "soon", "-5m", "0", "5 parsecs", "m", "1h30", "nan"])
def test_what_is_no_duration_is_refused_with_the_value(text: str) -> None:
    with pytest.raises(UsageError) as refused:
        parse_duration(text)
    assert repr(text) in str(refused.value)


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("8GiB", 8 << 30),
        ("500MB", 500_000_000),
        ("1.5G", 1_500_000_000),
        ("1024", 1024),
        ("2k", 2000),
        ("1 TiB", 1 << 40),
    ],
)
def test_a_size_is_read(text: str, size: int) -> None:
    assert parse_size(text) == size


@pytest.mark.parametrize("text", ["", "big", "-1GB", "0", "8iB", "1PB", "inf"])
def test_what_is_no_size_is_refused_with_the_value(text: str) -> None:
    with pytest.raises(UsageError) as refused:
        parse_size(text)
    assert repr(text) in str(refused.value)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.2, "0 s"),
        (59.4, "59 s"),
        (60, "1 m"),
        (200, "3 m 20 s"),
        (3600, "1 h"),
        (187200, "2 d 4 h"),
        (3605, "1 h"),
    ],
)
def test_a_duration_is_written_in_two_units_at_most(seconds: float, text: str) -> None:
    assert format_duration(seconds) == text


@pytest.mark.parametrize(
    ("size", "text"), [(0, "0 B"), (1023, "1023 B"), (1536, "1.5 KiB"), (8 << 30, "8 GiB")]
)
def test_a_size_is_written_in_binary_units(size: int, text: str) -> None:
    assert format_size(size) == text


@pytest.mark.parametrize(
    ("per_hour", "text"),
    [(0.05, "0.05/h"), (3.14159, "3.14/h"), (99.9, "99.9/h"), (123.4, "123/h"), (1187, "1,190/h")],
)
def test_a_pace_is_short(per_hour: float, text: str) -> None:
    assert format_pace(per_hour) == text
