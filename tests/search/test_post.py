"""The bundled spaces: the post's, and the demo's within it."""

import time

import pytest

from hpq.errors import HpqError
from hpq.search import demo, post
from hpq.search.check import DRY_DRAWS, check
from hpq.search.domains import Kind
from hpq.search.samplers import draw_run

POST = {
    "batch_size": (Kind.INT, 5, 30),
    "optimize_given": (Kind.BOOL, None, None),
    "convnet.kind": (Kind.CHOICE, None, None),
    "convnet.depth": (Kind.INT, 64, 512),
    "convnet.profundity": (Kind.INT, 4, 48),
    "convnet.radius": (Kind.INT, 2, 5),
    "merger.kind": (Kind.CHOICE, None, None),
    "merger.depth": (Kind.INT, 4, 64),
    "reader.bidir": (Kind.BOOL, None, None),
    "reader.normalize": (Kind.BOOL, None, None),
    "reader.radius": (Kind.INT, 4, 32),
    "reader.size": (Kind.INT, 32, 256),
}


def test_the_space_is_that_of_the_post() -> None:
    report = check(post.sample, None, 0, {})
    drawn = {name: domain for name, domain in report.domains.items() if domain.kind is not Kind.FIX}
    assert drawn.pop("merger.layers").kind is Kind.SUBSET
    assert {name: (domain.kind, domain.low, domain.high) for name, domain in drawn.items()} == POST
    assert drawn["convnet.kind"].items == ("straight", "straight_residual", "straight_dilated")
    assert drawn["merger.kind"].items == ("attention", "conv")
    assert not any(domain.log for domain in drawn.values())


def test_layers_to_merge_after_are_layers_that_there_are() -> None:
    sizes = set()
    for number in range(1, DRY_DRAWS + 1):
        values = draw_run(post.sample, 0, number).values
        layers = values["merger.layers"]
        assert layers == sorted(set(layers))
        assert max(layers) < values["convnet.profundity"]
        sizes.add(len(layers))
    assert sizes == set(range(1, 9))


def test_a_merger_without_a_depth_has_none() -> None:
    for number in range(1, 50):
        values = draw_run(post.sample, 0, number).values
        assert ("merger.depth" in values) == ("merger.rank" in values) == (values["merger.kind"] == "conv")


def test_both_spaces_draw_all_names_that_the_model_has_and_no_others() -> None:
    for space in (post, demo):
        names = set(check(space.sample, None, 0, {}).domains)
        assert names == {*post.DRAWN, *post.FIXED}
    post.check_names(names, "search.py")
    with pytest.raises(HpqError, match=r"search\.py .*'lr'.*convnet\.depth, "):
        post.check_names([*names, "lr"], "search.py")


def test_the_demo_fixes_what_it_says() -> None:
    values = draw_run(demo.sample, 0, 1).values
    assert {name: values[name] for name in demo.RANGES.fixed} == demo.RANGES.fixed
    assert values["size"] < post.FIXED["size"]


def test_a_check_of_the_space_costs_little() -> None:
    check(post.sample, None, 0, {})
    took = []
    for _ in range(5):
        began = time.process_time()
        check(post.sample, None, 0, {})
        took.append(time.process_time() - began)
    assert min(took) < 0.15  # 0.03 s on a slow machine; it is paid by every `hpq enqueue`
