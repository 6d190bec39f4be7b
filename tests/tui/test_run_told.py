"""What the screen of one run tells of it."""

import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from hpq.queue.reader import Reader
from hpq.queue.records import Outcome
from hpq.queue.replicate import replicate
from hpq.runner.gpus import GpuUse

NASTY = ("[/bold]", "\x1b]0;x", "a\nb", "é", "[red]x", "x" * 10_000, "{", "漢字")


def test_a_finished_run_has_values_curve_and_log(full_root: Any, shown: Callable[..., str]) -> None:
    text = shown(full_root, "blog-001")
    lines = text.splitlines()
    assert lines[0].startswith(" blog-001  ● finished  best 0.5")
    assert lines[1].startswith(" 1 of 5 · attempt 1 · cpu0")
    assert "best 0.5 at step 2" in text
    assert lines.index(next(line for line in lines if line.startswith(" log"))) > 8
    assert "done" in text
    assert "esc back" in lines[-1]


def test_what_differs_from_the_neighbours_comes_first(full_root: Any, shown: Callable[..., str]) -> None:
    lines = shown(full_root, "blog-002", size=(200, 60)).splitlines()
    names = [line.split()[0] for line in lines[4:10]]
    assert names[:3] == ["lr", "merger.kind", "convnet.depth"]
    assert lines[4].split()[:4] == ["lr", "0.01", "0.1", "1"]
    assert lines[7].startswith(" same in all runs")
    assert lines[8].split()[:4] == ["steps", "100", "100", "100"]


def test_of_a_crashed_run_the_log_comes_first(full_root: Any, shown: Callable[..., str]) -> None:
    lines = shown(full_root, "blog-003").splitlines()
    assert lines[0].startswith(" blog-003  │ crashed")
    assert "RuntimeError: CUDA out of memory" in lines[1]
    assert lines[2].startswith(" log · 2 lines")
    assert lines[3].startswith(" Traceback")


def test_of_an_unfinished_run_the_log_comes_first_too(full_root: Any, shown: Callable[..., str]) -> None:
    lines = shown(full_root, "blog-002").splitlines()
    assert "◐ unfinished" in lines[0]
    assert "killed by signal 15" in lines[1]
    assert lines[2].startswith(" log")
    assert any("best 0.9 at step 1" in line for line in lines)


def test_where_the_newest_samples_are_is_told(full_root: Any, shown: Callable[..., str]) -> None:
    zoomed = "tab", "enter"  # or the path would be folded
    assert "\n samples " not in shown(full_root, "blog-001", *zoomed, size=(200, 40))
    preview = full_root.paths.run("blog", 1).attempt(1).samples / "preview.png"
    preview.parent.mkdir()
    preview.write_bytes(b"")
    assert f"\n samples  {preview}\n" in shown(full_root, "blog-001", *zoomed, size=(200, 40))


def test_a_run_that_waits_says_so(full_root: Any, shown: Callable[..., str]) -> None:
    text = shown(full_root, "blog-005")
    assert "· queued" in text
    assert "it waits: nothing was printed yet" in text


def test_a_run_with_an_empty_log_says_so(root: Any, shown: Callable[..., str]) -> None:
    root.put([{"lr": 1}])
    root.begin(1.0)
    text = shown(root, "blog-001")
    assert "nothing was printed yet" in text
    assert "best 1 at step 0" in text


def test_losses_of_nan_alone_are_told(root: Any, shown: Callable[..., str]) -> None:
    root.put([{"lr": 1}])
    root.begin(float("nan"), float("nan"), log=b"nan\n")
    assert "none of 2 finite" in shown(root, "blog-001")


def test_a_run_whose_folder_was_deleted_says_so(full_root: Any, shown: Callable[..., str]) -> None:
    run_folder = full_root.paths.run("blog", 4).folder
    app_runs = full_root.runs()
    shutil.rmtree(run_folder)
    full_root.runs = lambda: app_runs
    text = shown(full_root, "blog-004", size=(120, 40))
    assert "its folder was deleted" in text
    assert "its log is gone" in text


def test_a_root_without_hyperparameters_is_shown(root: Any, shown: Callable[..., str]) -> None:
    root.put([{}])
    assert "no hyperparameters" in shown(root, "blog-001")


