"""The kernels agree with PyTorch, compile for NVIDIA's GPUs, and are left alone where they cannot run.

Triton decides at its import whether it compiles or interprets, for as long as the process lives. So each side
has a process of its own: within this one it would depend on who imports Triton first, and what pytest-xdist
runs after these tests in the same worker would meet an interpreted Triton, or pass it on to its children.
"""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from hpq.model import kernels

HERE = Path(__file__).parent
needs_triton = pytest.mark.skipif(not importlib.util.find_spec("triton"), reason="Triton is not installed")


def run_pytest(file: str, **environment: str) -> None:
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", HERE / file]
    environment = {**os.environ, "TRITON_INTERPRET": "0", **environment}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@needs_triton
def test_in_tritons_interpreter_kernels_agree_with_pytorch() -> None:
    run_pytest("kernel_agreement.py", TRITON_INTERPRET="1")


@needs_triton
@pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no GPU")
def test_on_a_gpu_kernels_agree_with_pytorch() -> None:
    run_pytest("kernel_agreement.py")


@needs_triton
def test_kernels_compile_for_gpus_that_are_not_here() -> None:
    run_pytest("kernel_compilation.py")


def test_on_the_cpu_nothing_imports_triton() -> None:
    code = (
        "import sys, torch\n"
        "from hpq.model.network import Network\n"
        "from hpq.model.losses import losses_of\n"
        "from hpq.model.pool import pool\n"
        "losses_of('emd2', torch.zeros(1, 2), torch.zeros(1, dtype=torch.long))\n"
        "each = torch.zeros(1, 1, 2, requires_grad=True)\n"
        "pool(each, each, each[0, 0], None).sum().backward()\n"
        "print('triton' in sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_without_triton_a_gpu_computes_in_pytorch_and_says_so(monkeypatch, capsys) -> None:
    monkeypatch.setitem(sys.modules, "triton", None)
    monkeypatch.delitem(sys.modules, "hpq.model.kernels.rows", raising=False)
    assert not kernels._can_launch.__wrapped__(torch.device("cpu"))
    assert "triton" in capsys.readouterr().err


@pytest.mark.parametrize("tensor", [torch.zeros(2), torch.zeros(2, dtype=torch.float64)])
def test_kernels_take_nothing_from_the_cpu(tensor: torch.Tensor) -> None:
    assert not kernels.can_use_kernels(tensor)
