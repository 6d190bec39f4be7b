"""What the table says of a run."""

import pytest
from rich.cells import cell_len

from hpq.queue.runs import Run
from hpq.queue.states import State
from hpq.results.columns import Columns
from hpq.tui.cells import TableColumn, short_duration, table_columns

NOW = 10_000.0


def run(**fields) -> Run:
    return Run("x-001", "x", 1, State.FINISHED, {"lr": 0.1})._replace(**fields)


def said(name: str, of: Run) -> str:
    (column,) = (column for column in table_columns(Columns([of])) if column.name == name)
    return column.text(of, NOW)


def test_a_step_is_told_with_its_share_while_the_run_lives() -> None:
    living = run(state=State.RUNNING, step=1200, drawn={"steps": 100_000})
    assert said("step", living) == "1,200 1%"
    assert said("step", living._replace(state=State.FINISHED)) == "1,200"
    assert said("step", living._replace(drawn={"steps": "many"})) == "1,200"


def test_age_is_that_of_the_last_sign_of_life() -> None:
    assert said("age", run(heard_at=NOW - 5, started_at=NOW - 900)) == "5 s"
    assert said("age", run(ended_at=NOW - 7200)) == "2 h"
    assert said("age", run(state=State.QUEUED, enqueued_at=NOW - 90_000)) == "1 d"
    assert said("age", run()) == ""


def test_took_counts_on_while_the_run_lives() -> None:
    assert said("took", run(started_at=NOW - 600, ended_at=NOW - 300)) == "5 m"
    assert said("took", run(state=State.RUNNING, started_at=NOW - 600)) == "10 m"


def test_the_hyperparameters_that_vary_have_columns_with_short_heads() -> None:
    params = [
        {"a.kind": kind, "b.kind": kind, "net.depth": depth, "same": 1}
        for kind, depth in (("conv", 3), ("none", 12))
    ]
    columns = table_columns(Columns([run(drawn=values) for values in params]))
    heads = {column.name: column.head for column in columns}
    assert (heads["a.kind"], heads["net.depth"]) == ("a.kind", "depth")
    assert "same" not in heads
    assert [column.is_number for column in columns if column.name in ("a.kind", "net.depth")] == [False, True]


def test_attempts_have_a_column_where_there_were_several() -> None:
    assert "attempt" not in {column.name for column in table_columns(Columns([run(attempt=1)]))}
    assert said("attempt", run(attempt=3)) == "3"


def test_what_runs_replicate_has_a_column_where_any_does() -> None:
    assert "replicates" not in {column.name for column in table_columns(Columns([run()]))}
    assert said("replicates", run(replicates="x-017")) == "x-017"


@pytest.mark.parametrize("text", ["", "short", "far too long for it", "汉字汉字汉字汉字", "é" * 20])
@pytest.mark.parametrize("is_number", [True, False])
def test_a_cell_is_as_wide_as_its_column(text: str, is_number: bool) -> None:
    column = TableColumn("x", "x", 9, is_number, lambda _run, _now: text)
    assert cell_len(column.cell(run(), NOW)) == 9


@pytest.mark.parametrize(
    ("seconds", "text"), [(-3, "0 s"), (59.9, "59 s"), (60, "1 m"), (7199, "1 h"), (200_000, "2 d")]
)
def test_durations_are_short(seconds: float, text: str) -> None:
    assert short_duration(seconds) == text


@pytest.mark.parametrize("value", [4.94e-324, -1.234e-10, -1.234567e-308, 0.0, 123456.789, 9.87654e11])
def test_a_loss_is_never_cut(value: float) -> None:
    text = said("best", run(best=value))
    assert len(text) <= 9
    assert float(text) == pytest.approx(value, rel=0.5)


@pytest.mark.parametrize("step", [999, 1_000_000, 49_000_000_000, 2**60])
def test_a_step_is_never_cut(step: int) -> None:
    text = said("step", run(state=State.RUNNING, step=step, drawn={"steps": 2 * step}))
    assert len(text) <= 11
    assert text.endswith(" 50%")
    assert float(text.split()[0].replace(",", "")) == pytest.approx(step, rel=0.5)


def test_a_hyperparameter_called_as_a_column_has_one_of_its_own() -> None:
    params = [{"loss": "l1", "state": 1}, {"loss": "l2", "state": 2}]
    columns = table_columns(Columns([run(drawn=values) for values in params]))
    names = [column.name for column in columns]
    assert len(set(names)) == len(names)
    assert {".loss", ".state", "loss", "state"} <= set(names)


def test_why_is_there_where_any_run_has_a_reason_and_before_the_hyperparameters() -> None:
    runs = [run(drawn={"lr": 1}), run(drawn={"lr": 2}, reason="out of memory")]
    names = [column.name for column in table_columns(Columns(runs))]
    assert names.index("why") < names.index("lr")
    assert "why" not in [column.name for column in table_columns(Columns(runs[:1]))]
