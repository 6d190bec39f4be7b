"""Which slots the command line means, on machines with GPUs and without."""

import pytest

from hpq.errors import HpqError, UsageError
from hpq.runner import slots as slots_module
from hpq.runner.gpus import Gpu, choose_gpus
from hpq.runner.slots import cpu_slots, find_slots, gpu_slots

PRESENT = [Gpu(index, f"GPU-{index}234-abcd", "H100", 80 << 30) for index in range(4)]


@pytest.fixture
def four_gpus(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slots_module, "list_gpus", lambda: PRESENT)
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)


def test_every_gpu_gets_a_run_before_any_gets_its_second() -> None:
    assert [slot.name for slot in gpu_slots([0, 1], per_gpu=2)] == ["gpu0.0", "gpu1.0", "gpu0.1", "gpu1.1"]
    assert [slot.name for slot in gpu_slots([0, 1])] == ["gpu0", "gpu1"]


def test_a_run_sees_its_own_gpu_alone() -> None:
    assert [slot.visible_gpus for slot in gpu_slots([2, 3], per_gpu=2)] == ["2", "3", "2", "3"]
    assert {slot.visible_gpus for slot in cpu_slots(2)} == {""}


def test_slots_of_a_gpu_share_a_place() -> None:
    assert [slot.place for slot in gpu_slots([1], per_gpu=2)] == ["gpu1", "gpu1"]
    assert {slot.place for slot in cpu_slots(3)} == {"cpu"}


@pytest.mark.parametrize(
    ("wanted", "indices"), [("all", [0, 1, 2, 3]), ("2", [2]), ("3,1", [3, 1]), ("GPU-1234-abcd, 0", [1, 0])]
)
def test_gpus_are_named_by_index_or_uuid(four_gpus, wanted: str, indices: list[int]) -> None:
    assert [int(slot.visible_gpus) for slot in find_slots(wanted, 1, None)] == indices


def test_all_gpus_are_those_that_the_environment_leaves(four_gpus, monkeypatch) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "1,3")
    assert [gpu.index for gpu in choose_gpus("all", PRESENT)] == [1, 3]


@pytest.mark.parametrize(
    ("gpus", "per_gpu", "workers", "words"),
    [
        ("4", 1, None, ["'4'", "0 (H100)"]),
        ("0,0", 1, None, ["twice", "--per-gpu"]),
        ("", 1, None, ["names no GPU"]),
        ("x", 1, None, ["'x'"]),
        (None, 1, None, ["--gpus all", "--workers", "H100"]),
        ("0", 0, None, ["--per-gpu"]),
        (None, 1, 0, ["--workers"]),
        ("0", 1, 2, ["exclude"]),
    ],
)
def test_what_makes_no_slots_is_answered_with_what_to_type(four_gpus, gpus, per_gpu, workers, words) -> None:
    with pytest.raises(UsageError) as refused:
        find_slots(gpus, per_gpu, workers)
    for word in words:
        assert word in str(refused.value)


@pytest.mark.parametrize("gpus", [None, "all", "0,1"])
def test_without_gpus_the_cpu_is_offered(monkeypatch, gpus: str | None) -> None:
    def none_here() -> list[Gpu]:
        raise HpqError("no GPU was found (NVML: Shared Library Not Found)")

    monkeypatch.setattr(slots_module, "list_gpus", none_here)
    with pytest.raises(UsageError, match=r"NVML.*--workers 2"):
        find_slots(gpus, 1, None)
