"""What `hpq run` is asked for and cannot mean is answered in one sentence that names the option."""

import pytest

from hpq.cli import main
from hpq.runner import slots as slots_module
from hpq.runner.gpus import Gpu
from hpq.runner.job import Limits

ODD = {
    "--workers": ["0", "-1", "1e3", "100000", "two", ""],
    "--per-gpu": ["0", "-2", "1.5", "8 runs", "0GiB", "", "81GiB", "1KiB", "9" * 5000],
    "--gpus": ["", ",", "7", "x", "0,0", "-1", "[/red]"],
    "--free": ["0", "-8GiB", "much", "", "81GiB", "9" * 500, "1e3"],
    "--memory": ["0", "-8GiB", "much", "", "9" * 500, "9999999TiB"],
    "--retries": ["-1", "1.5", "x", "", "9" * 5000],
    "--give-up-after": ["-1", "ten", "", "9" * 5000],
    "--time-limit": ["0", "-5", "soon", "", "9" * 500, "inf", "nan"],
    "--grace": ["0", "-5", "soon", ""],
    "--stale-after": ["0", "-5", "soon", ""],
}


@pytest.fixture
def call(monkeypatch, capsys, tmp_path):
    """Call `hpq run` on a machine with one GPU; return its exit code and what it wrote to stderr."""
    monkeypatch.setattr(slots_module, "list_gpus", lambda: [Gpu(0, "GPU-1234-abcd", "H100", 80 << 30)])
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)

    def call(*words: str) -> tuple[object, str]:
        with pytest.raises(SystemExit) as ended:
            main(["run", "--root", str(tmp_path / "none"), *words])
        return ended.value.code, capsys.readouterr().err

    return call


@pytest.mark.parametrize(
    ("option", "value"),
    [(option, value) for option, values in ODD.items() for value in values],
    ids=lambda x: x[:9],
)
def test_an_odd_value_is_refused_in_a_sentence_that_names_its_option(call, option: str, value: str) -> None:
    place = () if option in ("--workers", "--gpus") else ("--gpus", "all")
    code, err = call(*place, f"{option}={value}")
    assert code == 2
    assert err.startswith("hpq: ")
    assert err.count("\n") == 1
    assert len(err) < 300
    assert option in err or repr(value) in err


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("--workers", "2", "--gpus", "0"),
        ("--workers", "2", "--per-gpu", "1"),
        ("--workers", "2", "--free", "1GiB"),
    ],
)
def test_options_that_contradict_one_another_are_refused(call, words: tuple[str, ...]) -> None:
    code, err = call(*words)
    assert code == 2
    assert "--workers" in err
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    ("words", "memory_bytes", "slots"),
    [
        (("--gpus", "0"), None, 1),
        (("--gpus", "0", "--per-gpu", "2"), None, 2),
        (("--gpus", "0", "--per-gpu", "20GiB"), 20 << 30, 4),
        (("--gpus", "0", "--per-gpu", "20GiB", "--memory", "18GiB"), 18 << 30, 4),
        (("--workers", "3", "--memory", "1GiB"), 1 << 30, 3),
    ],
)
def test_a_share_by_size_limits_each_run_unless_memory_says_otherwise(
    call, monkeypatch, tmp_path, words: tuple[str, ...], memory_bytes: int | None, slots: int
) -> None:
    seen = []

    def run(_paths, slots, limits, _rules) -> int:
        seen.append((slots, limits))
        return 0

    monkeypatch.setattr("hpq.commands.run.run", run)
    assert call("--watch", *words) == (0, "")
    ((found, limits),) = seen
    assert (limits, len(found)) == (Limits(memory_bytes=memory_bytes), slots)
