"""Which slots the command line means, on machines with GPUs and without."""

import pytest

from hpq.errors import HpqError, UsageError
from hpq.runner import slots as slots_module
from hpq.runner.gpus import Gpu
from hpq.runner.share import Share
from hpq.runner.slots import Slot, cpu_slots, find_slots, gpu_slots

PRESENT = [Gpu(index, f"GPU-{index}234-abcd", "H100", 80 << 30) for index in range(4)]
SMALL = Gpu(1, "GPU-small", "A2000", 12 << 30)


@pytest.fixture
def four_gpus(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slots_module, "list_gpus", lambda: PRESENT)
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)


def names(slots: list[Slot]) -> list[str]:
    return [slot.name for slot in slots]


def test_every_gpu_gets_a_run_before_any_gets_its_second() -> None:
    assert names(gpu_slots(PRESENT[:2], Share(2))) == ["gpu0.0", "gpu1.0", "gpu0.1", "gpu1.1"]
    assert names(gpu_slots(PRESENT[:2], Share())) == ["gpu0", "gpu1"]


def test_as_many_runs_as_fit_into_the_memory_of_each_gpu() -> None:
    assert names(gpu_slots([PRESENT[0], SMALL], Share(memory_bytes=30 << 30 >> 2))) == [
        *("gpu0.0", "gpu1", "gpu0.1", *(f"gpu0.{number}" for number in range(2, 10)))
    ]
    assert names(gpu_slots([PRESENT[0], SMALL], Share(memory_bytes=12 << 30)))[:3] == [
        "gpu0.0",
        "gpu1",
        "gpu0.1",
    ]


def test_a_run_sees_its_own_gpu_alone() -> None:
    assert [slot.visible_gpus for slot in gpu_slots(PRESENT[2:], Share(2))] == ["2", "3", "2", "3"]
    assert {slot.visible_gpus for slot in cpu_slots(2)} == {""}


def test_slots_of_a_gpu_share_a_place() -> None:
    assert {slot.place for slot in gpu_slots([PRESENT[1]], Share(2))} == {"gpu1"}
    assert {slot.place for slot in cpu_slots(3)} == {"cpu"}
    instances = [Gpu(0, f"MIG-{mig}", "MIG 1g.10gb", 10 << 30, mig=mig) for mig in (0, 1)]
    assert [slot.place for slot in gpu_slots(instances, Share(2))] == ["gpu0.mig0", "gpu0.mig1"] * 2
    assert [slot.place for slot in gpu_slots(instances, Share())] == ["gpu0.mig0", "gpu0.mig1"]


@pytest.mark.parametrize(
    ("wanted", "indices"), [("all", [0, 1, 2, 3]), ("2", [2]), ("3,1", [3, 1]), ("GPU-1234-abcd, 0", [1, 0])]
)
def test_gpus_are_named_by_index_or_uuid(four_gpus, wanted: str, indices: list[int]) -> None:
    assert [int(slot.visible_gpus) for slot in find_slots(wanted, None, None)] == indices


def test_on_a_machine_with_mig_every_gpu_is_handed_on_by_its_uuid(monkeypatch) -> None:
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    instance = Gpu(0, "MIG-1234", "MIG 1g.10gb", 10 << 30, mig=1)
    monkeypatch.setattr(slots_module, "list_gpus", lambda: [instance, PRESENT[1]])
    slots = find_slots("all", None, None)
    assert [(slot.name, slot.visible_gpus) for slot in slots] == [
        ("gpu0.mig1", "MIG-1234"),
        ("gpu1", "GPU-1234-abcd"),
    ]


@pytest.mark.parametrize(
    ("text", "share"),
    [
        ("1", Share(1)),
        ("12", Share(12)),
        ("8GiB", Share(memory_bytes=8 << 30)),
        ("1.5g", Share(memory_bytes=1_500_000_000)),
    ],
)
def test_a_share_is_a_number_of_runs_or_a_size(text: str, share: Share) -> None:
    assert Share.parse(text) == share


@pytest.mark.parametrize(
    "text", ["0", "-1", "1001", "9" * 30, "x", "", "1.5", "0GiB", "-8GiB", "8 runs", "9" * 5000]
)
def test_what_is_no_share_is_answered_with_what_is_one(text: str) -> None:
    with pytest.raises(UsageError, match=r"--per-gpu (means 1 to 1,000 runs|is a number of runs such as 2)"):
        Share.parse(text)


@pytest.mark.parametrize(
    ("share", "words"),
    [
        (Share(memory_bytes=81 << 30), ["81 GiB", "80 GiB", "GPU 0"]),
        (Share(memory_bytes=1), ["1 B", "1,000 runs"]),
    ],
)
def test_a_share_that_fits_not_once_or_too_often_is_refused(
    four_gpus, share: Share, words: list[str]
) -> None:
    with pytest.raises(UsageError) as refused:
        find_slots("0", share, None)
    assert all(word in str(refused.value) for word in words)


def test_a_gpu_that_does_not_tell_its_memory_has_no_share_by_size() -> None:
    with pytest.raises(UsageError, match="does not tell its memory"):
        gpu_slots([Gpu(0, "GPU-1", "GB10", 0)], Share(memory_bytes=1 << 30))
    assert names(gpu_slots([Gpu(0, "GPU-1", "GB10", 0)], Share(2))) == ["gpu0.0", "gpu0.1"]


@pytest.mark.parametrize(
    ("gpus", "share", "workers", "words"),
    [
        ("4", None, None, ["'4'", "0 (H100)"]),
        ("0,0", None, None, ["twice", "--per-gpu"]),
        ("", None, None, ["names no GPU"]),
        ("x", None, None, ["'x'"]),
        (None, None, None, ["--gpus all", "--workers", "H100"]),
        (None, None, 0, ["--workers"]),
        (None, None, -2, ["--workers", "-2"]),
        (None, None, 100_000, ["--workers", "100,000"]),
        ("0", None, 2, ["--gpus", "exclude"]),
        (None, Share(), 2, ["--per-gpu", "exclude"]),
    ],
)
def test_what_makes_no_slots_is_answered_with_what_to_type(four_gpus, gpus, share, workers, words) -> None:
    with pytest.raises(UsageError) as refused:
        find_slots(gpus, share, workers)
    for word in words:
        assert word in str(refused.value)


@pytest.mark.parametrize("gpus", [None, "all", "0,1"])
def test_without_gpus_the_cpu_is_offered(monkeypatch, gpus: str | None) -> None:
    def none_here() -> list[Gpu]:
        raise HpqError("no GPU was found (NVML: Shared Library Not Found)")

    monkeypatch.setattr(slots_module, "list_gpus", none_here)
    with pytest.raises(UsageError, match=r"NVML.*--workers 2"):
        find_slots(gpus, None, None)
