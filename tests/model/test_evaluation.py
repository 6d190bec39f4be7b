"""Scores of a network: by numpy, in units that the baselines share."""

from dataclasses import asdict

import numpy as np
import pytest
import torch

from hpq.model.baselines import true_hole
from hpq.model.data import batch_of, load_data
from hpq.model.evaluation import brightness, score_baselines, score_network
from hpq.model.masks import make_masks
from hpq.model.network import Batch, Network


@pytest.mark.parametrize(("levels", "total", "value"), [(0, 256, 0), (255, 256, 1), (128, 256, 128 / 255)])
def test_levels_of_bytes_are_bytes(levels: int, total: int, value: float) -> None:
    assert brightness(torch.tensor([levels]), total).item() == pytest.approx(value)


def test_a_coarse_level_is_the_middle_of_its_bytes() -> None:
    expected = [np.mean(range(part, part + 64)) / 255 for part in (0, 64, 128, 192)]
    assert np.allclose(brightness(torch.arange(4), 4), expected)


@pytest.mark.parametrize("levels", [32, 256])
def test_scores_are_those_of_the_distributions(options, tmp_path, levels: int) -> None:
    chosen = options({"levels": levels, "validation.examples": 5})
    data = load_data(chosen, tmp_path, 0)
    torch.manual_seed(0)
    network = Network(chosen, len(data.vocabulary))
    network.head_weight.data.normal_()
    scores = score_network(network, data.validation)
    told = {name: [] for name in asdict(scores)}
    answers = brightness(torch.arange(levels), levels).numpy()
    for index in range(5):
        picture = torch.from_numpy(data.validation.pictures[index].astype(int) * levels // 256)
        batch = hidden_centre(data, chosen, index)
        p = network.logits(batch).softmax(-1).detach().double().numpy()[0, :, 4:12, 4:12]  # (3, 8, 8, levels)
        true = picture.permute(2, 0, 1)[:, 4:12, 4:12].numpy()
        cdf = p.cumsum(-1)
        step = np.arange(levels) >= true[..., None]
        median = answers[(cdf < 0.5).sum(-1)]
        told["squared_error"].append(((p @ answers - answers[true]) ** 2).mean())
        told["absolute_error"].append(np.abs(median - answers[true]).mean())
        told["squared_emd"].append(((cdf - step) ** 2).sum(-1).mean())
        told["cross_entropy"].append(-np.log(np.take_along_axis(p, true[..., None], -1)).mean())
    for name, values in told.items():
        assert getattr(scores, name) == pytest.approx(np.mean(values), rel=1e-3), name


def hidden_centre(data, chosen, index: int) -> Batch:
    """One validation picture with its centre hidden."""
    part = slice(index, index + 1)
    mask = make_masks("centre", (1, 3, chosen.size, chosen.size), torch.Generator())
    return batch_of(data.validation.pictures[part], data.validation.words[part], chosen, mask)


def test_a_network_that_knows_the_answer_has_no_error(options, tmp_path) -> None:
    """The scale is that of the baselines: an error of one level in all values is 1/255 squared."""
    chosen = options({"levels": 256, "validation.examples": 3})
    data = load_data(chosen, tmp_path, 0)
    network = Network(chosen, len(data.vocabulary))
    with torch.no_grad():  # whatever it sees it tells level 100, for sure
        network.head_weight.zero_()
        network.head_bias.zero_()
        network.head_bias[:, 100] = 60
    scores = score_network(network, data.validation)
    error = 100 / 255 - true_hole(data.validation.pictures)
    assert scores.squared_error == pytest.approx(np.mean(error**2), rel=1e-4)
    assert scores.absolute_error == pytest.approx(np.mean(np.abs(error)), rel=1e-4)


def test_baselines_are_scored_on_the_same_pictures(options, tmp_path) -> None:
    data = load_data(options({"size": 32, "validation.examples": 40, "examples": 200}), tmp_path, 0)
    scores = score_baselines(data.training.pictures, data.validation.pictures)
    assert list(scores) == [
        "mean of the training pictures",
        "mean of the pixels around",
        "Laplace fill",
        "ridge on a ring of 1",
        "ridge on a ring of 4",
    ]
    mean = data.training.pictures[:, 8:24, 8:24].mean(0) / 255
    true = true_hole(data.validation.pictures)
    expected = scores["mean of the training pictures"]
    assert expected.squared_error == pytest.approx(np.mean((mean - true) ** 2))
    assert expected.squared_emd is None
