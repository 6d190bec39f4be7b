"""Training the bundled model: what `hpq run` does for a search without training code of its own."""

import math
import time
from collections.abc import Callable
from functools import partial
from typing import Any, cast

import torch
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from hpq.errors import HpqError
from hpq.model.checkpoint import BEST, load, save
from hpq.model.data import Data, load_data, training_batch, validation_batches
from hpq.model.feed import feed
from hpq.model.handle import Handle
from hpq.model.network import Network
from hpq.model.options import Options
from hpq.model.preview import Preview
from hpq.model.schedule import Schedule

_LOG_EVERY_S = 5.0  # between validations, so that the heartbeat goes on
_SAVE_EVERY_S = 60.0
_FIRST = 2  # the first step with a loss: the one before does not hold yet all that training needs
_FORWARD_SHARE = 2  # a training step costs about two validation passes or more: 1.9 to 2.9 measured
_VALIDATION_SHARE = 16  # validation takes at most a sixteenth of the time


def train(run: Handle) -> None:
    """Train until the steps are done, the learning rate is spent or the run shall stop.

    The metric `loss` is the validation loss over asked values, whatever the run optimises, so that all
    runs can be compared. Resuming from `run.checkpoint` gives the losses of a run that was never
    stopped: all that is random is a function of seed and step. Raises FloatingPointError when the
    loss is no longer finite.
    """
    options = Options.from_params(run.params)
    device = torch.device(run.device)
    if device.type == "cuda":
        torch.set_float32_matmul_precision("high")  # what does not run in bfloat16 runs in TF32
    torch.manual_seed(run.seed)
    logged_s = saved_s = time.monotonic()
    done, loss = 0, None

    def beat() -> None:
        """Log something if that was long ago, so that slow work does not look like a hang."""
        nonlocal logged_s
        if time.monotonic() - logged_s > _LOG_EVERY_S:
            logged_s = time.monotonic()
            run.log(done, **({} if loss is None else {"train_loss": _finite(loss.item(), done)}))

    data = load_data(options, run.cache, run.seed, beat)
    network = Network(options, len(data.vocabulary)).to(device)
    optimizer = torch.optim.Adam(network.parameters(), lr=options.lr_init, fused=True)
    average = averaged(network, options.average)
    schedule = Schedule(options.lr_init, options.lr_decay, options.lr_patience, options.lr_floor)
    parameters = sum(parameter.numel() for parameter in network.parameters())
    print(
        f"{len(data.training)} pictures to learn from, {len(data.validation)} to validate, "
        f"{len(data.vocabulary)} words"
    )
    print(f"{parameters:,} parameters on {device}")
    best = math.inf
    if run.resumed:
        state = load(run.checkpoint, device)
        done, best = state["step"], state["best"]
        try:
            network.load_state_dict(state["network"])
        except RuntimeError:
            raise HpqError(
                f"{str(run.checkpoint)!r} does not fit the network: it is of an earlier hpq or other data; "
                "begin anew with `hpq requeue --fresh`"
            ) from None
        optimizer.load_state_dict(state["optimizer"])
        if average is not None:
            average.load_state_dict(state["average"])
        schedule.restore(state["schedule"])
        print(f"resumed at step {done}")

    def save_all() -> None:
        nonlocal saved_s
        state: dict[str, Any] = {
            "step": done,
            "best": best,
            "words": data.vocabulary.words,
            "network": network.state_dict(),
            "average": average and average.state_dict(),
            "optimizer": optimizer.state_dict(),
            "schedule": schedule.state(),
        }
        save(state, run.checkpoint)
        saved_s = time.monotonic()

    preview = Preview(data.validation, options, device, run.dir)
    every = validation_interval(options, len(data.validation))
    batches = feed(partial(training_batch, data, options, run.seed), done, device)
    judged = network if average is None else cast(Network, average.module)  # what is validated and kept
    network.train()
    while done < options.steps and not schedule.is_done:
        for group in optimizer.param_groups:
            group["lr"] = schedule.rate
        losses = network.losses(next(batches), with_given=options.optimize_given)
        loss = losses.objective.detach()
        optimizer.zero_grad(set_to_none=True)
        losses.objective.backward()
        optimizer.step()
        if average is not None:
            average.update_parameters(network)
        done += 1

        beat()
        if done == _FIRST or done % every == 0 or done == options.steps:
            train_loss = _finite(loss.item(), done)
            metrics = validate(judged, data, options, device, beat)
            _finite(metrics["loss"], done)
            run.log(done, **metrics, train_loss=train_loss, lr=schedule.rate)
            print(f"step {done}  loss {metrics['loss']:.4g}  train {train_loss:.4g}", flush=True)
            logged_s = time.monotonic()
            schedule.observe(done, metrics["loss"])
            if metrics["loss"] < best:
                best = metrics["loss"]
                words = data.vocabulary.words  # so that captions can be read without the data
                state = {"step": done, "loss": best, "words": words, "network": judged.state_dict()}
                save(state, run.dir / BEST)
                save_all()
                preview.leave(judged, done)
        if run.should_stop:
            break
        if time.monotonic() - saved_s > _SAVE_EVERY_S:
            save_all()
    save_all()
    preview.leave(judged, done, is_last=True)


def averaged(network: Network, keep: float) -> AveragedModel | None:
    """Return a running mean of a network's weights and statistics, or None where none is wanted."""
    if keep == 0:
        return None
    return AveragedModel(network, multi_avg_fn=get_ema_multi_avg_fn(keep), use_buffers=True)


def validation_interval(options: Options, pictures: int) -> int:
    """Return after how many steps to validate: `validation.every`, or more where that would cost too much.

    Counted in pictures and not by a clock: where a run validates must not depend on how fast it is.
    """
    cost = _VALIDATION_SHARE * pictures / (_FORWARD_SHARE * options.batch_size)
    return max(options.validation_every, math.ceil(cost))


@torch.no_grad()
def validate(
    network: Network, data: Data, options: Options, device: torch.device, beat: Callable[[], None]
) -> dict[str, float]:
    """Return the mean losses over the validation pictures: `loss` over asked values, and `loss_given`."""
    network.eval()
    asked = given = 0.0
    for batch in validation_batches(data, options):
        losses = network.losses(batch.to(device), with_given=True)
        asked += losses.asked.item() * len(batch.words)
        given += losses.given.item() * len(batch.words) if losses.given is not None else 0.0
        beat()
    network.train()
    return {"loss": asked / len(data.validation), "loss_given": given / len(data.validation)}


def _finite(loss: float, step: int) -> float:
    if not math.isfinite(loss):
        raise FloatingPointError(f"loss is {loss} at step {step}")
    return loss
