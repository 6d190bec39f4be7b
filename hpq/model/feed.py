"""Batches for training, made while the one before is trained on."""

import itertools
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import torch

from hpq.model.network import Batch

AHEAD = 3  # batches; a GPU trains on small pictures nearly as fast as one thread makes them


def feed(make: Callable[[int], Batch], first: int, device: torch.device) -> Iterator[Batch]:
    """Yield the batches that `make` makes for steps from `first` on, on a device.

    For a GPU a thread makes them ahead. On the CPU it would only take cores from what trains.
    """
    if device.type != "cuda":
        for step in itertools.count(first):
            yield make(step).to(device)
    for batch in _ahead(lambda step: make(step).pinned(), first):
        yield batch.to(device)


def _ahead(make: Callable[[int], Batch], first: int) -> Iterator[Batch]:
    """Yield batches in order, some of which a thread has made before they are asked for."""
    with ThreadPoolExecutor(1) as maker:
        made = deque(maker.submit(make, step) for step in range(first, first + AHEAD))
        for step in itertools.count(first + AHEAD):
            batch = made.popleft().result()
            made.append(maker.submit(make, step))
            yield batch
