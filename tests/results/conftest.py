"""Runs as a reader would tell of them."""

import random
from collections.abc import Callable
from typing import Any

import pytest

from hpq.queue.runs import Run
from hpq.queue.states import State
from hpq.search import post
from hpq.search.samplers import draw_run


@pytest.fixture
def runs() -> Callable[..., list[Run]]:
    """Make runs with given parameters; states and losses are repeated in turn."""

    def make(
        params: list[dict[str, Any]],
        states: list[State] | None = None,
        losses: list[float | None] | None = None,
    ) -> list[Run]:
        made = []
        for index, values in enumerate(params):
            state = states[index % len(states)] if states else State.FINISHED
            loss = losses[index % len(losses)] if losses else 1.0 + index
            has_loss = state not in (State.CRASHED, State.QUEUED, State.STARTING)
            loss = loss if has_loss else None
            number = index + 1
            made.append(Run(f"x-{number:03d}", "x", number, state, values, loss=loss, best=loss))
        return made

    return make


@pytest.fixture
def search() -> Callable[[int], list[Run]]:
    """Make a search over the post's space in which large draws crash."""

    def make(count: int) -> list[Run]:
        chance, made = random.Random(count), []
        for number in range(1, count + 1):
            params = draw_run(post.sample, 1, number).values
            crashed = chance.random() < 0.3 + params["convnet.depth"] / 1000
            state = (
                State.CRASHED
                if crashed
                else chance.choice([State.FINISHED] * 8 + [State.UNFINISHED, State.RUNNING])
            )
            loss = None if crashed else chance.uniform(0.4, 3.7)
            made.append(Run(f"blog-{number:03d}", "blog", number, state, params, loss=loss, best=loss))
        return made

    return make
