"""The whole network over the space of the post, at small sizes."""

import itertools

import pytest
import torch
import torch.nn.functional as F

from hpq.errors import HpqError
from hpq.model.fill import spread
from hpq.model.losses import losses_of
from hpq.model.mergers import AttentionMerger, ConvMerger
from hpq.model.network import Batch, Network
from hpq.model.options import Options
from hpq.model.reader import Reading
from hpq.search import demo, post
from hpq.search.samplers import draw_run

SPACE = list(
    itertools.product(
        ["straight", "straight_residual", "straight_dilated"],
        ["attention", "conv"],
        [False, True],
        [False, True],
    )
)


@pytest.mark.parametrize(("kind", "merger", "bidir", "normalize"), SPACE)
@pytest.mark.parametrize("radius", [2, 5])
def test_every_kind_lowers_its_loss_on_one_batch(
    options, batch, kind, merger, bidir, normalize, radius
) -> None:
    chosen = options(
        {
            "convnet.kind": kind,
            "merger.kind": merger,
            "merger.layers": [0, 2],
            "reader.bidir": bidir,
            "reader.normalize": normalize,
            "convnet.radius": radius,
            "convnet.profundity": 3,
            "optimize_given": normalize,
            "merger.rank": 0 if bidir else 3,
            "convnet.input": "onehot" if bidir else "embedding",
        }
    )
    torch.manual_seed(0)
    network, data = Network(chosen, 20), batch(chosen)
    data.levels.copy_(torch.arange(12).view(4, 3, 1, 1).expand_as(data.levels) * 2)  # plain colours
    optimizer = torch.optim.Adam(network.parameters(), lr=2e-2)
    seen = []
    for _ in range(15):
        losses = network.losses(data, with_given=chosen.optimize_given)
        optimizer.zero_grad()
        losses.objective.backward()
        optimizer.step()
        seen.append(losses.objective.item())
    unused = [name for name, parameter in network.named_parameters() if parameter.grad is None]
    assert unused == []
    assert seen[-1] < 0.9 * seen[0]


def mean_where(losses: torch.Tensor, where: torch.Tensor) -> torch.Tensor:
    """The mean over each example's own values, none counting as 0, and then over examples."""
    return torch.stack(
        [
            each[kept].mean() if kept.any() else each.new_zeros(())
            for each, kept in zip(losses, where, strict=True)
        ]
    ).mean()


@pytest.mark.parametrize("loss", ["emd2", "emd", "xent"])
@pytest.mark.parametrize("with_given", [False, True])
def test_losses_of_chosen_values_are_those_of_all_logits(options, batch, loss: str, with_given: bool) -> None:
    chosen = options({"loss": loss})
    network = Network(chosen, 20).double().eval()
    data = batch(chosen)
    data.mask[0] = True  # an example of which nothing is asked
    logits = network.logits(data).flatten(0, -2)
    dense = losses_of(loss, logits, data.levels.flatten()).view_as(data.levels)
    losses = network.losses(data, with_given=with_given)
    assert torch.allclose(losses.asked, mean_where(dense, ~data.mask))
    if with_given:
        assert torch.allclose(losses.given, mean_where(dense, data.mask))
        assert torch.allclose(losses.objective, dense.mean())
    else:
        assert torch.allclose(losses.objective, losses.asked)


@pytest.mark.parametrize(
    ("kind", "fill"), [("embedding", "none"), ("embedding", "harmonic"), ("onehot", "none")]
)
def test_what_is_asked_is_not_seen(options, batch, kind: str, fill: str) -> None:
    chosen = options({"convnet.input": kind, "convnet.fill": fill, "convnet.skip": kind == "embedding"})
    network, data = Network(chosen, 20).eval(), batch(chosen)
    changed = torch.where(data.mask, data.levels, (data.levels + 7) % chosen.levels)
    other = Batch(changed, data.mask, data.words, data.lengths)
    assert torch.equal(network.logits(data), network.logits(other))


def test_one_hot_input_is_a_bag_of_rows_of_the_kernel(options, batch) -> None:
    chosen = options({"convnet.input": "onehot", "levels": 9})
    network, data = Network(chosen, 20).double(), batch(chosen)
    convolution = network.convnet.stages[0].convolution  # kernel 3
    dense = convolution(network.input(data.levels, data.mask).double())
    rows = convolution.weight.permute(2, 3, 1, 0)  # (3, 3, channels, depth)
    index = F.pad(data.levels + 9 * torch.arange(3).view(1, 3, 1, 1), (1, 1, 1, 1))
    given, side = F.pad(data.mask.double(), (1, 1, 1, 1)), chosen.size
    bag = torch.zeros(4, side, side, 8, dtype=torch.float64)
    for i, j in itertools.product(range(3), range(3)):
        window = (slice(None), slice(None), slice(i, i + side), slice(j, j + side))
        weights = given[window].unsqueeze(-1)
        bag += ((rows[i, j][index[window]] + rows[i, j][27:].view(1, 3, 1, 1, 8)) * weights).sum(1)
    assert torch.allclose(dense, bag.permute(0, 3, 1, 2))


