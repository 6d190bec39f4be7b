"""Places to train: a GPU, a share of one, or a share of the CPU."""

import re
from dataclasses import dataclass

from hpq.errors import HpqError, UsageError
from hpq.runner.choice import choose_gpus
from hpq.runner.gpus import Gpu, list_gpus
from hpq.runner.share import Share, check_count


@dataclass(frozen=True, slots=True)
class Slot:
    """One place to train one run at a time."""

    name: str  # gpu0, gpu0.1 for the second share of a GPU, gpu0.mig1 for an instance of one, cpu1
    device: str  # what torch calls it within the run: cuda or cpu
    visible_gpus: str = ""  # CUDA_VISIBLE_DEVICES of the run
    gpu: Gpu | None = None

    @property
    def place(self) -> str:
        """Where it is: slots of one GPU share it, and so do all slots on the CPU."""
        return re.sub(r"\.[0-9]+$", "", self.name) if self.device == "cuda" else "cpu"


def gpu_slots(gpus: list[Gpu], share: Share, *, by_uuid: bool = False) -> list[Slot]:
    """Return the slots on GPUs; every GPU gets its first run before any gets its second."""
    fits = [share.fit(gpu) for gpu in gpus]
    return [
        Slot(
            name=f"gpu{gpu.label}" if runs == 1 else f"gpu{gpu.label}.{number}",
            device="cuda",
            visible_gpus=gpu.uuid if by_uuid else str(gpu.index),
            gpu=gpu,
        )
        for number in range(max(fits))
        for gpu, runs in zip(gpus, fits, strict=True)
        if number < runs
    ]


def cpu_slots(workers: int) -> list[Slot]:
    return [Slot(f"cpu{index}", "cpu") for index in range(workers)]


def find_slots(gpus: str | None, share: Share | None, workers: int | None) -> list[Slot]:
    """Return the slots that the command line asks for, or tell what was found and what to type."""
    if workers is not None:
        for option, given in (("--gpus", gpus), ("--per-gpu", share)):
            if given is not None:
                raise UsageError(f"{option} and --workers exclude one another: give one of them")
        return cpu_slots(check_count("--workers", workers))
    try:
        present = list_gpus()
    except HpqError as error:
        raise UsageError(f"{error}; to train on the CPU type `hpq run --workers 2`") from None
    if not present:
        raise UsageError(
            "NVML lists no GPU here that can be used; to train on the CPU type `hpq run --workers 2`"
        )
    if gpus is None:
        found = ", ".join(f"{gpu.label} ({gpu.name})" for gpu in present)
        raise UsageError(f"say where to train: `--gpus all` or `--workers 2`; this machine's GPUs: {found}")
    # Next to a GPU in MIG mode CUDA counts the others in ways of its own; a UUID means the same always.
    by_uuid = any(gpu.mig is not None for gpu in present)
    return gpu_slots(choose_gpus(gpus, present), share or Share(), by_uuid=by_uuid)
