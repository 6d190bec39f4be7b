"""The bundled model on a GPU: its loss against the card's copy bandwidth, its step against the card's peak.

Besides: how many steps a second several small runs make together, and how many draws of the post's space fit.
"""

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import model_plain as plain
import torch
from model_step import PlainStep, Step
from torch.utils.flop_counter import FlopCounterMode
from turns import measure, tell, time_ms

from hpq.errors import HpqError
from hpq.model.losses import losses_with_gradient_
from hpq.model.options import Options
from hpq.search import post
from hpq.search.samplers import draw_run

LARGE = {"convnet.depth": 256, "convnet.profundity": 24, "convnet.radius": 3, "batch_size": 16}
SMALL = {"convnet.depth": 64, "convnet.profundity": 6, "convnet.radius": 3, "batch_size": 16}
ROWS, LEVELS = 16 * 3 * 64 * 64, 256
SHARED_S = 20.0  # for which runs that share a GPU train
DRAWS, SIZES_GB = 100, (12, 24, 80)
_SEED = 2017


def needs_gpu(measure_it: Callable[[Path], None]) -> Callable[[Path], None]:
    """Return a part that says so where there is no GPU."""

    def part(folder: Path) -> None:
        if not torch.cuda.is_available():
            print(f"{measure_it.__name__}: there is no GPU here")
            return
        measure_it(folder)

    return part


@needs_gpu
def gpu_loss(_: Path) -> None:
    """Squared EMD and its gradient for 16 pictures, beside a copy of as many bytes and plain PyTorch."""
    logits = torch.randn(ROWS, LEVELS, device="cuda")
    target = torch.randint(0, LEVELS, (ROWS,), device="cuda")
    scale, copy = torch.ones(ROWS, device="cuda"), torch.empty_like(logits)
    leaf = logits.clone().requires_grad_()

    def theirs() -> None:
        plain.squared_emd(leaf, target).sum().backward()
        leaf.grad = None

    ours, other = measure(lambda: losses_with_gradient_("emd2", logits, target, scale), theirs, rounds=31)
    copied_ms = sorted(time_ms(lambda: copy.copy_(logits)) for _ in range(31))[15]
    tell("squared EMD, forward and backward, 16 pictures", ours, other, 10)
    share = copied_ms / ours.time_ms  # both read and write every logit once
    print(f"  that is {share:.0%} of the card's copy bandwidth (asked 80 %)")


@needs_gpu
def gpu_step(_: Path) -> None:
    """A training step of a large network: share of the card's peak, and beside plain PyTorch."""
    ours = Step(Options.from_params(LARGE), "cuda")
    one, other = measure(ours, PlainStep(Options.from_params(LARGE), "cuda"), rounds=15)
    tell("training step, depth 256, 24 layers, batch 16", one, other, 3)
    with FlopCounterMode(display=False) as counted:
        ours()
    rate = counted.get_total_flops() / one.time_ms / 1e9
    peak = _peak_tflops()
    print(
        f"  that is {rate:.0f} TFLOP/s, {rate / peak:.0%} of {peak:.0f} that a large matrix product reaches"
    )


def _peak_tflops() -> float:
    """Return what a large matrix product in bfloat16 reaches, in TFLOP/s."""
    side = 8192
    one, two = (torch.randn(side, side, device="cuda", dtype=torch.bfloat16) for _ in range(2))
    best_ms = min(time_ms(lambda: one @ two) for _ in range(20))
    return 2 * side**3 / best_ms / 1e9


@needs_gpu
def gpu_share(_: Path) -> None:
    """Steps a second of 1, 2, 4 and 8 small runs on one GPU, each in a process of its own."""
    alone = 0.0
    for runs in (1, 2, 4, 8):
        command = [sys.executable, __file__, str(SHARED_S)]
        processes = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(runs)]
        rates = [float(process.communicate()[0]) for process in processes]
        alone = alone or sum(rates)
        print(f"{runs} small runs on one GPU: {sum(rates):7.1f} steps/s, {sum(rates) / alone:.2f}x of one")


@needs_gpu
def gpu_fit(_: Path) -> None:
    """How many draws of the post's space train within so much memory: the peak of two steps of each."""
    total_gb = torch.cuda.get_device_properties(0).total_memory / 1e9
    peaks_gb: list[float] = []
    for number in range(1, DRAWS + 1):
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats()
        try:
            step = Step(Options.from_params(draw_run(post.sample, _SEED, number).values), "cuda")
            step()
            step()
            peaks_gb.append(torch.cuda.max_memory_reserved() / 1e9)
        except torch.cuda.OutOfMemoryError:
            peaks_gb.append(float("inf"))
        except HpqError as error:
            raise SystemExit(f"draw {number}: {error}") from None
    for size_gb in SIZES_GB:
        fit = sum(peak < min(size_gb, total_gb) for peak in peaks_gb)
        print(f"{fit} of {DRAWS} draws of the post's space fit in {size_gb} GB")
    known = sorted(peak for peak in peaks_gb if peak < float("inf"))
    print(f"  median {known[len(known) // 2]:.1f} GB, largest that ran {known[-1]:.1f} GB")


def _train_for(seconds: float) -> float:
    """Return the steps a second of a small run."""
    step = Step(Options.from_params(SMALL), "cuda")
    for _ in range(5):
        step()
    torch.cuda.synchronize()
    began_s, steps = time.monotonic(), 0
    while time.monotonic() - began_s < seconds:
        for _ in range(10):
            step()
        torch.cuda.synchronize()
        steps += 10
    return steps / (time.monotonic() - began_s)


if __name__ == "__main__":
    print(_train_for(float(sys.argv[1])))
