"""What the bundled model costs beside plain PyTorch in the same run, on the CPU and on a GPU.

`python bench/model.py` measures all parts in about twenty minutes, most of which the captions take, and with
names such as `loss step` those. Ours and the plain version (bench/model_plain.py) take turns on one thread; a
line has medians and how many times as fast ours is, then the memory that either needs beyond its input.
"""

from collections.abc import Callable
from pathlib import Path

import model_captions
import model_gpu
import model_pieces
import model_step
import torch
from parts import measure_parts

PARTS: dict[str, Callable[[Path], None]] = {
    "loss": model_pieces.measure_loss,
    "head": model_pieces.measure_head,
    "mask": model_pieces.measure_mask,
    "input": model_pieces.measure_input,
    "pool": model_pieces.measure_pool,
    "step": model_step.measure_step,
    "captions": model_captions.measure_captions,
    "gpu-loss": model_gpu.gpu_loss,
    "gpu-step": model_gpu.gpu_step,
    "gpu-share": model_gpu.gpu_share,
    "gpu-fit": model_gpu.gpu_fit,
}

if __name__ == "__main__":
    torch.set_num_threads(1)
    measure_parts("What the bundled model costs, beside plain PyTorch.", PARTS)
