"""Late runs, from the queue to their values: real runners and real draws."""

import json
import os
import subprocess

import pytest

from hpq.queue.paths import RootPaths
from hpq.queue.reader import Reader
from hpq.queue.states import State

SEARCH = """
import math
def sample(s):
    s.float("lr", 1e-5, 1e-1, log=True)
    layers = s.int("layers", 1, 40)
    if s.choice("kind", ["conv", "attention"]) == "attention":
        s.int("heads", 1, 8)
    s.subset("skips", range(layers), size=(0, min(3, layers)))
    s.fix("steps", 3)

def train(run):
    p = run.params
    (run.dir / "seen").write_text(repr(sorted(p.items())))
    if p["layers"] > 25:
        raise MemoryError
    for step in range(p["steps"]):
        run.log(step, loss=abs(math.log10(p["lr"]) + 3) + abs(p["layers"] - 9) / 10)
"""
WITHOUT = """
import importlib.util
found = importlib.util.find_spec
importlib.util.find_spec = lambda name, *rest: None if name == "optuna" else found(name, *rest)
"""


@pytest.fixture(scope="module")
def searched(module_hpq):
    """Ten random runs and twenty late ones of one search, and one random search of the same seed."""
    module_hpq.write("space.py", SEARCH)
    module_hpq("enqueue", "space.py", "-n", "30", "--name", "random")
    module_hpq("cancel", "random")
    module_hpq("enqueue", "space.py", "-n", "4")
    module_hpq("enqueue", "space.py", "-n", "26", "--sampler", "tpe")
    module_hpq.waiting = module_hpq.ls()["space-030"]
    module_hpq("run", "--workers", "2")
    return module_hpq.ls()


def test_a_run_that_waits_shows_what_is_fixed(module_hpq, searched) -> None:
    assert module_hpq.waiting["params"] == {"steps": 3}
    assert module_hpq.waiting["state"] == "queued"


def test_the_first_draws_are_those_of_random_and_later_ones_are_not(searched) -> None:
    same = [
        searched[f"space-{number:03d}"]["params"] == searched[f"random-{number:03d}"]["params"]
        for number in range(1, 31)
    ]
    assert all(same[:10])
    assert not any(same[12:])  # of two slots the other may have been first


def test_later_draws_are_better_and_crash_less(searched) -> None:
    runs = [searched[f"space-{number:03d}"] for number in range(1, 31)]
    early, late = runs[:10], runs[15:]
    assert sum(run["state"] == "crashed" for run in late) < sum(run["state"] == "crashed" for run in early)
    assert min(run["best"] for run in late if run["best"]) < min(run["best"] for run in early if run["best"])


def test_what_trained_is_what_is_told_everywhere(module_hpq, searched) -> None:
    for name, run in searched.items():
        if name.startswith("space"):
            folder = module_hpq.root / name
            written = json.loads((folder / "params.json").read_text())
            assert written["params"] == run["params"]
            assert (folder / "1" / "seen").read_text() == repr(sorted(run["params"].items()))
    assert written["sampler"] == "tpe"
    assert f"{run['params']['lr']:.4g}" in module_hpq("show", name)


def test_filters_and_the_picture_know_the_values(module_hpq, searched) -> None:
    crashed = module_hpq("ls", "--json", "--where", "layers>25 state:crashed -search:random")
    assert len(json.loads(crashed)) == sum(run["state"] == "crashed" for run in searched.values())
    module_hpq("plot", "space", "-o", "space.png")
    assert (module_hpq.folder / "space.png").stat().st_size > 10_000


def test_a_further_attempt_keeps_the_values(hpq) -> None:
    hpq.write("fails.py", SEARCH + "    raise ValueError")
    hpq("enqueue", "fails.py", "-n", "1", "--sampler", "tpe")
    for again in ([], ["--fresh"]):
        hpq("run", "--workers", "1")
        hpq("requeue", "fails", *again)
    hpq("run", "--workers", "1")
    seen = {path.read_text() for path in hpq.root.glob("fails-001/*/seen")}
    assert len(list(hpq.root.glob("fails-001/*/seen"))) == 3
    assert len(seen) == 1


def test_what_is_set_stays_set(hpq) -> None:
    hpq.write("space.py", SEARCH)
    hpq("enqueue", "space.py", "-n", "14", "--sampler", "tpe", "--set", "kind=attention", "--set", "heads=3")
    assert hpq.ls()["space-001"]["params"] == {"kind": "attention", "heads": 3, "steps": 3}
    hpq("run", "--workers", "2")
    runs = hpq.ls().values()
    assert {(run["params"]["kind"], run["params"]["heads"]) for run in runs} == {("attention", 3)}
    assert len({run["params"]["lr"] for run in runs}) == 14


def test_a_command_gets_the_values(hpq) -> None:
    hpq.write("train.sh", """echo '{"step": 1, "loss": '$1'}' >> $HPQ_METRICS""")
    hpq.write("command.py", "command = 'sh train.sh {lr}'\ndef sample(s): s.float('lr', 0.1, 0.9)")
    hpq("enqueue", "command.py", "-n", "12", "--sampler", "tpe")
    hpq("run", "--workers", "2")
    assert {run["best"] == run["params"]["lr"] for run in hpq.ls().values()} == {True}


def test_a_dry_run_says_that_values_come_later(hpq) -> None:
    hpq.write("space.py", SEARCH)
    told = hpq("enqueue", "space.py", "-n", "3", "--sampler", "tpe", "--dry-run")
    assert "a run is drawn when it starts" in told
    late = json.loads(hpq("enqueue", "space.py", "-n", "3", "--sampler", "tpe", "--dry-run", "--json"))
    assert late == json.loads(hpq("enqueue", "space.py", "-n", "3", "--dry-run", "--json"))


