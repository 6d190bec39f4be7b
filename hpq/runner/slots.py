"""Places to train: a GPU, a share of one, or a share of the CPU."""

from dataclasses import dataclass

from hpq.errors import HpqError, UsageError
from hpq.runner.gpus import choose_gpus, list_gpus


@dataclass(frozen=True, slots=True)
class Slot:
    """One place to train one run at a time."""

    name: str  # gpu0, gpu0.1 for the second share of a GPU, cpu1
    device: str  # what torch calls it within the run: cuda or cpu
    visible_gpus: str = ""  # CUDA_VISIBLE_DEVICES of the run

    @property
    def place(self) -> str:
        """Where it is: slots of one GPU share it, and so do all slots on the CPU."""
        return self.name.partition(".")[0] if self.device == "cuda" else "cpu"


def gpu_slots(indices: list[int], per_gpu: int = 1) -> list[Slot]:
    """Return the slots on GPUs; every GPU gets its first run before any gets its second."""
    shares = [""] if per_gpu == 1 else [f".{share}" for share in range(per_gpu)]
    return [Slot(f"gpu{index}{share}", "cuda", str(index)) for share in shares for index in indices]


def cpu_slots(workers: int) -> list[Slot]:
    return [Slot(f"cpu{index}", "cpu") for index in range(workers)]


def find_slots(gpus: str | None, per_gpu: int, workers: int | None) -> list[Slot]:
    """Return the slots that the command line asks for, or tell what was found and what to type."""
    for option, count in (("--per-gpu", per_gpu), ("--workers", workers)):
        if count is not None and count < 1:
            raise UsageError(f"{option} counts from 1, not {count}")
    if gpus is not None and workers is not None:
        raise UsageError("--gpus and --workers exclude one another: give one of them")
    if workers is not None:
        return cpu_slots(workers)
    try:
        present = list_gpus()
    except HpqError as error:
        raise UsageError(f"{error}; to train on the CPU type `hpq run --workers 2`") from None
    if gpus is None:
        found = ", ".join(f"{gpu.index} ({gpu.name})" for gpu in present) or "none"
        raise UsageError(f"say where to train: `--gpus all` or `--workers 2`; this machine's GPUs: {found}")
    return gpu_slots([gpu.index for gpu in choose_gpus(gpus, present)], per_gpu)
