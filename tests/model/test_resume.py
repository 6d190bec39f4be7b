"""What a run leaves on disk: the best network, and the last step, where it goes on as if never stopped."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from hpq.model import train as module
from hpq.model.data import batch_indices
from hpq.model.network import Network
from hpq.model.train import train, validate

SHORT = {"steps": 20, "validation.every": 5, "validation.examples": 2, "convnet.depth": 4}
STEPS = [2, 5, 10, 15, 20]  # of its validations
CONFIGURATIONS = [
    {"convnet.kind": "straight", "merger.kind": "attention", "reader.normalize": True, "loss": "xent"},
    {"convnet.kind": "straight", "merger.kind": "conv", "optimize_given": True, "convnet.fill": "harmonic"},
    {"convnet.kind": "straight_residual", "merger.kind": "attention", "optimize_given": True, "loss": "emd"},
    {"convnet.kind": "straight_residual", "merger.kind": "conv", "reader.normalize": True, "merger.rank": 0},
    {"convnet.kind": "straight_dilated", "merger.kind": "attention", "convnet.input": "onehot"},
    {
        "convnet.kind": "straight_dilated",
        "merger.kind": "conv",
        "reader.bidir": True,
        "reader.normalize": True,
        "optimize_given": True,
        "convnet.radius": 4,
        "masker.kind": "orderless",
        "flip": True,
    },
]
State = dict[str, torch.Tensor]


@pytest.fixture(scope="module")
def cache(tmp_path_factory) -> Path:
    """Return where all runs find their pictures, which are drawn once."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def short(run, cache) -> Callable[..., Any]:
    """Make a run of 20 steps, validated five times."""

    def make(params: dict[str, Any] | None = None, **told: Any) -> Any:
        made = run({**SHORT, **(params or {})}, **told)
        made.cache = cache
        return made

    return make


def read(path: Path) -> dict[str, Any]:
    return torch.load(path, weights_only=True)


def same(one: Any, other: Any) -> bool:
    """Whether two states are equal to the last bit."""
    if isinstance(one, torch.Tensor):
        return torch.equal(one, other)
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(value, other[key]) for key, value in one.items())
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(same, one, other))
    return bool(one == other)


def validations(*runs: Any) -> list[tuple[int, dict[str, float]]]:
    return [(step, metrics) for each in runs for step, metrics in each.logged if "loss" in metrics]


@pytest.fixture
def scripted(monkeypatch) -> Callable[[list[float]], list[State]]:
    """Let validations tell losses one after another, and return a list of the networks that they saw."""

    def script(losses: list[float]) -> list[State]:
        seen: list[State] = []

        def told(network: Network, *_: object) -> dict[str, float]:
            seen.append({name: value.clone() for name, value in network.state_dict().items()})
            return {"loss": losses[len(seen) - 1], "loss_given": 0.0}

        monkeypatch.setattr(module, "validate", told)
        return seen

    return script


@pytest.mark.parametrize("params", CONFIGURATIONS)
def test_a_run_stopped_twice_ends_as_one_that_was_never_stopped(short, params) -> None:
    whole = short(params, name="whole")
    train(whole)
    parts = []
    for stop_after in (7, 6, None):
        parts.append(short(params, name="parts", stop_after=stop_after))
        train(parts[-1])
    assert [part.resumed for part in parts] == [False, True, True]
    assert validations(*parts) == validations(whole)
    for file in ("checkpoint.pt", "best.pt"):
        assert same(read(parts[0].dir / file), read(whole.dir / file))


def test_each_step_has_a_batch_of_its_own_seed_and_number_across_a_stop(short, monkeypatch) -> None:
    asked, batch = [], module.training_batch
    monkeypatch.setattr(module, "training_batch", lambda *of: asked.append(of[-2:]) or batch(*of))
    for stop_after in (7, None):
        made = short(stop_after=stop_after)
        train(made)
    assert asked == [(made.seed, step) for step in range(20)]
    seen = [[index for step in range(5) for index in batch_indices(20, 4, seed, step)] for seed in (1, 2)]
    assert sorted(seen[0]) == sorted(seen[1]) == list(range(20))
    assert seen[0] != seen[1]


@pytest.mark.parametrize("params", CONFIGURATIONS)
def test_a_seed_is_all_that_a_run_depends_on(short, params) -> None:
    ends = []
    for name, seed in (("one", 3), ("same", 3), ("other", 4)):
        made = short({**params, "steps": 6}, name=name)
        made.seed = seed
        torch.manual_seed(len(ends))  # what was drawn before must not matter
        train(made)
        ends.append((validations(made), read(made.checkpoint)))
    assert same(*ends[:2])
    assert ends[2][0] != ends[0][0]


