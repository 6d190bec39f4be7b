"""What a run sees of the machine: its own GPU, its threads, its limits."""

import json
import subprocess
import sys

SEARCH = """
import json, os, time
def sample(s):
    s.int("n", 1, 9)
def train(run):
    import torch
    told = {name: os.environ.get(name) for name in ("CUDA_VISIBLE_DEVICES", "CUDA_DEVICE_ORDER")}
    told |= {"device": run.device, "threads": torch.get_num_threads(), "session": os.getsid(0) == os.getpid()}
    (run.dir / "told.json").write_text(json.dumps(told))
    time.sleep(0.3)
    run.log(1, loss=1.0)
"""
TRAIN_ON_GPUS = """
import sys
from pathlib import Path
from hpq.queue.root import open_root
from hpq.runner.gpus import Gpu
from hpq.runner.lines import LinesReporter
from hpq.runner.loop import Runner
from hpq.runner.share import Share
from hpq.runner.slots import gpu_slots
if __name__ == "__main__":
    slots = gpu_slots([Gpu(1, "GPU-1", "H100", 80 << 30), Gpu(3, "GPU-3", "H100", 80 << 30)], Share(2))
    Runner(open_root(Path(sys.argv[1])), slots, LinesReporter(sys.stdout)).run()
"""


def test_every_run_sees_the_gpu_of_its_slot_and_no_other(hpq) -> None:
    hpq.write("search.py", SEARCH)
    hpq("enqueue", "search.py", "-n", "4")
    script = hpq.write("train.py", TRAIN_ON_GPUS)
    subprocess.run(
        [sys.executable, script, hpq.root], check=True, cwd=hpq.folder, env=hpq.environment, timeout=60
    )
    runs = hpq.ls()
    told = {
        run["slot"]: json.loads((hpq.root / run["id"] / "1" / "told.json").read_text())
        for run in runs.values()
    }
    assert {run["state"] for run in runs.values()} == {"finished"}
    assert told.keys() == {"gpu1.0", "gpu3.0", "gpu1.1", "gpu3.1"}
    for slot, seen in told.items():
        assert seen["CUDA_VISIBLE_DEVICES"] == slot[3]
        assert seen["CUDA_DEVICE_ORDER"] == "PCI_BUS_ID"
        assert seen["device"] == "cuda"
        assert seen["session"]


def test_on_the_cpu_no_gpu_is_seen_and_cores_are_shared(hpq) -> None:
    import os

    hpq.write("search.py", SEARCH)
    hpq("enqueue", "search.py", "-n", "1")
    hpq("run", "--workers", "2")
    told = json.loads((hpq.root / "search-001" / "1" / "told.json").read_text())
    assert (told["CUDA_VISIBLE_DEVICES"], told["device"]) == ("", "cpu")
    assert told["threads"] == max(1, len(os.sched_getaffinity(0)) // 2)
