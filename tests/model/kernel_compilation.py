"""The kernels as their launches ask for them, compiled for GPUs that need not be there.

test_kernels.py runs this file, in a process of its own.
"""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
import triton
from triton.backends.compiler import GPUTarget
from triton.compiler import ASTSource

from hpq.model.kernels import cells, rows
from hpq.model.losses import LOSSES

POINTERS = {torch.float32: "*fp32", torch.int64: "*i64"}
ALIGNED = [
    ["tt.divisibility", 16]
]  # numbers that Triton knows 16 to divide, so that it reads 16 bytes at once


def source_of(kernel: Any, arguments: tuple[Any, ...], options: dict[str, Any]) -> ASTSource:
    """Return what Triton would compile for a launch with these arguments, by its own rules."""
    values = {**dict(zip(kernel.arg_names, arguments, strict=False)), **options}
    signature, constants, attributes = {}, {}, {}
    for index, parameter in enumerate(kernel.params):
        value, is_open = values[parameter.name], not parameter.do_not_specialize
        if parameter.is_constexpr or value is None or (is_open and type(value) is int and value == 1):
            signature[parameter.name], constants[parameter.name] = "constexpr", value
        elif isinstance(value, torch.Tensor):
            signature[parameter.name] = POINTERS[value.dtype]
            attributes[(index,)] = ALIGNED
        else:
            signature[parameter.name] = "fp32" if isinstance(value, float) else "i32"
            if is_open and type(value) is int and value % 16 == 0:
                attributes[(index,)] = ALIGNED
    return ASTSource(kernel, signature, constants, attributes)


@pytest.fixture(params=[75, 80, 90], ids=lambda capability: f"sm_{capability}")
def capability(request: pytest.FixtureRequest) -> int:
    """A generation of GPUs: Turing, Ampere, Hopper."""
    return request.param


@pytest.fixture
def compile_launch(
    capability: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> Callable[..., str]:
    """Call what launches one kernel, but compile it only, and return what the assembler says."""
    monkeypatch.setenv("TRITON_CACHE_DIR", str(tmp_path))
    monkeypatch.setenv("TRITON_DUMP_PTXAS_LOG", "1")

    def compile_for_it(kernel: Any, *arguments: Any, grid: Any, warmup: bool, **options: Any) -> None:
        target = GPUTarget("cuda", capability, 32)
        source = source_of(kernel, arguments, options)
        triton.compile(source, target=target, options={"num_warps": options["num_warps"]})

    def call(launch: Callable[..., object], *arguments: object) -> str:
        monkeypatch.setattr(triton.JITFunction, "run", compile_for_it)
        launch(*arguments)
        return capfd.readouterr().out

    return call


def assert_fits(told: str) -> None:
    """Assert that one kernel was compiled, and that its numbers stay in registers."""
    assert re.findall(
        r"(\d+) bytes stack frame, (\d+) bytes spill stores, (\d+) bytes spill loads", told
    ) == [("0", "0", "0")], told


@pytest.mark.parametrize("kind", LOSSES)
@pytest.mark.parametrize("is_training", [False, True])
@pytest.mark.parametrize("levels", [7, 256])
def test_row_losses_compile_without_spills(compile_launch, kind: str, is_training: bool, levels: int) -> None:
    target = torch.zeros(16, dtype=torch.long)
    scale = torch.zeros(16) if is_training else None
    assert_fits(compile_launch(rows.row_losses, kind, torch.zeros(16, levels), target, scale))


@pytest.mark.parametrize("channels", [5, 300, 1024])
def test_cells_compile_without_spills(compile_launch, channels: int) -> None:
    one, each = torch.zeros(channels), torch.zeros(3, 2, channels)
    along = torch.zeros(3, 2, 1)
    for launch, arguments in (
        (cells.forward, (each, each, one)),
        (cells.normed_forward, (each, each, one, one, one, 1e-5)),
        (cells.backward, (each, each, each, each)),
        (cells.normed_backward, (each, each, each, each, one, along, along)),
    ):
        assert_fits(compile_launch(launch, *arguments))
