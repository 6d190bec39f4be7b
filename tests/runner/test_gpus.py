"""A watch tells how GPUs are used, and survives whatever NVML answers."""

import sys
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from hpq.runner.gpus import GpuUse, GpuWatch


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


class FakeNvml:
    """NVML with two GPUs; it fails where it is asked what is in `broken`: a function, and which GPU."""

    NVMLError = NVMLError
    NVML_TEMPERATURE_GPU = 0

    def __init__(self) -> None:
        self.broken: set[tuple[str, int | None]] = set()
        self.calls: list[str] = []

    def __getattr__(self, question: str) -> Callable[..., Any]:
        answer = ANSWERS[question]

        def ask(*details: int) -> Any:
            self.calls.append(question)
            if (question, details[0] if details else None) in self.broken:
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
