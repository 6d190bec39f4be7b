"""`hpq replicate`: whether the best run was luck, from the first draw to the last number."""

import json

import pytest

SEARCH = """
import random

def sample(s):
    s.float("lr", 0.0, 1.0)
    s.int("depth", 1, 6)

def train(run):
    if run.params["depth"] == 6:
        raise ValueError("too deep")
    for step in range(2):
        run.log(step, loss=1.0 + run.params["lr"] + random.Random(run.seed).random())
"""


@pytest.fixture(scope="module")
def ended(module_hpq):
    """A search of ten runs of which two crashed, and two replicates each of the best and of two others."""
    module_hpq.write("noisy.py", SEARCH)
    module_hpq("enqueue", "noisy.py", "-n", "10", "--seed", "2")
    module_hpq("run", "--workers", "2")
    finished = [run for run in module_hpq.ls().values() if run["state"] == "finished"]
    assert len(finished) == 8
    best = min(finished, key=lambda run: run["best"])["id"]
    queued = json.loads(module_hpq("replicate", best, "--others", "2", "--json"))
    module_hpq("run", "--workers", "2")
    return module_hpq, best, queued


def test_replicates_have_the_same_values_and_other_losses(ended) -> None:
    hpq, best, queued = ended
    runs = hpq.ls()
    assert len(queued["queued"]) == 6
    assert list(queued["replicates"].values()).count(best) == 2
    for name, original in queued["replicates"].items():
        assert runs[name]["state"] == "finished"
        assert runs[name]["replicates"] == original
        assert runs[name]["params"] == runs[original]["params"]
    same = [run["best"] for run in runs.values() if best in (run["id"], run["replicates"])]
    assert len(set(same)) == 3


def test_a_run_and_its_replicates_tell_of_each_other(ended) -> None:
    hpq, best, queued = ended
    first, second = [name for name, original in queued["replicates"].items() if original == best]
    assert json.loads(hpq("show", best, "--json"))["replicated_by"] == [first, second]
    assert first in hpq("show", best)
    assert f"replicates {best} · search noisy" in hpq("show", first)
    assert json.loads((hpq.root / first / "params.json").read_text())["replicates"] == best
    listed = json.loads(hpq("ls", "--json", "--where", f"replicates={best}"))
    assert [run["id"] for run in listed] == [first, second]
    head, *rows = hpq("ls", "--sort", "replicates").splitlines()
    assert head.index("replicates") == rows[0].index("noisy", 5)


def test_the_search_goes_on_with_draws_that_nobody_had(ended, hpq) -> None:
    before, _, _ = ended
    hpq.write("noisy.py", SEARCH)
    hpq("enqueue", "noisy.py", "-n", "30", "--seed", "2")
    undisturbed = hpq.ls()
    before("enqueue", "noisy.py", "-n", "3")
    runs = before.ls()
    new = [run for run in runs.values() if run["number"] > 16]
    assert [run["params"] for run in new] == [undisturbed[run["id"]]["params"] for run in new]
    drawn = [json.dumps(run["params"]) for run in runs.values() if not run["replicates"]]
    assert len(drawn) == len(set(drawn)) == 13


WRONG = [
    ([], ["which runs", "replicate"]),
    (["noisy"], ["only runs that finished", "--state finished", " of "]),
    (["--state", "crashed"], ["is crashed", "hpq requeue noisy-"]),
    (["noisy-099"], ["noisy-099"]),
    (["noisy", "--state", "finished", "--where", "depth>90"], ["no run is chosen"]),
    (["noisy", "--state", "finished", "-n", "20"], ["above 100", "--yes"]),
    (["noisy", "--state", "finished", "-n", "1000000", "--yes"], ["1,000,000 are the most"]),
    (["noisy-001", "-n", "0"], ["-n", "0"]),
    (["noisy-001", "--others", "few"], ["--others", "few"]),
    (["noisy-002", "--priority", "5000"], ["--priority", "5000"]),
]


@pytest.mark.parametrize(("words", "told"), WRONG, ids=lambda value: " ".join(value))
def test_a_wrong_call_gets_one_sentence_and_queues_nothing(ended, words, told) -> None:
    hpq, _, _ = ended
    before = len(hpq.ls())
    err = hpq("replicate", *words, code=2)
    assert err.startswith("hpq: ")
    assert len(err.strip().splitlines()) == 1, err
    for word in told:
        assert word in err, err
    assert len(hpq.ls()) == before


def test_a_run_that_waits_is_told_of(hpq) -> None:
    hpq.write("noisy.py", SEARCH)
    hpq("enqueue", "noisy.py", "-n", "1")
    assert "noisy-001 is queued" in hpq("replicate", "noisy-001", code=2)
