"""The picture that training leaves: now and then, whole, and without any effect on the run."""

import numpy as np
import pytest
import torch
from PIL import Image

from hpq.model import preview as module
from hpq.model.data import load_data
from hpq.model.network import Network
from hpq.model.preview import Preview
from hpq.model.train import train


@pytest.fixture
def network(options) -> Network:
    torch.manual_seed(0)
    return Network(options(), 30)


@pytest.fixture
def preview(options, tmp_path) -> Preview:
    data = load_data(options({"captions.min_count": 10**6}), tmp_path / "cache", 0)
    return Preview(data.validation, options(), torch.device("cpu"), tmp_path)


def test_a_run_leaves_a_picture(run) -> None:
    trained = run()
    train(trained)
    assert [path.name for path in (trained.dir / "samples").iterdir()] == ["preview.png"]
    with Image.open(trained.dir / "samples" / "preview.png") as picture:
        assert picture.height > 4 * 192


def test_a_picture_is_left_once_a_minute_and_at_the_end(preview, network, tmp_path, monkeypatch) -> None:
    now = [0.0]
    monkeypatch.setattr(module.time, "monotonic", lambda: now[0])
    left = []
    monkeypatch.setattr(preview, "_write", lambda _, step: left.append(step))
    for step, at in enumerate((0.0, 1.0, 59.9, 60.0, 61.0, 200.0)):
        now[0] = at
        preview.leave(network, step)
    preview.leave(network, 6, is_last=True)
    assert left == [0, 3, 5, 6]


def test_no_picture_changes_the_network_or_what_is_drawn_next(preview, network) -> None:
    network.train()
    before = {key: value.clone() for key, value in network.state_dict().items()}
    states = torch.get_rng_state(), np.random.get_state()[1].copy()
    preview.leave(network, 1)
    assert network.training
    assert all(torch.equal(value, before[key]) for key, value in network.state_dict().items())
    assert torch.equal(torch.get_rng_state(), states[0])
    assert np.array_equal(np.random.get_state()[1], states[1])


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), RuntimeError("out\nof memory")])
def test_a_picture_that_cannot_be_written_ends_no_run(run, monkeypatch, capsys, error) -> None:
    def fail(path, data) -> None:
        raise error

    monkeypatch.setattr(module, "write_whole", fail)
    trained = run()
    train(trained)
    assert trained.logged[-1][0] == 10
    told = [line for line in capsys.readouterr().out.splitlines() if "preview.png" in line]
    assert len(told) == 2  # the first one and the last
    assert "could not be written: " in told[0]


def test_a_file_in_the_place_of_the_folder_ends_no_run(run) -> None:
    trained = run()
    (trained.dir / "samples").write_text("")
    train(trained)
    assert trained.logged[-1][0] == 10


def test_the_picture_shows_as_many_as_there_are(options, tmp_path, network) -> None:
    data = load_data(options({"validation.examples": 2}), tmp_path / "cache", 0)
    Preview(data.validation, options(), torch.device("cpu"), tmp_path).leave(network, 1)
    with Image.open(tmp_path / "samples" / "preview.png") as picture:
        assert picture.height < 3 * 192 + 150
