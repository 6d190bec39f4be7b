"""`hpq eval`: what a run's network is worth, in a table and as JSON, or one sentence."""

import json
import re

import pytest

TINY = {
    "size": 16,
    "levels": 16,
    "examples": 64,
    "validation.examples": 8,
    "steps": 2,
    "batch_size": 4,
    "convnet.depth": 4,
    "convnet.profundity": 2,
    "merger.layers": "[0]",
    "masker.radius": 1,
    "reader.size": 4,
    "reader.radius": 2,
}


@pytest.fixture(scope="module")
def root(module_hpq):
    """A root with two trained runs of the model, and one that waits."""
    settings = [f"--set={name}={value}" for name, value in TINY.items()]
    module_hpq("enqueue", "-n", "2", *settings)
    module_hpq("run", "--workers", "2")
    module_hpq("enqueue", "-n", "1", "--name", "waits", *settings)
    return module_hpq


def test_a_table_has_the_run_among_what_needs_no_network(root) -> None:
    told = root("eval", "blog-001", "--device", "cpu")
    lines = told.splitlines()
    assert "central 8×8 of 512 pictures of drawings, with 64 to learn from" in lines[0]
    for name in ("blog-001, step", "mean of the training pictures", "Laplace fill", "ridge on a ring of 4"):
        assert any(line.startswith(name) for line in lines), told
    rows = [line for line in lines if re.match("(blog-001, step|mean of|Laplace|ridge)", line)]
    errors = [float(re.findall(r" (\d\.\d+)", row)[0]) for row in rows]
    assert errors == sorted(errors)
    assert len(errors) == 6
    assert "squared error than the best of the others" in told.replace("\n", " ")


def test_json_tells_scores_of_several_runs_and_the_same_baselines(root) -> None:
    one, two = json.loads(root("eval", "blog-1..2", "--device", "cpu", "--json"))
    assert (one["id"], two["id"]) == ("blog-001", "blog-002")
    assert one["baselines"] == two["baselines"]
    assert one["scores"] != two["scores"]
    assert (one["pictures"], one["training_pictures"], one["size"]) == (512, 64, 16)
    assert set(one["scores"]) == {"squared_error", "absolute_error", "squared_emd", "cross_entropy"}
    assert all(0 < score < 100 for score in one["scores"].values())
    assert one["baselines"]["Laplace fill"]["squared_emd"] is None
    alone = json.loads(root("eval", "blog-002", "--device", "cpu", "--json"))
    assert alone["scores"] == pytest.approx(two["scores"])


def test_a_run_without_a_network_is_told_in_one_sentence(root) -> None:
    told = root("eval", "waits-001", code=1)
    assert told.startswith("hpq: waits-001 has no best.pt")
    assert told.count("\n") == 1


def test_a_gpu_that_is_not_there_is_told(root) -> None:
    import torch

    if torch.cuda.is_available():
        pytest.skip("there is a GPU")
    assert "no GPU" in root("eval", "blog-001", "--device", "cuda", code=1)
