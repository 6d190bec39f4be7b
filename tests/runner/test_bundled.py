"""The bundled model under a runner: stopped and resumed, it has the losses of one that was not."""

import json
import signal

TINY = {
    "size": 8,
    "levels": 16,
    "examples": 64,
    "validation.examples": 8,
    "validation.every": 5,
    "steps": 400,
    "batch_size": 4,
    "convnet.depth": 4,
    "convnet.profundity": 2,
    "masker.radius": 1,
    "reader.size": 4,
    "reader.radius": 2,
}


def losses(hpq, run: str, attempt: int) -> dict[int, float]:
    lines = (hpq.root / run / str(attempt) / "metrics.jsonl").read_text().splitlines()
    return {line["step"]: line["loss"] for line in map(json.loads, lines) if "loss" in line}


def test_a_run_that_was_stopped_goes_on_to_the_same_losses(hpq, wait_until) -> None:
    settings = [f"--set={name}={value}" for name, value in TINY.items()]
    for root in ("whole", "parts"):
        hpq("enqueue", "-n", "1", "--root", root, *settings)
    hpq("run", "--workers", "2", "--root", "whole")
    hpq.root = hpq.folder / "parts"
    with open(hpq.folder / "printed", "w") as log:
        runner = hpq.start("run", "--workers", "2", "--root", "parts", stdout=log, stderr=log)
    metrics = hpq.root / "blog-001" / "1" / "metrics.jsonl"
    wait_until(lambda: metrics.exists() and metrics.read_text().count('"loss"') > 3)
    runner.send_signal(signal.SIGTERM)
    assert runner.wait(30) == 128 + signal.SIGTERM
    stopped = losses(hpq, "blog-001", 1)
    assert max(stopped) < 400, "it ended before it was stopped"
    hpq("requeue", "blog-001", "--root", "parts")
    hpq("run", "--workers", "2", "--root", "parts")
    resumed = losses(hpq, "blog-001", 2)
    assert json.loads(hpq("ls", "--json", "--root", "parts"))[0]["state"] == "finished"
    hpq.root = hpq.folder / "whole"
    assert resumed == losses(hpq, "blog-001", 1)
    assert stopped.items() <= resumed.items()
