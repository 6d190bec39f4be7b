"""Rows for programs and for people."""

import io
import json
import re

import pytest
from rich.cells import cell_len
from rich.console import Console

from hpq.queue.states import State
from hpq.results import columns
from hpq.results.columns import Columns
from hpq.results.overview import overview
from hpq.results.table import row_as_json
from hpq.results.tables import overview_lines, run_lines
from hpq.results.text import draws_table, run_parts

NASTY = {"[/bold]": "\x1b[31mred", "é": "a\nb", "$": "x" * 500, "n": 1e-300}


def printed(*parts, width: int = 80) -> str:
    console = Console(width=width, file=io.StringIO())
    for part in parts:
        console.print(part)
    return console.file.getvalue()


def test_a_row_is_json_and_tells_the_state_by_name(runs) -> None:
    (run,) = runs([NASTY])
    row = json.loads(json.dumps(row_as_json(run)))
    assert row["state"] == "finished"
    assert row["params"] == NASTY


def test_what_varies_has_more_than_one_value_where_it_exists(runs) -> None:
    made = runs([{"a": 1, "b": 1, "c": 1}, {"a": 2, "b": 1, "c": True}, {"a": 1, "d": 4}])
    assert Columns(made).varying() == ["a", "c"]


def test_an_overview_counts_and_finds_the_best(search) -> None:
    made = search(50)
    told = overview(made)
    assert sum(told.counts.values()) == 50
    assert told.best == min(run.best for run in made if run.best is not None)
    assert next(run.id for run in made if run.best == told.best) == told.best_run


def test_runs_and_their_columns_have_the_same_overview(search) -> None:
    for count in (0, 1, 50):
        made = [
            run._replace(started_at=float(37 * place % 11), ended_at=37.0 * place % 11 + 5)
            for place, run in enumerate(search(50)[:count])
        ]
        assert columns.overview(Columns(made)) == overview(made)


def test_wide_characters_take_two_cells_and_colours_none(runs, monkeypatch) -> None:
    monkeypatch.setattr("hpq.results.tables.can_show_colours", lambda: True)
    made = runs([{"name": "深い", "z": 1}, {"name": "deep", "z": 2}])
    head, *rows = (re.sub("\x1b.*?m", "", line) for line in run_lines(made, 80))
    assert [cell_len(row[: row.rindex(" ")]) for row in rows] == [cell_len(head[: head.rindex(" ")])] * 2


def test_pace_and_time_left_follow_from_what_ended(runs) -> None:
    made = runs(
        [{}] * 6, [State.FINISHED, State.FINISHED, State.RUNNING, State.QUEUED, State.QUEUED, State.QUEUED]
    )
    made[0] = made[0]._replace(started_at=1000.0, ended_at=1060.0)
    made[1] = made[1]._replace(started_at=1060.0, ended_at=1120.0)
    told = overview(made)
    assert told.pace_per_hour == pytest.approx(60)
    assert told.time_left_s == pytest.approx(240)
    assert overview(made[:1]).pace_per_hour is None


def test_a_pause_between_two_nights_does_not_slow_the_pace(runs) -> None:
    made = [
        run._replace(started_at=start, ended_at=start + 60)
        for run, start in zip(runs([{}] * 4), (0.0, 30.0, 90_000.0, 90_060.0), strict=True)
    ]
    assert overview(made).pace_per_hour == pytest.approx(4 * 3600 / 210)


def test_columns_that_nothing_fills_are_left_out_on_a_terminal(runs) -> None:
    made = [run._replace(reason="out of memory") for run in runs([{"lr": 1}, {"lr": 2}])]
    head = next(run_lines(made, 80)).split()
    assert head == ["run", "state", "best", "loss", "why", "lr"]
    assert "attempt" in next(run_lines(made))


def test_a_long_value_is_shown_whole_and_squeezes_no_name(runs) -> None:
    (run,) = runs([{"optimizer.kind": "x" * 300}])
    text = printed(*run_parts(run, {}, [], []))
    assert text.count("x" * 10) >= 20
    assert sum(line.count("x") for line in text.splitlines() if "x-001" not in line) >= 300
    assert "optimizer.kind" in text


def test_a_run_that_waits_for_its_values_says_so(runs) -> None:
    def is_told(state: State, drawn: object, sampler: str = "tpe") -> bool:
        (run,) = runs([{}], [state])
        return "drawn when it starts" in printed(
            *run_parts(run._replace(drawn=drawn), {"sampler": sampler}, [], [])
        )

    in_batch = {}, {"depth": 4}  # by the run's number
    assert is_told(State.QUEUED, in_batch)
    assert not is_told(State.QUEUED, in_batch, "random")
    assert not is_told(State.CANCELLED, in_batch)
    assert not is_told(State.QUEUED, {"depth": 4, "lr": 0.1})


@pytest.mark.parametrize("width", [20, 80, 200])
def test_data_is_shown_harmlessly_at_any_width(runs, width: int) -> None:
    made = runs([NASTY, {"[/bold]": "two"}], [State.FINISHED, State.CRASHED])
    lines = [*run_lines(made, width), *run_lines(made), *overview_lines([("[/x]", overview(made))])]
    assert all(map(str.isprintable, lines))
    text = printed(
        draws_table([NASTY], 1, "x"),
        *run_parts(made[0], {"search": "[/x]", "file": "\x1b]0;title\x07"}, [], ["\x1b[31m a line"]),
        width=width,
    )
    assert "\x1b" not in text
    assert "\x07" not in text


def test_columns_that_do_not_fit_are_counted_and_none_is_squeezed(search) -> None:
    text = "\n".join(run_lines(search(5), 100))
    assert "more hyperparameters vary" in text
    assert "unfinished" in text or "finished" in text
    assert all(len(line) <= 100 for line in text.splitlines())


def test_into_a_pipe_all_columns_are_written(search) -> None:
    text = "\n".join(run_lines(search(5)))
    assert "reader.size" in text
    assert "more hyperparameters" not in text
