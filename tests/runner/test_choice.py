"""Which GPUs `--gpus` means: indices, UUIDs, instances, and what CUDA_VISIBLE_DEVICES leaves."""

import pytest

from hpq.errors import UsageError
from hpq.runner.choice import choose_gpus
from hpq.runner.gpus import Gpu

WHOLE = [Gpu(index, f"GPU-{index}234-abcd", "H100", 80 << 30) for index in range(4)]
INSTANCES = [Gpu(4, f"MIG-{mig}234-abcd", "MIG 1g.10gb", 10 << 30, mig=mig) for mig in (0, 2)]
PRESENT = WHOLE + INSTANCES


@pytest.fixture(autouse=True)
def visible(monkeypatch: pytest.MonkeyPatch):
    """Set CUDA_VISIBLE_DEVICES, which is not set at first."""
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    return lambda words: monkeypatch.setenv("CUDA_VISIBLE_DEVICES", words)


def chosen(wanted: str) -> list[str]:
    return [gpu.label for gpu in choose_gpus(wanted, PRESENT)]


@pytest.mark.parametrize(
    ("wanted", "labels"),
    [
        ("all", ["0", "1", "2", "3", "4.mig0", "4.mig2"]),
        ("3, 1", ["3", "1"]),
        ("GPU-1234-abcd", ["1"]),
        ("GPU-1234", ["1"]),
        ("0,GPU-2234,4.mig2", ["0", "2", "4.mig2"]),
        ("MIG-2234-abcd,3", ["4.mig2", "3"]),
        ("MIG-0234", ["4.mig0"]),
        ("4", ["4.mig0", "4.mig2"]),
        ("1,,0,", ["1", "0"]),
    ],
)
def test_a_list_mixes_indices_uuids_and_instances(wanted: str, labels: list[str]) -> None:
    assert chosen(wanted) == labels


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        ("5", ["'5'", "0 (H100)", "4.mig2 (MIG 1g.10gb)"]),
        ("-1", ["'-1'"]),
        ("4.mig1", ["'4.mig1'"]),
        ("GPU-", ["'GPU-'"]),
        ("GPU-9999", ["'GPU-9999'"]),
        ("0:1", ["'0:1'"]),
        ("", ["names no GPU"]),
        (" , ", ["names no GPU"]),
        ("0,GPU-0234", ["twice"]),
        ("4,4.mig0", ["twice"]),
    ],
)
def test_what_names_no_gpu_or_one_twice_is_refused(wanted: str, words: list[str]) -> None:
    with pytest.raises(UsageError) as refused:
        chosen(wanted)
    assert all(word in str(refused.value) for word in words)


def test_an_abbreviated_uuid_that_means_several_is_refused() -> None:
    twins = [Gpu(index, f"GPU-12345-{index}", "H100", 80 << 30) for index in range(2)]
    with pytest.raises(UsageError, match="2 GPUs: give more of it"):
        choose_gpus("GPU-1234", twins)
    assert choose_gpus("GPU-12345-1", twins) == twins[1:]


@pytest.mark.parametrize(
    ("words", "labels"),
    [("1,3", ["1", "3"]), ("GPU-2234-abcd", ["2"]), ("MIG-0234-abcd,0", ["4.mig0", "0"]), ("2", ["2"])],
)
def test_all_gpus_are_those_that_the_environment_leaves(visible, words: str, labels: list[str]) -> None:
    visible(words)
    assert chosen("all") == labels


def test_indices_count_in_the_machine_whatever_the_environment_leaves(visible) -> None:
    visible("1,3")
    assert chosen("3") == ["3"]
    with pytest.raises(UsageError, match=r"--gpus 0,1 goes beyond CUDA_VISIBLE_DEVICES=1,3.* leaves out 0:"):
        chosen("0,1")


@pytest.mark.parametrize(
    ("words", "message"),
    [("", "is set and empty"), ("-1", "makes no sense"), ("NoDevFiles", "makes no sense"), ("7", "'7'")],
)
@pytest.mark.parametrize("wanted", ["all", "0"])
def test_an_environment_that_leaves_no_gpu_is_named(visible, wanted: str, words: str, message: str) -> None:
    visible(words)
    with pytest.raises(UsageError, match="CUDA_VISIBLE_DEVICES") as refused:
        chosen(wanted)
    assert message in str(refused.value)
