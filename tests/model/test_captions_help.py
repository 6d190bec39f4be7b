"""Captions help: where an object is hidden, a network that reads true ones beats one that read shuffled ones.

A short form of `python bench/model.py captions`, which measures it with three seeds and larger pictures.
"""

import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest

BENCH = Path(__file__).resolve().parents[2] / "bench" / "model_captions.py"
SHORT = {
    "size": 16,
    "levels": 32,
    "convnet.depth": 16,
    "convnet.profundity": 3,
    "reader.size": 32,
    "reader.radius": 3,
    "lr.init": 4e-3,
    "steps": 1000,
}


@pytest.fixture
def bench(monkeypatch) -> ModuleType:
    spec = spec_from_file_location("model_captions", BENCH)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "model_captions", module)
    spec.loader.exec_module(module)
    return module


def test_the_cell_of_the_first_object_is_hidden(bench) -> None:
    masks = bench.object_masks(
        ["a small red cross at the top right and a large blue cross at the middle left"], 12
    )
    assert masks.shape == (1, 3, 12, 12)
    assert not masks[0, :, :4, 8:].any()
    assert (~masks).sum() == 3 * 16


@pytest.mark.timeout(300)
def test_true_captions_lower_the_loss_of_hidden_objects(bench, tmp_path: Path) -> None:
    params = {**bench.PARAMS, **SHORT}
    told, control = (bench.hidden_object_loss(params, 0, shuffled, tmp_path) for shuffled in (False, True))
    assert told < 0.95 * control
