"""GPUs are listed and watched, whatever NVML answers."""

import sys
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from hpq.errors import HpqError
from hpq.runner.gpus import FreeMemory, Gpu, GpuUse, GpuWatch, list_gpus


class NVMLError(Exception):
    pass


ANSWERS: dict[str, Callable[..., Any]] = {
    "nvmlInit": lambda: None,
    "nvmlDeviceGetCount": lambda: 2,
    "nvmlDeviceGetHandleByIndex": lambda index: index,
    "nvmlDeviceGetName": lambda _: "H100",
    "nvmlDeviceGetUtilizationRates": lambda index: SimpleNamespace(gpu=90 + index, memory=5),
    "nvmlDeviceGetMemoryInfo": lambda _: SimpleNamespace(total=80 << 30, used=3 << 30, free=77 << 30),
    "nvmlDeviceGetTemperature": lambda index, sensor: 60 + index + sensor,
}
LISTING: dict[str, Callable[..., Any]] = {
    "nvmlShutdown": lambda: None,
    "nvmlDeviceGetUUID": lambda handle: f"GPU-{handle}" if isinstance(handle, int) else f"MIG-{handle[1]}",
    "nvmlDeviceGetMigMode": lambda index: [int(index == 1), 0],
    "nvmlDeviceGetMaxMigDeviceCount": lambda _: 3,
    "nvmlDeviceGetMigDeviceHandleByIndex": lambda index, mig: (index, mig),
    "nvmlDeviceGetHandleByUUID": lambda uuid: int(uuid.removeprefix("GPU-")),
}


class FakeNvml:
    """NVML with two GPUs; it fails where it is asked what is in `broken`: a function, and which GPU."""

    NVMLError = NVMLError
    NVML_TEMPERATURE_GPU = 0

    def __init__(self) -> None:
        self.broken: set[tuple[Any, ...]] = {("nvmlDeviceGetMigMode", index) for index in (0, 1)}
        self.calls: list[str] = []

    def __getattr__(self, question: str) -> Callable[..., Any]:
        answer = (ANSWERS | LISTING)[question]

        def ask(*details: Any) -> Any:
            self.calls.append(question)
            if (question, details[0] if details else None) in self.broken or (
                question,
                *details,
            ) in self.broken:
                raise NVMLError("Not Supported")
            return answer(*details)

        return ask


@pytest.fixture
def nvml(monkeypatch: pytest.MonkeyPatch) -> FakeNvml:
    fake = FakeNvml()
    monkeypatch.setitem(sys.modules, "pynvml", fake)
    return fake


FIRST = GpuUse(0, "H100", 90.0, 3 << 30, 80 << 30, 60.0)
SECOND = GpuUse(1, "H100", 91.0, 3 << 30, 80 << 30, 61.0)


def test_each_gpu_tells_how_it_is_used(nvml: FakeNvml) -> None:
    assert GpuWatch().read() == (FIRST, SECOND)


def test_nvml_is_opened_once_and_not_before_it_is_needed(nvml: FakeNvml) -> None:
    watch = GpuWatch()
    assert nvml.calls == []
    assert watch.read() == watch.read() == watch.read()
    assert [nvml.calls.count(question) for question in ANSWERS] == [1, 1, 2, 2, 6, 6, 6]


@pytest.mark.parametrize("question", ["nvmlInit", "nvmlDeviceGetCount"])
def test_without_nvml_there_is_no_gpu_and_nobody_asks_again(nvml: FakeNvml, question: str) -> None:
    nvml.broken = {(question, None)}
    watch = GpuWatch()
    assert watch.read() == ()
    calls = nvml.calls[:]
    assert watch.read() == watch.read() == ()
    assert nvml.calls == calls


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("nvmlDeviceGetName", GpuUse(1, "GPU", 91.0, 3 << 30, 80 << 30, 61.0)),
        ("nvmlDeviceGetUtilizationRates", GpuUse(1, "H100", None, 3 << 30, 80 << 30, 61.0)),
        ("nvmlDeviceGetMemoryInfo", GpuUse(1, "H100", 91.0, 0, 0, 61.0)),
        ("nvmlDeviceGetTemperature", GpuUse(1, "H100", 91.0, 3 << 30, 80 << 30, None)),
    ],
)
def test_what_a_gpu_does_not_tell_is_left_open(nvml: FakeNvml, question: str, expected: GpuUse) -> None:
    nvml.broken = {(question, 1)}
    assert GpuWatch().read() == (FIRST, expected)


