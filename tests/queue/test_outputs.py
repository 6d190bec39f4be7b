"""The best network and the newest picture of a run are found among what its attempts left, odd files too."""

import os
from pathlib import Path

import pytest

from hpq.queue.outputs import newest_best, newest_sheet
from hpq.queue.paths import RunPaths


@pytest.fixture
def run(tmp_path: Path) -> RunPaths:
    return RunPaths(tmp_path)


def leave(path: Path, changed_s: int = 1) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"")
    os.utime(path, (changed_s, changed_s))
    return path


def test_the_newest_attempt_with_a_network_is_found(run: RunPaths) -> None:
    assert newest_best(run, 3) is None
    for number in (1, 2, 4):
        leave(run.attempt(number).best)
    (run.attempt(3).best).mkdir(parents=True)  # no file
    assert newest_best(run, 3) == run.attempt(2)


def test_the_sheet_of_the_highest_number_is_the_newest(run: RunPaths) -> None:
    samples = run.attempt(1).samples
    assert newest_sheet(run, 1) is None
    for number in (9, 10, 2):
        leave(samples / str(number) / "sheet.png")
    (samples / "11").mkdir()  # somebody is at it, or was killed
    for odd in ("012", "x", "٣", "-1", "preview.png.aside"):
        leave(samples / odd / "sheet.png", 9)
    assert newest_sheet(run, 1) == samples / "10" / "sheet.png"


def test_a_preview_counts_until_a_sheet_is_newer(run: RunPaths) -> None:
    preview = leave(run.attempt(1).samples / "preview.png", 5)
    assert newest_sheet(run, 1) == preview
    leave(run.attempt(1).samples / "1" / "sheet.png", 4)
    assert newest_sheet(run, 1) == preview
    sheet = leave(run.attempt(1).samples / "2" / "sheet.png", 6)
    assert newest_sheet(run, 1) == sheet
    assert newest_sheet(run, 2) == sheet
    resumed = leave(run.attempt(2).samples / "preview.png", 7)
    assert newest_sheet(run, 2) == resumed
    assert newest_sheet(run, 1) == sheet


def test_what_is_no_folder_holds_no_sheet(run: RunPaths) -> None:
    leave(run.attempt(1).samples)
    leave(run.attempt(2).samples / "1")
    (run.attempt(3).samples / "preview.png").mkdir(parents=True)
    (run.attempt(3).samples / "7" / "sheet.png").mkdir(parents=True)
    assert newest_sheet(run, 9) is None
