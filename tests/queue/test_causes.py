import pytest

from hpq.queue.causes import Cause, cause_of
from hpq.queue.runs import Run
from hpq.queue.states import State

REASONS = {
    Cause.OUT_OF_MEMORY: [
        "out of memory: 12 GiB more could not be had",
        "out of memory",
        "RuntimeError: CUDA out of memory. Tried to allocate 2.00 GiB",
        "RuntimeError: CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`",
        "OSError: [Errno 12] Cannot allocate memory",
        "exit code 1: MemoryError",
    ],
    Cause.NAN: [
        "training returned, and no loss of it was finite",
        "FloatingPointError: loss is nan at step 1",
        "FloatingPointError: loss is inf at step 40",
        "RuntimeError: Function 'MulBackward0' returned nan values in its 0th output.",
        "RuntimeError: probability tensor contains either `inf`, `nan` or element < 0",
        "ValueError: Input contains NaN.",
        "exit code 1: ValueError: cannot convert float NaN to integer",
    ],
    Cause.IMPORT: [
        "ModuleNotFoundError: No module named 'nan'",
        "ImportError: cannot import name 'x' from 'y' (unknown location)",
        "exit code 1: ModuleNotFoundError: No module named 'flash_attn'",
    ],
    Cause.KILLED: [
        "killed by SIGKILL, as the system does when memory runs out",
        "killed by SIGSEGV: step 3",
        "killed by signal 15",
        "exit code 137: Killed",
        "exit code 139",
    ],
    Cause.LIMIT: ["time limit of 3 s", "time limit of 3 s, killed when it did not stop by itself"],
    Cause.STOPPED: [
        "stopped by hpq cancel",
        "stopped with its runner, killed when it did not stop by itself",
        "stopped by SIGTERM",
        "",  # of a stop that somebody else wrote
    ],
    Cause.SILENT: ["silent 12 min, its process lives", "silent 40 s, its process lives"],
    Cause.MACHINE: [
        "its process is gone and left no result",
        "OSError: [Errno 28] No space left on device",
        "OSError: [Errno 5] Input/output error: 'data/3.jpg'",
        "RuntimeError: No CUDA GPUs are available",
        "RuntimeError: CUDA error: uncorrectable ECC error encountered",
        "RuntimeError: CUDA error: invalid device ordinal",
        "RuntimeError: Found no NVIDIA driver on your system.",
        "AcceleratorError: CUDA error: CUDA-capable device(s) is/are busy or unavailable",
    ],
    Cause.ERROR: [
        "ValueError: no such layer",
        "RuntimeError: CUDA error: an illegal memory access was encountered",
        "RuntimeError: CUDA error: unspecified launch failure",
        "RuntimeError: CUDA error: device-side assert triggered",
        "KeyError: 'information'",
        "AssertionError: killed by a dragon",
        "exit code 2: usage: train [-h]",
        "exit code 1370",
        "training returned without a loss",
    ],
}


@pytest.mark.parametrize(
    ("cause", "reason"), [(cause, reason) for cause, reasons in REASONS.items() for reason in reasons]
)
def test_a_reason_has_a_cause(cause: Cause, reason: str) -> None:
    for state in (State.CRASHED, State.UNFINISHED):
        assert cause_of(Run("blog-001", "blog", 1, state, reason=reason)) is cause


@pytest.mark.parametrize("state", sorted(set(State) - {State.CRASHED, State.UNFINISHED}))
def test_what_neither_crashed_nor_ended_early_has_none(state: State) -> None:
    assert cause_of(Run("blog-001", "blog", 1, state, reason="stopped by hpq cancel")) is None
