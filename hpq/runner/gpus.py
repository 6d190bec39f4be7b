"""The GPUs of this machine, as NVML lists them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from hpq.errors import HpqError


@dataclass(frozen=True, slots=True)
class Gpu:
    """A GPU, or an instance of one in MIG mode; the index counts in PCI order, as nvidia-smi does."""

    index: int
    uuid: str
    name: str
    memory_bytes: int  # in total; 0 where it does not tell, as one that shares the host's
    mig: int | None = None  # which instance of the GPU

    @property
    def label(self) -> str:
        """What names it: 0, or 0.mig1 for an instance."""
        return str(self.index) if self.mig is None else f"{self.index}.mig{self.mig}"


def list_gpus() -> list[Gpu]:
    """Return the GPUs of this machine, and of one in MIG mode its instances in its place.

    One that cannot be opened is left out. Raises HpqError with NVML's reason when it cannot tell.
    """
    import pynvml  # a run on CPU needs none of it

    try:
        pynvml.nvmlInit()
        count = pynvml.nvmlDeviceGetCount()
    except pynvml.NVMLError as error:
        raise HpqError(f"no GPU was found (NVML: {error})") from None
    try:
        handles = {index: _ask(pynvml.nvmlDeviceGetHandleByIndex, index) for index in range(count)}
        return [
            gpu for index, handle in handles.items() if handle is not None for gpu in _list(handle, index)
        ]
    finally:
        pynvml.nvmlShutdown()


def _list(handle: Any, index: int) -> list[Gpu]:
    import pynvml

    mode = _ask(pynvml.nvmlDeviceGetMigMode, handle)  # the current one, and the one after a reset
    if mode is None or not mode[0]:
        return [_describe(handle, index)]
    places = range(_ask(pynvml.nvmlDeviceGetMaxMigDeviceCount, handle) or 0)  # of which some are empty
    instances = {mig: _ask(pynvml.nvmlDeviceGetMigDeviceHandleByIndex, handle, mig) for mig in places}
    return [_describe(instance, index, mig) for mig, instance in instances.items() if instance is not None]


def _describe(handle: Any, index: int, mig: int | None = None) -> Gpu:
    import pynvml

    memory = _ask(pynvml.nvmlDeviceGetMemoryInfo, handle)
    return Gpu(
        index=index,
        uuid=_ask(pynvml.nvmlDeviceGetUUID, handle) or "",
        name=_ask(pynvml.nvmlDeviceGetName, handle) or "GPU",
        memory_bytes=0 if memory is None else int(memory.total),
        mig=mig,
    )


class FreeMemory:
    """Reads again and again how much memory is free on GPUs. It opens NVML once."""

    def __init__(self) -> None:
        import pynvml

        _ask(pynvml.nvmlInit)

    def __call__(self, uuid: str) -> int | None:
        """Return the free bytes of a GPU, or of an instance of one, or None when it does not tell."""
        import pynvml

        handle = _ask(pynvml.nvmlDeviceGetHandleByUUID, uuid)
        memory = None if handle is None else _ask(pynvml.nvmlDeviceGetMemoryInfo, handle)
        return None if memory is None else int(memory.free)


@dataclass(frozen=True, slots=True)
class GpuUse:
    """How a GPU is used; what it does not tell is None, or 0 of its memory."""

    index: int
    name: str
    utilization: float | None  # per cent of the time in which it worked
    memory_used_bytes: int
    memory_bytes: int
    temperature_c: float | None


class GpuWatch:
    """Reads again and again how GPUs are used. It opens NVML once, at the first reading."""

    def __init__(self) -> None:
        self._handles: dict[int, tuple[Any, str]] | None = None  # by index, with the name

    def read(self) -> tuple[GpuUse, ...]:
        """Return the use of each GPU that answers: of none where NVML cannot be had."""
        if self._handles is None:
            self._handles = _open_all()
        uses = (_use(handle, index, name) for index, (handle, name) in self._handles.items())
        return tuple(use for use in uses if use is not None)


def _open_all() -> dict[int, tuple[Any, str]]:
    import pynvml

    try:
        pynvml.nvmlInit()
        count = pynvml.nvmlDeviceGetCount()
    except pynvml.NVMLError:
        return {}
    handles = {index: _ask(pynvml.nvmlDeviceGetHandleByIndex, index) for index in range(count)}
    return {
        index: (handle, _ask(pynvml.nvmlDeviceGetName, handle) or "GPU")
        for index, handle in handles.items()
        if handle is not None
    }


def _use(handle: Any, index: int, name: str) -> GpuUse | None:
    """Return how a GPU is used, or None when it answers nothing, as one that fell off the bus does."""
    import pynvml

    rates = _ask(pynvml.nvmlDeviceGetUtilizationRates, handle)  # a GPU in MIG mode has none
    memory = _ask(pynvml.nvmlDeviceGetMemoryInfo, handle)  # one that shares the host's has none
    temperature_c = _ask(pynvml.nvmlDeviceGetTemperature, handle, pynvml.NVML_TEMPERATURE_GPU)
    if rates is None and memory is None and temperature_c is None:
        return None
    return GpuUse(
        index=index,
        name=name,
        utilization=None if rates is None else float(rates.gpu),
        memory_used_bytes=0 if memory is None else int(memory.used),
        memory_bytes=0 if memory is None else int(memory.total),
        temperature_c=None if temperature_c is None else float(temperature_c),
    )


def _ask(question: Callable[..., Any], *details: Any) -> Any:
    """Return NVML's answer, or None when it has none."""
    import pynvml

    try:
        return question(*details)
    except pynvml.NVMLError:
        return None
