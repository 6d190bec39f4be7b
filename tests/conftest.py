"""hpq as its users call it: real processes in a folder of their own."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

# The machine may be busy, and a failure on one day must be one on every day.
settings.register_profile("hpq", deadline=None, derandomize=True)
settings.load_profile("hpq")
# A shell starts what it puts into the background deaf to Ctrl-C, and so would be all that is started here.
signal.signal(signal.SIGINT, signal.default_int_handler)


class Hpq:
    """Calls the command line in a folder, with its own root."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.root = folder / "runs"
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("HPQ_")},
            "COLUMNS": "100",
            "PYTHONWARNINGS": "default",
        }

    def start(self, *words: object, **options: Any) -> subprocess.Popen[str]:
        """Start a command and return its process; stdout and stderr go where `options` say."""
        command = [sys.executable, "-m", "hpq", *map(str, words)]
        return subprocess.Popen(command, cwd=self.folder, env=self.environment, text=True, **options)

    def __call__(self, *words: object, code: int = 0) -> str:
        """Run a command to its end and return its stdout; stderr must be empty when it succeeds."""
        process = self.start(*words, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        out, err = process.communicate(timeout=100)
        assert process.returncode == code, f"{words} ended with {process.returncode}: {out}{err}"
        assert "Traceback" not in err, err
        if code == 0:
            assert err == ""
        return out if code == 0 else err

    def ls(self) -> dict[str, dict[str, Any]]:
        """Return what `ls --json` tells of each run, by id."""
        return {run["id"]: run for run in json.loads(self("ls", "--json"))}

    def write(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.write_text(text)
        return path


@pytest.fixture
def hpq(tmp_path: Path) -> Hpq:
    return Hpq(tmp_path)


@pytest.fixture(scope="module")
def module_hpq(tmp_path_factory: pytest.TempPathFactory) -> Hpq:
    return Hpq(tmp_path_factory.mktemp("folder"))


def _wait_until(condition: Callable[[], object], timeout_s: float = 30.0) -> None:
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


@pytest.fixture
def wait_until() -> Callable[..., None]:
    """Poll a condition until it holds, and fail at a deadline."""
    return _wait_until
