"""Metrics read as their file grows."""

import json
import math
import os
from pathlib import Path

import numpy as np
import pytest

from hpq.results.history import History, Series


def read(history: History) -> dict[str, Series]:
    while history.read():
        pass
    return history.series()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "metrics.jsonl"


def append(path: Path, text: str) -> None:
    with open(path, "a") as file:
        file.write(text)


def test_a_file_that_is_not_there_has_no_metrics(path: Path) -> None:
    assert read(History(path)) == {}


def test_what_was_appended_is_added_to_what_was_read(path: Path) -> None:
    history = History(path)
    append(path, '{"step": 0, "loss": 2.0, "acc": 1}\n')
    before = read(history)["loss"]
    append(path, '{"step": 5, "loss": 1.5}\n')
    series = read(history)
    assert series["loss"].steps.tolist() == [0, 5]
    assert series["loss"].values.tolist() == [2.0, 1.5]
    assert series["acc"].values.tolist() == [1]
    assert before.values.tolist() == [2.0]


def test_only_what_was_appended_is_read_again(path: Path) -> None:
    history = History(path)
    append(path, '{"step": 0, "loss": 2.0}\n')
    read(history)
    with open(path, "r+b") as file:
        file.write(b"x" * 10)
    append(path, '{"step": 1, "loss": 3.0}\n')
    assert read(history)["loss"].values.tolist() == [2.0, 3.0]


def test_a_torn_line_counts_once_its_end_is_there(path: Path) -> None:
    history = History(path)
    append(path, '{"step": 0, "loss": 2.0}\n{"step": 1, "lo')
    assert len(read(history)["loss"]) == 1
    append(path, 'ss": 1.0}\n')
    assert read(history)["loss"].values.tolist() == [2.0, 1.0]


def test_a_last_line_without_its_newline_counts_once(path: Path) -> None:
    history = History(path)
    append(path, '{"step": 0, "loss": 2.0}')
    assert len(read(history)["loss"]) == 1
    append(path, '\n{"step": 1, "loss": 1.0}\n')
    assert read(history)["loss"].values.tolist() == [2.0, 1.0]


def test_a_file_that_shrank_or_was_replaced_is_read_anew(path: Path, tmp_path: Path) -> None:
    history = History(path)
    append(path, '{"step": 0, "loss": 2.0}\n{"step": 1, "loss": 3.0}\n')
    read(history)
    path.write_text('{"step": 7, "loss": 4.0}\n')
    assert read(history)["loss"].steps.tolist() == [7]
    other = tmp_path / "other"
    other.write_text('{"step": 8, "loss": 4.0}\n{"step": 9, "loss": 4.0}\n')
    os.replace(other, path)
    assert read(history)["loss"].steps.tolist() == [8, 9]


def test_losses_that_are_not_finite_are_kept_and_are_no_extremes(path: Path) -> None:
    append(path, '{"step": 0, "loss": NaN}\n{"step": 1, "loss": 3.0}\n{"step": 2, "loss": -Infinity}\n')
    loss = read(History(path))["loss"]
    assert loss.unfit == 2
    assert loss.lowest == loss.highest == (3.0, 1.0)
    assert math.isnan(loss.values[0])


def test_losses_of_nan_alone_have_no_extremes(path: Path) -> None:
    append(path, '{"step": 0, "loss": NaN}\n')
    loss = read(History(path))["loss"]
    assert (loss.lowest, loss.highest, loss.unfit) == (None, None, 1)


@pytest.mark.parametrize(
    "line",
    [
        "",
        "nonsense",
        "[1, 2]",
        "12",
        "null",
        '{"step": true}',
        '{"loss": "2.0"}',
        '{"loss": null}',
        "\x00",
        "[" * 9999,
    ],
)
def test_lines_that_make_no_sense_are_left_out(path: Path, line: str) -> None:
    append(path, f'{{"step": 3, "loss": 1.0}}\n{line}\n{{"step": 4, "loss": true, "[/bold]": 5}}\n')
    series = read(History(path))
    assert series["loss"].steps.tolist() == [3]
    assert series["[/bold]"].values.tolist() == [5]


def test_numbers_beyond_all_bounds_are_infinite(path: Path) -> None:
    append(path, f'{{"step": {10**400}, "loss": {10**400}}}\n{{"loss": -{10**400}}}\n{{"loss": {2**63}}}\n')
    loss = read(History(path))["loss"]
    assert loss.values.tolist() == [math.inf, -math.inf, 2.0**63]
    assert loss.steps.tolist() == [0, 0, 0]


def test_a_line_without_a_step_has_that_of_the_line_before(path: Path) -> None:
    append(path, '{"loss": 1.0}\n{"step": 4, "acc": 1.0}\n{"loss": 2.0}\n')
    assert read(History(path))["loss"].steps.tolist() == [0, 4]


def test_many_lines_are_read_in_chunks_and_none_is_lost(path: Path) -> None:
    losses = np.random.default_rng(1).random(30_000)
    append(path, "".join(json.dumps({"step": step, "loss": loss}) + "\n" for step, loss in enumerate(losses)))
    history = History(path)
    assert history.read()
    loss = read(history)["loss"]
    assert np.array_equal(loss.values, losses)
    assert np.array_equal(loss.steps, np.arange(30_000))
    assert loss.lowest == (losses.min(), float(losses.argmin()))


def test_a_line_longer_than_a_chunk_is_read(path: Path) -> None:
    append(path, json.dumps({"note": "x" * 600_000, "loss": 1.0}) + '\n{"loss": 2.0}\n')
    assert read(History(path))["loss"].values.tolist() == [1.0, 2.0]


def test_the_time_of_logging_is_no_metric(path: Path) -> None:
    append(path, '{"step": 0, "loss": 2.0, "at": 1800000000.0}\n')
    assert list(read(History(path))) == ["loss"]
