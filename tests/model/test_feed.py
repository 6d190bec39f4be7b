"""Batches ahead of training: the same ones in the same order, and errors where they belong."""

import threading

import pytest
import torch

from hpq.model import feed as module
from hpq.model.data import load_data, training_batch
from hpq.model.feed import feed


def test_on_the_cpu_batches_are_made_when_they_are_asked_for(options, tmp_path) -> None:
    data, made = load_data(options(), tmp_path, 0), []

    def make(step: int):
        made.append((step, threading.current_thread()))
        return training_batch(data, options(), 5, step)

    batches = feed(make, 7, torch.device("cpu"))
    assert torch.equal(next(batches).levels, training_batch(data, options(), 5, 7).levels)
    assert torch.equal(next(batches).mask, training_batch(data, options(), 5, 8).mask)
    assert made == [(7, threading.main_thread()), (8, threading.main_thread())]


def test_a_thread_makes_the_same_batches_in_order(options, tmp_path) -> None:
    data, made = load_data(options(), tmp_path, 0), []

    def make(step: int):
        made.append(threading.current_thread())
        return training_batch(data, options(), 5, step)

    batches = module._ahead(make, 3)
    for step in range(3, 9):
        batch, expected = next(batches), training_batch(data, options(), 5, step)
        assert torch.equal(batch.levels, expected.levels)
        assert torch.equal(batch.mask, expected.mask)
        assert torch.equal(batch.words, expected.words)
    batches.close()
    assert threading.main_thread() not in made
    assert len(made) <= 6 + module.AHEAD
    assert not any(thread.is_alive() for thread in made)


def test_what_fails_in_the_thread_fails_at_its_batch() -> None:
    def make(step: int):
        if step == 2:
            raise OSError("the cache is gone")
        return step

    batches = module._ahead(make, 0)
    assert [next(batches), next(batches)] == [0, 1]
    with pytest.raises(OSError, match="the cache is gone"):
        next(batches)
