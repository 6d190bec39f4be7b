"""The jobs that all queues get: about 1 kB of parameters each, no two with a value in common."""

import json
import random
from typing import Any

from hpq.queue.records import Outcome, Result, Summary

_NAMES = [f"block{number:02d}.dropout" for number in range(26)]
RESULT = Result(
    Outcome.RETURNED, "", Summary(1000, 1.6, 1.5, 900), started_at=1.7e9, ended_at=1.7e9, slot="gpu0"
)
RESULT_TEXT = json.dumps(
    {"outcome": "returned", "reason": "", "step": 1000, "loss": 1.6, "best": 1.5, "slot": "gpu0"}
)


def make_jobs(count: int) -> list[dict[str, Any]]:
    """Return the parameters of so many jobs, the same whenever asked."""
    luck = random.Random(7)
    return [{name: luck.random() for name in _NAMES} for _ in range(count)]
