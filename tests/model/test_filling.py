"""Samples of a trained run: given pixels stay, every strategy runs, a seed gives the same pictures again."""

import numpy as np
import pytest
import torch
from PIL import Image

from hpq.errors import HpqError
from hpq.model import filling
from hpq.model.crops import Box
from hpq.model.filling import SAMPLES, Way, count_passes, fill_in
from hpq.model.network import Network
from hpq.model.sampling import STRATEGIES
from hpq.model.subjects import own_picture, unknown_words, validation_pictures
from hpq.model.train import train
from hpq.model.trained import Trained, load_trained


@pytest.fixture
def run_of_2_steps(run):
    made = run({"steps": 2, "size": 8, "captions.min_count": 1})
    train(made)
    return made


@pytest.fixture
def trained(run_of_2_steps) -> Trained:
    return load_trained(run_of_2_steps.params, run_of_2_steps.dir, torch.device("cpu"))


@pytest.fixture
def subject(trained, run_of_2_steps):
    return validation_pictures(trained, run_of_2_steps.cache, run_of_2_steps.seed, 5, None)


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_every_strategy_fills_in_what_is_asked_and_nothing_else(trained, subject, strategy: str) -> None:
    way = Way(strategy, 6, 0.5, 0)
    calls: list[None] = []
    filled = fill_in(trained, subject.pixels, subject.batch, way, lambda: calls.append(None))
    given = subject.batch.mask.permute(0, 2, 3, 1).numpy()
    assert len(filled.samples) == SAMPLES
    for pictures in (*filled.samples, filled.means):
        assert np.array_equal(pictures[given], subject.pixels[given])
        assert not np.array_equal(pictures, subject.pixels)
    one, two, _ = filled.samples
    assert not np.array_equal(one, two)
    assert len(filled.process) == (7 if strategy == "gibbs" else 0)
    assert len(calls) == count_passes(subject.batch, way) <= 3 * 6 + 1


def test_the_process_begins_with_what_is_masked_and_ends_with_the_sample(trained, subject) -> None:
    filled = fill_in(trained, subject.pixels, subject.batch, Way("gibbs", 5, 1.0, 0))
    assert np.array_equal(filled.process[-1], filled.samples[0])
    given = subject.batch.mask.permute(0, 2, 3, 1).numpy()
    assert all(np.array_equal(frame[given], subject.pixels[given]) for frame in filled.process)


@pytest.mark.parametrize(("steps", "frames"), [(1, 2), (60, 61), (61, 32), (250, 51)])
def test_a_long_process_has_sixty_frames_at_most(trained, subject, monkeypatch, steps, frames) -> None:
    monkeypatch.setattr(filling, "SAMPLES", 1)
    filled = fill_in(trained, subject.pixels, subject.batch, Way("gibbs", steps, 1.0, 0))
    assert len(filled.process) == frames
    assert np.array_equal(filled.process[-1], filled.samples[0])


def test_a_seed_gives_the_same_samples_and_another_gives_others(trained, subject) -> None:
    def sampled(seed: int) -> np.ndarray:
        return fill_in(trained, subject.pixels, subject.batch, Way("gibbs", 3, 1.0, seed)).samples[0]

    assert np.array_equal(sampled(1), sampled(1))
    assert not np.array_equal(sampled(1), sampled(2))


def test_many_pictures_are_filled_in_a_few_at_a_time(trained, subject, monkeypatch) -> None:
    seen: list[int] = []
    features = Network.features
    monkeypatch.setattr(filling, "_AT_ONCE", 2)
    monkeypatch.setattr(
        Network, "features", lambda self, batch: seen.append(len(batch.words)) or features(self, batch)
    )
    filled = fill_in(trained, subject.pixels, subject.batch, Way("gibbs", 2, 1.0, 0))
    assert filled.samples[2].shape == filled.means.shape == filled.process[1].shape == subject.pixels.shape
    assert seen == [2] * 7 + [2] * 7 + [1] * 7


def test_masks_are_those_of_validation_or_of_another_kind(trained, run_of_2_steps) -> None:
    def masks(kind: str | None) -> torch.Tensor:
        return validation_pictures(trained, run_of_2_steps.cache, run_of_2_steps.seed, 4, kind).batch.mask

    assert torch.equal(masks(None), masks("contiguish"))
    hole = torch.zeros(8, 8, dtype=torch.bool)
    hole[2:6, 2:6] = True
    assert (masks("centre") == ~hole).all()


def test_a_box_of_an_own_picture_is_asked_whatever_its_caption(trained, tmp_path) -> None:
    Image.new("RGB", (40, 30), (10, 20, 30)).save(tmp_path / "a.png")
    known = trained.vocabulary.words[0]
    for caption in ("", known, f"{known} quokka quokka \x1b[31m"):
        made = own_picture(trained, tmp_path / "a.png", Box(20, 10, 8, 8), caption)
        filled = fill_in(trained, made.pixels, made.batch, Way("gibbs", 2, 1.0, 0))
        assert (~made.batch.mask).any()
        assert filled.samples[0].shape == (1, 8, 8, 3)
    assert unknown_words(trained, f"{known} quokka quokka \x1b[31m")[:2] == ["quokka", "\x1b"]
    with pytest.raises(HpqError, match="within"):
        own_picture(trained, tmp_path / "a.png", Box(20, 10, 80, 8), "")
