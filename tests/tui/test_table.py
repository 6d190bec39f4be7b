"""Tables that fit a width."""

from collections.abc import Sequence

import pytest
from rich.text import Text

from hpq.tui.table import Column, fitting


def texts(*cells: str) -> Sequence[Text]:
    return [Text(cell) for cell in cells]


COLUMNS = (
    Column("metric", texts("validation.accuracy"), least=6),
    Column("last", texts("5.99e302")),
    Column("lowest", texts("-1.235e-7"), leaves=1),
    Column("step", texts("123,456"), leaves=2),
)


@pytest.mark.parametrize(
    ("width", "expected"),
    [
        (80, {"metric": 19, "last": 8, "lowest": 9, "step": 7}),
        (40, {"metric": 10, "last": 8, "lowest": 9, "step": 7}),
        (36, {"metric": 6, "last": 8, "lowest": 9, "step": 7}),
        (35, {"metric": 14, "last": 8, "lowest": 9}),
        (26, {"metric": 16, "last": 8}),
        (3, {"metric": 6, "last": 8}),
    ],
)
def test_text_gives_way_then_whole_columns_and_numbers_never(width: int, expected: dict[str, int]) -> None:
    assert {column.head: room for column, room in fitting(COLUMNS, width)} == expected
