"""How much memory a call needs beyond what was there before, as the system counts it."""

import ctypes
import gc
from collections.abc import Callable
from pathlib import Path

import torch

_STATUS, _RESET = Path("/proc/self/status"), Path("/proc/self/clear_refs")
_RESET_PEAK = "5"


def peak_mib(call: Callable[[], object]) -> float:
    """Return the peak of memory during a call less what was used before, in MiB, or of a GPU."""
    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.synchronize()
        before = torch.cuda.memory_allocated()
        torch.cuda.reset_peak_memory_stats()
        call()
        torch.cuda.synchronize()
        return float(torch.cuda.max_memory_allocated() - before) / 2**20
    ctypes.CDLL("libc.so.6").malloc_trim(0)  # what was freed before would hide what is taken now
    before_kib = _status_kib("VmRSS")
    _RESET.write_text(_RESET_PEAK)
    call()
    return (_status_kib("VmHWM") - before_kib) / 1024


def _status_kib(name: str) -> int:
    for line in _STATUS.read_text().splitlines():
        if line.startswith(name):
            return int(line.split()[1])
    raise SystemExit(f"{_STATUS} tells no {name}")
