"""Any draw from the post's space, at tiny sizes, builds a network whose numbers make sense."""

from collections.abc import Callable
from typing import Any

import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from hpq.model.losses import LOSSES
from hpq.model.masks import make_masks
from hpq.model.network import Batch, Network
from hpq.model.options import Options
from hpq.search.domains import Domain, Kind
from hpq.search.draw import Draw
from hpq.search.post import Ranges, sample_within

WORDS = 9
TINY = Ranges(
    batch_size=(1, 4),
    depth=(1, 5),
    profundity=(1, 9),
    merger_depth=(1, 4),
    reader_radius=(1, 6),
    reader_size=(1, 5),
)
# What the post left fixed varies here too.
REST = st.fixed_dictionaries(
    {
        "size": st.integers(8, 12),
        "levels": st.integers(2, 9),
        "loss": st.sampled_from(LOSSES),
        "precision": st.sampled_from(["float32", "bf16"]),
        "masker.kind": st.sampled_from(["contiguish", "orderless", "square", "centre"]),
        "masker.radius": st.integers(0, 5),
        "masker.shared": st.booleans(),
        "merger.rank": st.integers(0, 3),
        "convnet.input": st.sampled_from(["embedding", "onehot"]),
        "convnet.embedding": st.integers(1, 4),
        "reader.embedding": st.integers(1, 4),
        "reader.forget_bias": st.floats(-2, 6),
    }
)


def chooser(draw: Callable[..., Any]) -> Callable[[str, Domain], Any]:
    """Choose the values of a search's space as hypothesis likes."""

    def choose(_: str, domain: Domain) -> Any:
        if domain.kind is Kind.BOOL:
            return draw(st.booleans())
        if domain.kind is Kind.INT:
            return draw(st.integers(domain.low, domain.high))
        if domain.kind is Kind.CHOICE:
            return draw(st.sampled_from(domain.items))
        sizes = {"min_size": domain.low, "max_size": domain.high}
        return sorted(draw(st.lists(st.sampled_from(domain.items), unique=True, **sizes)))

    return choose


@st.composite
def any_options(draw: Callable[..., Any]) -> Options:
    search = Draw(chooser(draw))
    sample_within(search, TINY)
    params = {**search.values, **draw(REST)}
    if params["convnet.input"] == "embedding":
        params["convnet.fill"] = draw(st.sampled_from(["none", "harmonic"]))
        params["convnet.skip"] = draw(st.booleans())
    return Options.from_params(params)


def noise(options: Options) -> Batch:
    shape = (options.batch_size, 3, options.size, options.size)
    lengths = torch.randint(0, 9, shape[:1])
    words = torch.randint(1, WORDS, (shape[0], 8)) * (torch.arange(8) < lengths.unsqueeze(1))
    kind, radius, shared = options.masker_kind, options.masker_radius, options.masker_shared
    mask = make_masks(kind, shape, torch.default_generator, radius=radius, shared=shared)
    return Batch(torch.randint(0, options.levels, shape, dtype=torch.uint8), mask, words, lengths)


@settings(max_examples=150)
@given(any_options(), st.integers(0, 1000))
def test_any_options_of_the_space_give_finite_losses_that_hidden_levels_have_no_say_in(
    options: Options, seed: int
) -> None:
    torch.manual_seed(seed)
    network, batch = Network(options, WORDS), noise(options)
    changed = torch.where(batch.mask, batch.levels, torch.randint_like(batch.levels, options.levels))
    other = Batch(changed, batch.mask, batch.words, batch.lengths)
    losses = network.losses(batch, with_given=options.optimize_given)
    losses.objective.backward()
    assert losses.objective.dtype == torch.float32
    assert losses.objective >= 0
    assert (losses.given is not None) == options.optimize_given
    for name, parameter in network.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.isfinite().all(), name
    for training in (True, False):
        network.train(training)
        logits = network.logits(batch)
        assert logits.shape == (*batch.mask.shape, options.levels)
        assert logits.isfinite().all()
        assert torch.equal(network.logits(other), logits)