@pytest.mark.parametrize("params", CONFIGURATIONS)
def test_the_best_network_has_its_loss_when_it_is_read_back(short, monkeypatch, params) -> None:
    made, calls = short({**params, "lr.init": 0.3}), []  # so high that the last is seldom the best
    monkeypatch.setattr(module, "validate", lambda *call: calls.append(call) or validate(*call))
    train(made)
    losses = {step: metrics["loss"] for step, metrics in validations(made)}
    best, (network, *rest) = read(made.dir / "best.pt"), calls[-1]
    assert best["loss"] == losses[best["step"]] == min(losses.values())
    network.load_state_dict(best["network"])
    assert validate(network, *rest)["loss"] == best["loss"]


@pytest.mark.parametrize("stop_after", [None, 2, 5, 12, 15])
@pytest.mark.parametrize(
    "losses", [[5, 3, 4, 2, 6], [5, 3, 4, 3.5, 3], [1, 2, 3, 4, 5], [5, 4, 3, 2, 1], [2, 2, 2, 2, 2]]
)
def test_the_best_network_is_kept_across_a_stop(short, scripted, losses, stop_after) -> None:
    seen = scripted(losses)
    if stop_after is not None:
        part = short(stop_after=stop_after)
        train(part)
        assert read(part.checkpoint)["step"] == stop_after
        assert_best(part.dir, seen, losses)
    rest = short()
    train(rest)
    assert len(seen) == len(STEPS)
    assert_best(rest.dir, seen, losses)
    last = read(rest.checkpoint)
    assert last["step"] == 20
    assert last["best"] == min(losses)
    assert same(last["network"], seen[-1])


def assert_best(folder: Path, seen: list[State], losses: list[float]) -> None:
    so_far = losses[: len(seen)]
    best, index = read(folder / "best.pt"), so_far.index(min(so_far))
    assert best["loss"] == min(so_far)
    assert best["step"] == STEPS[index]
    assert same(best["network"], seen[index])


def test_a_rate_decays_at_the_same_step_across_a_stop(short, scripted) -> None:
    params, losses = {"lr.patience": 5, "lr.decay": 0.5}, [5.0, 4.0, 4.5, 4.5, 4.5]
    rates = []
    for stops in ([None], [6, None], [11, None]):
        scripted(losses)
        runs = [short(params, name=str(stops), stop_after=stop_after) for stop_after in stops]
        for each in runs:
            each.resumed = each.checkpoint.exists()
            train(each)
        rates.append([metrics["lr"] for _, metrics in validations(*runs)])
    assert rates[0] == rates[1] == rates[2]
    assert len(set(rates[0])) > 1


def test_a_run_that_fails_goes_on_from_what_it_saved_and_ends_the_same(short) -> None:
    whole = short(name="whole")
    train(whole)
    failing = short(name="failing")
    log = failing.log

    def fail(step: int, **metrics: float) -> None:
        log(step, **metrics)
        if step == 10:
            raise OSError(28, "No space left on device")

    failing.log = fail
    with pytest.raises(OSError, match="No space"):
        train(failing)
    saved = read(failing.checkpoint)["step"]
    assert saved < 10
    again = short(name="failing")
    train(again)
    assert validations(again) == [each for each in validations(whole) if each[0] > saved]
    for file in ("checkpoint.pt", "best.pt"):
        assert same(read(again.dir / file), read(whole.dir / file))


def test_a_failure_between_the_best_and_the_last_leaves_the_best_of_the_run_it_makes(
    short, monkeypatch
) -> None:
    whole = short(name="whole")
    train(whole)
    failing = short(name="failing")

    def fail(state: dict[str, Any], path: Path) -> None:
        if path == failing.checkpoint and state["step"] > 2:
            raise OSError(28, "No space left on device")
        save(state, path)

    save = module.save
    monkeypatch.setattr(module, "save", fail)
    with pytest.raises(OSError, match="No space"):
        train(failing)
    monkeypatch.setattr(module, "save", save)
    assert read(failing.checkpoint)["step"] < read(failing.dir / "best.pt")["step"]
    again = short(name="failing")
    train(again)
    for file in ("checkpoint.pt", "best.pt"):
        assert same(read(again.dir / file), read(whole.dir / file))