@pytest.mark.parametrize("nasty", NASTY)
@pytest.mark.parametrize("size", [(80, 24), (200, 60)])
def test_nasty_data_is_shown_harmlessly(
    root: Any, shown: Callable[..., str], nasty: str, size: tuple[int, int]
) -> None:
    root.put([{nasty: nasty, "lr": 1}, {nasty: [nasty], "lr": 2}, {"lr": 3}])
    task = root.begin(1.0, log=nasty.encode() + b"\n", slot=nasty[:50])
    root.log(task, 0.5, first=1, **{nasty.replace("\x1b", "^").replace("\n", "^"): 2.0})
    root.end(task, Outcome.FAILED, 1.0, nasty)
    for run_id in ("blog-001", "blog-002"):
        text = shown(root, run_id, size=size)
        assert text.replace("\n", "").isprintable()
        assert "\x1b" not in text
        if len(nasty) < 10 and nasty.isprintable():
            assert nasty in text


def test_all_attempts_are_told(root: Any, shown: Callable[..., str]) -> None:
    root.put([{"lr": 1}])
    root.end(root.begin(3.0, 2.0, log=b"first\n"), Outcome.STOPPED, 2.0, "you asked")
    from hpq.queue.control import requeue

    requeue(root.paths, list(root.runs().values()))
    root.begin(1.5, 1.0, log=b"second\n")
    text = shown(root, "blog-001", size=(200, 60))
    assert "you asked" in text
    assert "1 earlier attempt in grey" in text
    assert "second" in text
    assert "log of attempt 2" in text


@pytest.fixture
def child() -> Iterator[subprocess.Popen[bytes]]:
    """A process that leads a session, as an attempt does."""
    process = subprocess.Popen(["sleep", "600"], start_new_session=True)
    yield process
    process.kill()
    process.wait()


def test_a_run_that_lives_tells_what_it_uses(
    root: Any, shown: Callable[..., str], child: subprocess.Popen[bytes]
) -> None:
    root.put([{"lr": 1}])
    root.begin(1.0, slot="gpu1.0", pid=child.pid)
    gpu = GpuUse(1, "H100", 87.0, 12 << 30, 80 << 30, None)
    text = shown(root, "blog-001", size=(200, 60), gpus=[gpu])
    assert "1 process" in text
    assert "gpu1  87 %, 12 GiB of 80 GiB" in text


def test_other_metrics_are_told_with_their_extremes(root: Any, shown: Callable[..., str]) -> None:
    root.put([{"lr": 1}])
    task = root.begin()
    for step, value in enumerate([3.0, 1.0, 2.0]):
        root.log(task, 1.0, first=step, accuracy=value)
    lines = shown(root, "blog-001", size=(200, 60)).splitlines()
    assert next(line for line in lines if "accuracy" in line).split()[:6] == [
        "accuracy",
        "2",
        "1",
        "1",
        "3",
        "0",
    ]


def test_the_origin_is_told(root: Any, shown: Callable[..., str]) -> None:
    root.put([{"lr": 1}], commit="0123456789abcdef", dirty=True)
    assert "search blog · seed 7 · sampler random" in shown(root, "blog-001", size=(200, 60))


def test_which_run_it_repeats_is_told(root: Any, shown: Callable[..., str]) -> None:
    root.put([{"lr": 1}])
    root.end(root.begin(0.5), Outcome.RETURNED, 0.5)
    reader = Reader(root.paths)
    replicate(root.paths, reader, reader.read(), copies=1)
    assert "replicates blog-001 · search blog" in shown(root, "blog-002", size=(200, 60))


@pytest.mark.parametrize("size", [(60, 15), (80, 24), (129, 34), (130, 20), (300, 100)])
@pytest.mark.parametrize("run_id", ["blog-001", "blog-002", "blog-003", "blog-004", "blog-005"])
def test_every_run_fits_every_size(
    full_root: Any, shown: Callable[..., str], run_id: str, size: tuple[int, int]
) -> None:
    text = shown(full_root, run_id, size=size)
    for part in (run_id, " log", "lr", "esc back"):
        assert part in text


