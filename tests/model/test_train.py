"""Training: it learns, resumes to the same losses, stops when told, and ends on NaN."""

import json

import pytest
import torch

from hpq.errors import HpqError
from hpq.model import train as module
from hpq.model.checkpoint import load, save
from hpq.model.data import batch_indices, load_data, training_batch, validation_batches
from hpq.model.options import Options
from hpq.model.schedule import Schedule
from hpq.model.train import train, validation_interval


def test_a_run_learns(run) -> None:
    params = {"steps": 200, "validation.every": 50, "convnet.depth": 16, "examples": 0, "lr.init": 0.003}
    trained = run({**params, "validation.examples": 64})
    train(trained)
    steps = [step for step, metrics in trained.logged if "loss" in metrics]
    assert steps[0] == 2  # with the optimizer's state in memory, a finite loss as early as that
    assert trained.losses[-1] < 0.85 * trained.losses[0]
    assert trained.checkpoint.exists()
    best = torch.load(trained.dir / "best.pt", weights_only=True)
    assert best["loss"] == min(trained.losses)


@pytest.mark.parametrize(
    "params",
    [{}, {"merger.kind": "conv", "reader.normalize": True, "optimize_given": True}, {"average": 0.9}],
)
def test_a_resumed_run_has_the_losses_of_one_that_was_never_stopped(run, params) -> None:
    whole = run({**params, "steps": 16}, name="whole")
    train(whole)
    part = run({**params, "steps": 16}, stop_after=7, name="part")
    train(part)
    assert len(part.losses) < len(whole.losses)
    rest = run({**params, "steps": 16}, name="part")
    assert rest.resumed
    train(rest)
    assert part.losses + rest.losses == whole.losses


def test_the_running_mean_of_the_weights_is_what_is_validated_and_kept(run) -> None:
    params = {"validation.every": 1, "lr.init": 0.01}
    last = []
    for steps in (1, 2, 3):
        plain = run({**params, "steps": steps}, name=f"plain {steps}")
        train(plain)
        last.append(torch.load(plain.checkpoint, weights_only=True)["network"])
    mean = run({**params, "steps": 3, "average": 0.75}, name="mean")
    train(mean)
    kept = torch.load(mean.checkpoint, weights_only=True)
    best = torch.load(mean.dir / "best.pt", weights_only=True)
    for name in ("head_bias", "convnet.stages.0.norm.running_var"):
        means = [last[0][name]]
        for newer in last[1:]:
            means.append(0.75 * means[-1] + 0.25 * newer[name])
        assert torch.equal(kept["network"][name], last[2][name])
        assert torch.allclose(kept["average"][f"module.{name}"], means[-1])
        assert best["step"] > 1  # at the first step both are the same
        assert torch.allclose(best["network"][name], means[best["step"] - 1])
    assert not set(mean.losses) & set(plain.losses)


def test_the_same_seed_gives_the_same_run(run) -> None:
    one, other = run(name="one"), run(name="other")
    train(one)
    train(other)
    assert one.logged == other.logged


def test_a_loss_that_is_not_finite_ends_the_run(run) -> None:
    with pytest.raises(FloatingPointError, match="step 2"):
        train(run({"lr.init": 1e25}))


def test_training_ends_when_the_learning_rate_is_spent(run) -> None:
    spent = run({"steps": 1000, "lr.init": 1e-9, "lr.floor": 1e-10, "lr.patience": 10, "lr.decay": 0.05})
    train(spent)
    assert spent.logged[-1][0] < 300
    rates = [metrics["lr"] for _, metrics in spent.logged if "lr" in metrics]
    assert rates[-1] == 1e-10


def test_a_run_that_was_done_trains_no_further_when_it_is_resumed(run) -> None:
    for params in (
        {"steps": 7},
        {"steps": 1000, "lr.init": 1e-9, "lr.floor": 1e-9, "lr.patience": 5},
    ):
        name = str(params["steps"])
        train(run(params, name=name))
        again = run(params, name=name)
        before = torch.load(again.checkpoint, weights_only=True)
        train(again)
        after = torch.load(again.checkpoint, weights_only=True)
        assert again.logged == []
        assert after["step"] == before["step"] < 1000
        assert all(torch.equal(after["network"][key], value) for key, value in before["network"].items())


def test_a_checkpoint_of_another_network_is_told_in_one_sentence(run) -> None:
    train(run(stop_after=2))
    state = torch.load(run().checkpoint, weights_only=True)
    state["network"]["input.embedding.weight"] = torch.zeros(3 * 32, 4)  # as an earlier version had it
    torch.save(state, run().checkpoint)
    with pytest.raises(HpqError, match=r"does not fit the network: .* --fresh"):
        train(run())