def test_embedded_input_is_one_hot_input_by_a_matrix(options, batch) -> None:
    chosen = options({"levels": 9, "convnet.embedding": 4})
    network, data = Network(chosen, 20), batch(chosen)
    onehot = Network(options({"levels": 9, "convnet.input": "onehot"}), 20)
    matrix = torch.block_diag(*network.input.embedding.weight[:-1].view(3, 9, 4))  # (27, 12)
    expected = torch.einsum("bchw,cd->bdhw", onehot.input(data.levels, data.mask)[:, :27], matrix)
    assert torch.allclose(network.input(data.levels, data.mask), expected)


def test_a_guess_has_the_vector_of_its_level_but_for_the_first_number(options, batch) -> None:
    chosen = options({"convnet.fill": "harmonic"})
    entry, data = Network(chosen, 20).input, batch(chosen)
    guesses = spread(data.levels.float(), data.mask).round().int()
    whole = torch.ones_like(data.mask)
    seen, expected = entry(data.levels, data.mask), entry(guesses, whole)
    sign = torch.where(data.mask, 1.0, -1.0)
    first = torch.arange(entry.channels) % 4 == 0  # of the four numbers of each colour
    expected[:, first] *= sign
    assert torch.equal(seen, expected)


@pytest.mark.parametrize("levels", [32, 256])
def test_with_a_shortcut_a_new_network_predicts_what_it_sees(options, batch, levels: int) -> None:
    chosen = options({"convnet.skip": True, "levels": levels, "convnet.embedding": 16})
    network, data = Network(chosen, 20), batch(chosen)
    mean = network.logits(data).softmax(-1) @ torch.arange(levels).float()
    inner = data.mask & (data.levels > levels // 4) & (data.levels < levels * 3 // 4)
    assert (mean - data.levels)[inner].abs().max() < levels / 20
    plain = Network(options({"levels": levels}), 20).losses(data, with_given=True)
    assert network.losses(data, with_given=True).given < 0.75 * plain.given


def test_the_caption_is_seen(options, batch) -> None:
    for merger in ("attention", "conv"):
        network = Network(options({"merger.kind": merger}), 20).eval()
        data = batch(network.options)
        other = Batch(data.levels, data.mask, data.words.flip(0), data.lengths.flip(0))
        assert not torch.allclose(network.features(data), network.features(other))


def test_attention_ignores_padding_and_follows_its_equation() -> None:
    merger = AttentionMerger(4, 6).double()
    torch.nn.init.normal_(merger.similarity)
    states, x = torch.randn(2, 5, 6, dtype=torch.float64), torch.randn(2, 4, 3, 3, dtype=torch.float64)
    is_real = torch.arange(5) < torch.tensor([[5], [2]])
    merged = merger(x, Reading(states, is_real, states[:, 0]))
    z = merger.norm(merger.dense(states)).relu()
    for example, real in enumerate([5, 2]):
        pixel = x[example, :, 1, 2]
        weights = torch.stack([pixel @ merger.similarity @ z[example, t] for t in range(real)]).softmax(0)
        expected = pixel + sum(weights[t] * z[example, t] for t in range(real))
        assert torch.allclose(merged[example, :, 1, 2], expected)


def test_a_low_rank_map_has_few_parameters_and_a_dense_one_many() -> None:
    count = {
        rank: sum(parameter.numel() for parameter in ConvMerger(8, 256, 32, 64, rank).parameters())
        for rank in (8, 0)
    }
    assert count[8] < 0.15e6
    assert count[0] > 30e6


def test_an_untrained_network_knows_nothing(options, batch) -> None:
    chosen = options({"levels": 256})
    data = batch(chosen)
    assert Network(chosen, 20).losses(data, with_given=False).asked.item() == pytest.approx(42.67, rel=0.1)


@pytest.mark.parametrize("space", [post, demo])
def test_the_bundled_spaces_name_options_of_the_model(space) -> None:
    for number in range(1, 40):
        params = draw_run(space.sample, 3, number).values
        options = Options.from_params(params)
        assert options.convnet_depth == params["convnet.depth"]
        post.check_names(params, "post")
        assert list(options.merger_layers) == params["merger.layers"]


@pytest.mark.parametrize(
    ("params", "told"),
    [
        ({"convnet.depht": 3}, "convnet.depht"),
        ({"convnet.depth": 2.5}, "2.5"),
        ({"convnet.depth": 0}, "at least 1"),
        ({"loss": "mse"}, "emd2, emd, xent"),
        ({"merger.layers": [8]}, "0 to 7"),
        ({"levels": 300}, "256"),
        ({"optimize_given": 1}, "optimize_given"),
        ({"lr.decay": 2.0}, "lr.decay"),
        ({"convnet.fill": "harmonic", "convnet.input": "onehot"}, "convnet.fill"),
        ({"convnet.skip": True, "convnet.input": "onehot"}, "convnet.skip"),
    ],
)
def test_options_that_make_no_sense_are_named(params, told: str) -> None:
    with pytest.raises(HpqError, match=r"option|lr") as refused:
        Options.from_params(params)
    assert told in str(refused.value)
