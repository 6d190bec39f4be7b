"""What runs cost besides training: how many a second, and how long from a claim to the user's first line.

guild and Ray Tune stand beside hpq where they are installed, perhaps in environments of their own: GUILD
names guild's program, RAY_PYTHON the Python that has Ray. guild stages its trials, and two of its queues run
them; Ray gets two cores, and an actor for each trial. The rate is that of runners at work, from the first
start to the last end: how long hpq's fork server, or Ray's, takes to come up is not counted.
"""

import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from queue_folders import new_folder
from queue_table import verdict

from hpq.queue.claims import read_claim
from hpq.queue.paths import RootPaths
from hpq.queue.records import Result

WORKERS, RUNS, ROUNDS = 2, 100, 3
PEERS_RUNS = 20  # they need up to two seconds for each
RATE_BUDGET = 20.0  # runs a second
STARTS, IMPORTS, START_BUDGET_MS = 30, 5, 100.0
PATIENCE_S = 240.0
HPQ = str(Path(sys.executable).parent / "hpq")
NAME = "noop"

NOOP = """
def sample(s):
    s.float("lr", 1e-5, 1e-1, log=True)

def train(run):
    run.log(0, loss=1.0)
"""

STARTED = """
import time

import torch

def sample(s):
    s.float("lr", 1e-5, 1e-1, log=True)

def train(run):
    began = time.time()
    run.log(0, loss=float(torch.ones(())))
    (run.dir / "began").write_text(repr(began))
"""

GUILD_SCRIPT = "lr = 0.1\nprint('loss: 1.0')\n"

RAY_SCRIPT = """
import sys, time
import ray
from ray import tune
ray.init(num_cpus=int(sys.argv[1]), include_dashboard=False, log_to_driver=False)
ended = []
class Ended(tune.Callback):
    def on_trial_complete(self, iteration, trials, trial, **info):
        ended.append(time.time())
tune.Tuner(
    lambda config: {"loss": 1.0},
    param_space={"lr": tune.loguniform(1e-5, 1e-1)},
    tune_config=tune.TuneConfig(num_samples=int(sys.argv[2])),
    run_config=tune.RunConfig(storage_path=sys.argv[3], verbose=0, callbacks=[Ended()]),
).fit()
print("rate", (len(ended) - 1) / (ended[-1] - ended[0]))  # an actor's start is not reported
"""


class MissingError(Exception):
    """A peer is not installed, or failed; the message says which in a line."""


def measure_rate(folder: Path) -> None:
    """Measure runs that do nothing, each in its own process with log, heartbeat and durable result."""
    print(f"runs a second that do nothing, {WORKERS} at a time, median of {ROUNDS} rounds (least to most)")
    rates: dict[str, list[float]] = {name: [] for name in _RATES}
    missing: dict[str, str] = {}
    for number in range(ROUNDS):
        for name in list(_RATES)[:: -1 if number % 2 else 1]:
            if name not in missing:
                try:
                    rates[name].append(_RATES[name](new_folder(folder)))
                except MissingError as error:
                    missing[name] = str(error)
    for name, some in rates.items():
        if name in missing:
            print(f"  {name:24} {'–':>9}  {missing[name]}")
            continue
        rate = statistics.median(some)
        budget = verdict(rate, at_least=RATE_BUDGET) if name == "hpq" else ""
        print(f"  {name:24} {rate:9.2f}  ({min(some):.2f} to {max(some):.2f}){budget}")


def _hpq_rate(folder: Path) -> float:
    paths = _run_all(folder, NOOP, RUNS, WORKERS)
    results = [_result(paths, number) for number in range(1, RUNS + 1)]
    began, ended = min(each.started_at for each in results), max(each.ended_at for each in results)
    return RUNS / (ended - began)


def _run_all(folder: Path, search: str, count: int, workers: int) -> RootPaths:
    """Queue runs of a search, train them, and return their root."""
    (folder / f"{NAME}.py").write_text(search)
    _call([HPQ, "enqueue", f"{NAME}.py", "-n", str(count)], folder)
    _call([HPQ, "run", "--workers", str(workers)], folder)
    return RootPaths(folder / "runs")


def _result(paths: RootPaths, number: int) -> Result:
    result = Result.read(paths.run(NAME, number).attempt(1).result)
    if result is None:
        raise MissingError(f"its run {number} left no result")
    return result


