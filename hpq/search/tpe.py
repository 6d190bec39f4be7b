"""Draws that learn from the runs before: Optuna's TPE, told anew each time of what became of them."""

import contextlib
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from hpq.errors import HpqError
from hpq.search.axes import axis_of
from hpq.search.domains import UNCHANGING, Domain, Kind, copied
from hpq.search.draw import Chooser, Draw
from hpq.search.samplers import Sample, draw_run, random_chooser
from hpq.search.streams import uniform

if TYPE_CHECKING:  # Optuna is an extra, and a quarter of a second
    from optuna import Study
    from optuna.trial import FrozenTrial, Trial

STARTUP = 10  # runs that ended, before which draws are random
_GOOD = 25  # runs that TPE takes for good ones, at most; else a tenth of all that it is told of
_CRASHES_A_LOSS = 9  # with more of them crashed runs would be among that tenth
_RECENT = 500  # further ones, and crashes: half a second, and what is older weighs next to nothing


@dataclass(frozen=True, slots=True)
class Past:
    """A run as TPE is told of it: its values, and its lowest loss unless it crashed or trains still."""

    values: Mapping[str, Any]
    loss: float | None = None
    is_live: bool = False

    @property
    def is_crash(self) -> bool:
        return self.loss is None and not self.is_live


class NoOptunaError(HpqError):
    """Optuna is not installed, or cannot be imported."""

    def __init__(self, why: str = "it is not installed") -> None:
        super().__init__(f"--sampler tpe draws with Optuna, and {why}: pip install 'hpq[tpe]'")


def has_optuna() -> bool:
    """Tell whether Optuna is installed, without importing it."""
    return find_spec("optuna") is not None


def check_optuna() -> None:
    """Raise NoOptunaError where Optuna is not installed."""
    if not has_optuna():
        raise NoOptunaError()


def import_optuna() -> None:
    """Raise NoOptunaError where Optuna cannot be imported."""
    try:
        import_module("optuna")
    except ImportError as error:
        raise NoOptunaError(f"its import fails ({error})") from error


def draw_tpe(sample: Sample, seed: int, number: int, fixed: Mapping[str, Any], pasts: Sequence[Past]) -> Draw:
    """Return a run's hyperparameters, near those of good runs and far from those of bad and crashed ones.

    The pasts are in the order of their numbers, and with the same ones the draw is the same. While few runs
    have ended it is the one of `draw_run`.
    """
    told = _of_use(pasts)
    if sum(not past.is_live for past in told) < STARTUP:
        return draw_run(sample, seed, number, fixed)
    with _quiet():
        trials = [trial for past in told if (trial := _replay(sample, seed, number, fixed, past))]
        draw = Draw(_chooser(_study(seed, number, trials).ask(), seed, number), fixed)
        sample(draw)
    return draw


def _of_use(pasts: Sequence[Past]) -> list[Past]:
    """Return the pasts that TPE is told of: the best and the newest, and not too many crashes."""
    losses = [(past.loss, index) for index, past in enumerate(pasts) if past.loss is not None]
    crashes = [index for index, past in enumerate(pasts) if past.is_crash]
    best = {index for _, index in sorted(losses)[:_GOOD]}
    newest = {index for _, index in losses[-_RECENT:]}
    few = min(len(crashes), _RECENT, _CRASHES_A_LOSS * len(losses))
    kept = best | newest | {*crashes[len(crashes) - few :]}
    return [past for index, past in enumerate(pasts) if past.is_live or index in kept]


def _study(seed: int, number: int, trials: Sequence["FrozenTrial"]) -> "Study":
    from optuna import create_study
    from optuna.samplers import TPESampler

    own = int(uniform(seed, number, "", 1) * 2**32)  # with index 0 it is what the run trains with
    study = create_study(sampler=TPESampler(n_startup_trials=0, constant_liar=True, seed=own))
    study.add_trials(trials)
    return study


def _chooser(trial: "Trial", seed: int, number: int) -> Chooser:
    def choose(name: str, domain: Domain) -> Any:
        axis = axis_of(domain)
        return axis.value(axis.suggest(trial, name), partial(uniform, seed, number, name))

    return choose


class _Replay(Draw):
    """A past run drawn again under today's space: it keeps the values that it had, whatever they are."""

    __slots__ = ()

    def _draw(self, name: str, domain: Domain) -> Any:
        if name in self._fixed:
            value = self._fixed[name]
        else:
            value = domain.items[0] if domain.kind is Kind.FIX else self._choose(name, domain)
        self.values[name] = value
        self.domains[name] = domain
        return value if type(value) in UNCHANGING else copied(value)


def _replay(
    sample: Sample, seed: int, number: int, fixed: Mapping[str, Any], past: Past
) -> "FrozenTrial | None":
    """Return a past as Optuna knows it, or None where it has no value that could be drawn today.

    A crashed one is told as pruned: of failed ones TPE learns nothing, and walks into them again.
    """
    from optuna.trial import TrialState, create_trial

    replay = _Replay(random_chooser(seed, number), past.values)
    try:
        sample(replay)
    except Exception:  # user code with values that it does not know any more
        return None
    points, distributions = {}, {}
    for name, domain in replay.domains.items():
        if domain.kind is Kind.FIX or name in fixed or name not in past.values:
            continue
        axis = axis_of(domain)
        point = axis.point(past.values[name])
        if point is not None:
            points[axis.key(name)], distributions[axis.key(name)] = point, axis.distribution
    if not points:
        return None
    state = TrialState.COMPLETE if past.loss is not None else TrialState.PRUNED
    return create_trial(
        state=TrialState.RUNNING if past.is_live else state,
        value=past.loss,
        params=points,
        distributions=distributions,
    )


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keep what Optuna tells of studies and trials out of the run's log."""
    from optuna.logging import WARNING, get_verbosity, set_verbosity

    verbosity = get_verbosity()
    set_verbosity(WARNING)
    try:
        with warnings.catch_warnings(action="ignore"):
            yield
    finally:
        set_verbosity(verbosity)  # training may use Optuna too