def test_a_gpu_that_cannot_be_opened_leaves_the_others_their_index(nvml: FakeNvml) -> None:
    nvml.broken = {("nvmlDeviceGetHandleByIndex", 0)}
    assert GpuWatch().read() == (SECOND,)


def test_a_gpu_that_answers_nothing_is_left_out_until_it_answers(nvml: FakeNvml) -> None:
    watch = GpuWatch()
    assert watch.read() == (FIRST, SECOND)
    nvml.broken = {(question, 0) for question in ANSWERS}
    assert watch.read() == (SECOND,)
    nvml.broken = set()
    assert watch.read() == (FIRST, SECOND)


def test_the_real_nvml_answers_or_is_absent() -> None:
    for gpu in GpuWatch().read():
        assert 0 <= gpu.memory_used_bytes <= gpu.memory_bytes
        assert gpu.utilization is None or 0 <= gpu.utilization <= 100


def test_gpus_are_listed_with_what_names_them(nvml: FakeNvml) -> None:
    assert list_gpus() == [Gpu(0, "GPU-0", "H100", 80 << 30), Gpu(1, "GPU-1", "H100", 80 << 30)]
    assert nvml.calls[-1] == "nvmlShutdown"


def test_of_a_gpu_in_mig_mode_its_instances_are_listed(nvml: FakeNvml) -> None:
    nvml.broken = {("nvmlDeviceGetMigDeviceHandleByIndex", 1, 1)}  # its second place is empty
    assert [(gpu.label, gpu.uuid) for gpu in list_gpus()] == [
        ("0", "GPU-0"),
        ("1.mig0", "MIG-0"),
        ("1.mig2", "MIG-2"),
    ]


def test_a_gpu_that_fell_off_the_bus_is_not_listed_and_the_others_keep_their_index(nvml: FakeNvml) -> None:
    nvml.broken |= {("nvmlDeviceGetHandleByIndex", 0)}
    assert [gpu.index for gpu in list_gpus()] == [1]


def test_a_gpu_that_shares_the_hosts_memory_is_listed_without_any(nvml: FakeNvml) -> None:
    nvml.broken |= {("nvmlDeviceGetMemoryInfo", 0), ("nvmlDeviceGetName", 0)}
    assert list_gpus()[0] == Gpu(0, "GPU-0", "GPU", 0)


@pytest.mark.parametrize("question", ["nvmlInit", "nvmlDeviceGetCount"])
def test_why_no_gpu_can_be_listed_is_told(nvml: FakeNvml, question: str) -> None:
    nvml.broken = {(question, None)}
    with pytest.raises(HpqError, match="NVML: Not Supported"):
        list_gpus()


def test_free_memory_is_read_anew_and_nvml_is_opened_once(nvml: FakeNvml) -> None:
    free = FreeMemory()
    assert [free("GPU-0"), free("GPU-1"), free("GPU-0")] == [77 << 30] * 3
    assert nvml.calls.count("nvmlInit") == 1


@pytest.mark.parametrize(
    "broken", [("nvmlInit", None), ("nvmlDeviceGetHandleByUUID", "GPU-0"), ("nvmlDeviceGetMemoryInfo", 0)]
)
def test_free_memory_that_is_not_told_is_none(nvml: FakeNvml, broken: tuple[Any, ...]) -> None:
    nvml.broken = {broken} if broken[1] is not None else {broken, ("nvmlDeviceGetHandleByUUID", "GPU-0")}
    assert FreeMemory()("GPU-0") is None