def _guild_rate(folder: Path) -> float:
    guild = os.environ.get("GUILD") or shutil.which("guild")
    if guild is None:
        raise MissingError("not installed: `pip install guildai` somewhere, and name its program in GUILD")
    (folder / f"{NAME}.py").write_text(GUILD_SCRIPT)
    (folder / "home").mkdir()
    rates = ", ".join(str(0.001 * number) for number in range(1, PEERS_RUNS + 1))
    _call([guild, "run", f"{NAME}.py", f"lr=[{rates}]", "--stage-trials", "--yes"], folder)
    queues = [[guild, "run", "queue", "run-once=yes", "--yes"]] * WORKERS
    for process in [_start(queue, folder) for queue in queues]:
        _wait(process, guild)
    spans = [
        [int((attributes / word).read_text()) / 1e6 for word in ("started", "stopped")]
        for attributes in (folder / "home" / "runs").glob("*/.guild/attrs")
        if NAME in (attributes.parent / "opref").read_text()
    ]
    if len(spans) != PEERS_RUNS:
        raise MissingError(f"failed: {len(spans)} of {PEERS_RUNS} ran")
    return PEERS_RUNS / (max(ended for _, ended in spans) - min(began for began, _ in spans))


def _ray_rate(folder: Path) -> float:
    python = os.environ.get("RAY_PYTHON", sys.executable)
    if subprocess.run([python, "-c", "import ray.tune"], capture_output=True, check=False).returncode:
        raise MissingError(
            "not installed: `pip install 'ray[tune]'` somewhere, and name its Python in RAY_PYTHON"
        )
    (folder / "tune.py").write_text(RAY_SCRIPT)
    said = _call([python, "tune.py", str(WORKERS), str(PEERS_RUNS), str(folder / "results")], folder)
    return float(said.rpartition("rate ")[2])


def measure_start(folder: Path) -> None:
    """Measure from the claim to the first line of `train`, with torch imported."""
    folder = new_folder(folder)
    try:
        paths = _run_all(folder, STARTED, STARTS, workers=1)
        delays_ms = [_delay_ms(paths, number) for number in range(1, STARTS + 1)]
    except MissingError as error:
        raise SystemExit(f"hpq {error}") from None
    imports_ms = [_import_ms(folder) for _ in range(IMPORTS + 1)][1:]  # the first warms the disk cache
    delay_ms, first_ms = statistics.median(delays_ms), delays_ms[0]
    print(f"from the claim to the first line of train, torch imported: median of {STARTS} runs")
    budget = verdict(delay_ms, at_most=START_BUDGET_MS)
    print(f"  hpq {delay_ms:.0f} ms ({min(delays_ms):.0f} to {max(delays_ms):.0f}){budget}")
    print(f"  hpq's first run, for which the fork server imports torch: {first_ms:.0f} ms")
    print(f"  a fresh interpreter that imports torch: {statistics.median(imports_ms):.0f} ms", flush=True)


def _delay_ms(paths: RootPaths, number: int) -> float:
    claim = read_claim(paths.claim(NAME, number, 1))
    began = paths.run(NAME, number).attempt(1).folder / "began"
    if claim is None or not began.exists():
        raise MissingError(f"run {number} did not begin")
    return 1000 * (float(began.read_text()) - claim.at)


def _import_ms(folder: Path) -> float:
    began_s = time.monotonic()
    _call([sys.executable, "-c", "import torch"], folder)
    return 1000 * (time.monotonic() - began_s)


def _call(command: list[str], folder: Path) -> str:
    return _wait(_start(command, folder), command[0])


def _start(command: list[str], folder: Path) -> subprocess.Popen[str]:
    """Start a command that keeps what it must keep, such as its runs, in a folder."""
    homes = {"HOME": str(folder), "GUILD_HOME": str(folder / "home"), "RAY_AUTH_MODE": "disabled"}
    return subprocess.Popen(
        command,
        cwd=folder,
        env={**os.environ, **homes},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def _wait(process: subprocess.Popen[str], name: str) -> str:
    try:
        out, err = process.communicate(timeout=PATIENCE_S)
    except subprocess.TimeoutExpired:
        process.kill()
        raise MissingError(f"failed: {name} took more than {PATIENCE_S:.0f} s") from None
    if process.returncode != 0:
        last = (err.strip() or out.strip() or "it said nothing").splitlines()[-1]
        raise MissingError(f"failed: {name} ended with {process.returncode}: {last[:150]}")
    return out


_RATES: dict[str, Callable[[Path], float]] = {"hpq": _hpq_rate, "guild": _guild_rate, "Ray Tune": _ray_rate}