@pytest.mark.parametrize("search", ["blog", "s" * 60])
@pytest.mark.parametrize("width", [60, 80])
def test_the_heading_has_two_lines_with_the_reason_first(
    root: Any, shown: Callable[..., str], search: str, width: int
) -> None:
    root.put([{"lr": 1}], search=search)
    task = root.begin(1.2345, 0.98765, slot="gpu1.0")
    root.end(task, Outcome.KILLED, 0.98765, "killed by signal 15 " + "because " * 20)
    lines = shown(root, f"{search}-001", size=(width, 15)).splitlines()
    assert lines[0].startswith(f" {search[:7]}")
    assert "◐ unfinished  best 0.9877" in lines[0]
    assert lines[1].startswith(" killed by signal 15")
    assert lines[1].endswith("…")
    assert lines[2].startswith(" log")


def test_the_heading_is_as_new_as_the_curve(root: Any, shown: Callable[..., str]) -> None:
    root.put([{"lr": 1}])
    task = root.begin(2.0)
    with open(task.paths.metrics, "a") as file:  # the heartbeat comes later
        file.write('{"step": 1, "loss": 0.25}\n{"step": 2, "loss": 0.5}\n{"step": 3, "loss": NaN}\n')
    lines = shown(root, "blog-001", size=(140, 40)).splitlines()
    assert "best 0.25 · last 0.5 · step 3 ·" in lines[0]
    assert any("best 0.25 at step 1" in line for line in lines)


def test_of_a_long_log_only_the_last_lines_are_counted(root: Any, shown: Callable[..., str]) -> None:
    root.put([{"lr": 1}])
    root.begin(2.0, log=b"12345678901234567890\n" * 100_000)
    text = shown(root, "blog-001")
    assert "log · the last 49,932 lines" in text


def test_metrics_that_are_gone_are_told(full_root: Any, shown: Callable[..., str]) -> None:
    full_root.paths.run("blog", 1).attempt(1).metrics.unlink()
    text = shown(full_root, "blog-001")
    assert "best 0.5 · " in text
    assert "its metrics are gone" in text
    assert "no loss was logged" not in text


@pytest.mark.parametrize("size", [(60, 40), (80, 60), (100, 60), (200, 60)])
def test_no_number_is_cut(root: Any, shown: Callable[..., str], size: tuple[int, int]) -> None:
    params = {"optimizer.schedule.warmup.fraction": -1.235e-7, "a": 9_876_543_210_123, "text": "word " * 12}
    root.put([params])
    root.end(root.begin(3.0, log=b"x\n"), Outcome.STOPPED, 2.0, "you asked for it to end")
    from hpq.queue.control import requeue

    requeue(root.paths, list(root.runs().values()))
    task = root.begin(slot="gpu0.1")
    for step, value in enumerate([5.99e302, -1.235e-7, 5.99e302], 123_456):
        root.log(task, 0.5, first=step, **{"validation.accuracy.of.the.heads": value})
    lines = shown(root, "blog-001", "tab", "enter", size=size).splitlines()
    text = "\n".join(lines)
    assert "-1.235e-7" in text
    assert "9876543210123" in text
    assert "5.99e302" in text
    metric = next(line for line in lines if line.lstrip().startswith("val"))
    heads = next(line for line in lines if line.lstrip().startswith("metric"))
    assert set(heads.split()) <= {"metric", "last", "lowest", "step", "highest"}
    assert set(metric.split()[1:]) <= {"5.99e302", "-1.235e-7", "123,457", "123,456"}
    assert "you asked for" in text


def test_where_there_are_few_columns_the_values_have_them_all(
    full_root: Any, shown: Callable[..., str]
) -> None:
    text = shown(full_root, "blog-001", size=(60, 15))
    assert re.search("hyperparameter +value$", text, re.MULTILINE)
    assert "at step" not in text
    assert "best 0.5 at step 2" in shown(full_root, "blog-001", "tab", "enter", size=(60, 15))
    tall = shown(full_root, "blog-001", size=(60, 40))
    assert "best 0.5 at step 2" in tall
    assert "hyperparameter" in tall
    assert "log · 3 lines" in tall