def test_a_slow_validation_shows_that_the_run_lives(run, monkeypatch) -> None:
    monkeypatch.setattr(module, "_LOG_EVERY_S", 0.0)
    slow = run({"steps": 1, "validation.examples": 12})
    train(slow)
    *beats, (_, last) = slow.logged
    in_validation = [metrics for step, metrics in beats if step == 1]
    assert len(in_validation) >= 3  # one a batch
    assert all(set(metrics) == {"train_loss"} for metrics in in_validation)
    assert "loss" in last


def test_a_checkpoint_that_cannot_be_written_leaves_the_last_one(tmp_path, monkeypatch) -> None:
    path = tmp_path / "checkpoint.pt"
    save({"step": 1}, path)

    def fail(state, file) -> None:
        file.write(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(torch, "save", fail)
    with pytest.raises(OSError, match="No space"):
        save({"step": 2}, path)
    assert [file.name for file in tmp_path.iterdir()] == ["checkpoint.pt"]
    assert load(path, torch.device("cpu")) == {"step": 1}


def test_a_rate_that_rounding_keeps_above_the_floor_is_at_the_floor() -> None:
    schedule = Schedule(rate=1e-3, decay=0.1, patience=100, floor=1e-6)
    for step in range(0, 2000, 50):
        schedule.observe(step, 5.0)
        if schedule.is_done:
            break
    assert step == 400  # three decays, and patience spent once more


def test_the_schedule_decays_after_patience_and_stops_at_the_floor() -> None:
    schedule = Schedule(rate=1.0, decay=0.1, patience=100, floor=0.05)
    for step in range(0, 1000, 50):
        schedule.observe(step, 5.0 - step if step <= 100 else 5.0)
        if step == 150:
            assert schedule.rate == 1.0
    assert schedule.rate == 0.05
    assert schedule.is_done
    restored = Schedule(1.0, 0.1, 100, 0.05)
    restored.restore(json.loads(json.dumps(schedule.state())))
    assert restored.state() == schedule.state()


def test_every_epoch_shows_every_picture_once() -> None:
    seen = [index for step in range(5) for index in batch_indices(10, 4, seed=3, step=step)]
    assert sorted(seen[:10]) == list(range(10))
    assert sorted(seen[10:20]) == list(range(10))
    assert seen[:10] != seen[10:20]


def test_a_batch_is_a_function_of_seed_and_step(options, tmp_path) -> None:
    data = load_data(options(), tmp_path, 0)
    one, same, other = (training_batch(data, options(), 5, step) for step in (3, 3, 4))
    assert torch.equal(one.mask, same.mask)
    assert torch.equal(one.levels, same.levels)
    assert not torch.equal(one.mask, other.mask)


def test_half_of_the_pictures_are_mirrored_and_none_in_validation(options, tmp_path) -> None:
    plain, flipped = (options({"flip": flip, "batch_size": 40}) for flip in (False, True))
    data = load_data(plain, tmp_path, 0)
    one, other = (training_batch(data, chosen, 5, 3) for chosen in (plain, flipped))
    is_turned = (other.levels == one.levels.flip(-1)).flatten(1).all(1)
    assert 10 < is_turned.sum() < 30
    assert torch.equal(other.levels[~is_turned], one.levels[~is_turned])
    assert torch.equal(other.mask, one.mask)
    assert torch.equal(other.words, one.words)
    batches = zip(validation_batches(data, plain), validation_batches(data, flipped), strict=True)
    assert all(torch.equal(a.levels, b.levels) for a, b in batches)


def test_validation_masks_do_not_depend_on_batch_size(options, tmp_path) -> None:
    masks = []
    for size in (3, 8, 100):
        chosen = options({"batch_size": size})
        data = load_data(chosen, tmp_path, 0)
        masks.append(torch.cat([batch.mask for batch in validation_batches(data, chosen)]))
    assert torch.equal(masks[0], masks[1])
    assert torch.equal(masks[0], masks[2])


def test_validation_masks_are_fixed_and_spread(options, tmp_path) -> None:
    chosen = options({"validation.examples": 64, "masker.radius": 0})
    data = load_data(chosen, tmp_path, 0)
    one, other = (list(validation_batches(data, chosen)) for _ in range(2))
    assert all(torch.equal(a.mask, b.mask) for a, b in zip(one, other, strict=True))
    shares = torch.cat([batch.mask.float().flatten(1).mean(1) for batch in one]).sort().values
    assert torch.allclose(shares, (torch.arange(64) + 0.5) / 64, atol=0.06)


@pytest.mark.parametrize(
    ("batch_size", "pictures", "interval"), [(5, 512, 820), (30, 512, 137), (16, 16, 100)]
)
def test_validation_takes_a_sixteenth_of_the_time_at_most(
    batch_size: int, pictures: int, interval: int
) -> None:
    options = Options(batch_size=batch_size)
    assert validation_interval(options, pictures) == interval
    assert pictures / (pictures + 2 * batch_size * interval) <= 1 / 16