def test_a_space_that_fails_when_a_run_is_drawn_fails_the_run(hpq) -> None:
    hpq.write("limits.py", "HIGH = 9")
    hpq.write("space.py", "import limits\ndef sample(s):\n    s.int('n', 1, limits.HIGH)\ndef train(run): 0")
    hpq("enqueue", "space.py", "-n", "1", "--sampler", "tpe")
    hpq.write("limits.py", "")
    hpq("run", "--workers", "1")
    run = hpq.ls()["space-001"]
    assert run["state"] == "crashed"
    assert "has no attribute 'HIGH'" in run["reason"]
    assert ".py:3: AttributeError" in run["reason"]
    hpq.write("limits.py", "HIGH = 9")
    hpq("requeue", "space-001")
    hpq("run", "--workers", "1")
    assert hpq.ls()["space-001"]["params"]["n"] in range(1, 10)


def test_a_process_that_dies_while_it_draws_leaves_a_run_that_waits(hpq) -> None:
    hpq.write(
        "space.py",
        """
import os, pathlib, signal
def sample(s):
    s.int("n", 1, 9)
    if os.environ.get("HPQ_MARK"):  # in a training process
        with open("draws", "a") as draws:
            draws.write("x")
        if os.path.getsize("draws") < 3:
            os.kill(os.getpid(), signal.SIGKILL)
def train(run):
    run.log(1, loss=1.0)
""",
    )
    hpq("enqueue", "space.py", "-n", "1", "--sampler", "tpe")
    hpq("run", "--workers", "1")
    run = hpq.ls()["space-001"]
    assert (run["state"], run["attempt"]) == ("finished", 3)
    assert (hpq.folder / "draws").read_text() == "xxx"


def test_a_run_that_is_cancelled_while_it_is_drawn_is_not_drawn_again(hpq, wait_until) -> None:
    hpq.write(
        "space.py",
        """
import os, time
def sample(s):
    s.int("n", 1, 9)
    if os.environ.get("HPQ_MARK"):
        open("drawing", "w").close()
        while not os.path.exists("go"):
            time.sleep(0.01)
def train(run):
    while not run.should_stop:
        time.sleep(0.01)
""",
    )
    hpq("enqueue", "space.py", "-n", "1", "--sampler", "tpe")
    runner = hpq.start("run", "--workers", "1", stdout=subprocess.DEVNULL)
    wait_until(lambda: (hpq.folder / "drawing").exists())
    hpq("cancel", "space-001")
    wait_until(lambda: (hpq.root / "space-001" / "1" / "stop").exists())
    (hpq.folder / "go").touch()
    assert runner.wait(30) == 0
    (run,) = Reader(RootPaths(hpq.root)).read()
    assert (run.state, run.reason) == (State.CANCELLED, "stopped by hpq cancel")
    assert not (hpq.root / "space-001" / "2").exists()


def test_without_optuna_late_runs_cannot_be_queued_and_wait_for_a_runner_that_has_it(hpq, wait_until) -> None:
    hpq.write("space.py", SEARCH)
    hpq("enqueue", "space.py", "-n", "2", "--sampler", "tpe", "--priority", "5")
    hpq("enqueue", "space.py", "-n", "2", "--name", "random")
    (hpq.folder / "without").mkdir()
    hpq.write("without/sitecustomize.py", WITHOUT)
    hpq.environment["PYTHONPATH"] = str(hpq.folder / "without")
    told = hpq("enqueue", "space.py", "-n", "2", "--sampler", "tpe", code=1)
    assert told == ("hpq: --sampler tpe draws with Optuna, and it is not installed: pip install 'hpq[tpe]'\n")
    told = hpq("run", "--workers", "1", code=1)
    assert "hpq: runs of space wait, and are left: --sampler tpe draws with Optuna" in told
    states = {name: run["state"] for name, run in hpq.ls().items()}
    assert {states["space-001"], states["space-002"]} == {"queued"}
    assert "queued" not in {states["random-001"], states["random-002"]}
    assert not (hpq.root / "space-001").exists()
    with open(hpq.folder / "printed", "w+") as printed:
        watching = hpq.start("run", "--workers", "1", "--watch", stdout=printed)
        wait_until(lambda: "runs of space wait, and are left" in (hpq.folder / "printed").read_text())
        watching.terminate()
        watching.wait(30)
    without = hpq.environment.pop("PYTHONPATH")
    hpq("run", "--workers", "1")
    assert "queued" not in {run["state"] for run in hpq.ls().values()}
    hpq.environment["PYTHONPATH"] = without
    assert "nothing waits" in hpq("run", "--workers", "1")


def test_where_optuna_cannot_be_imported_no_run_is_crashed(hpq) -> None:
    hpq.write("space.py", SEARCH)
    hpq("enqueue", "space.py", "-n", "2", "--sampler", "tpe")
    (hpq.folder / "broken").mkdir()
    hpq.write("broken/optuna.py", "raise ImportError('numpy is too old')")
    hpq.environment["PYTHONPATH"] = str(hpq.folder / "broken")
    told = hpq("run", "--workers", "1", code=1)
    assert "could not begin: --sampler tpe draws with Optuna, and its import fails (numpy is too old)" in told
    assert {run["state"] for run in hpq.ls().values()} == {"queued"}
    assert os.listdir(hpq.root / ".queue" / "runners") == []
