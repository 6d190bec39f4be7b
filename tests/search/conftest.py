"""Search files in a folder of the test's own, which leave no trace in the path of imports."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """Write a search file and return its path."""
    monkeypatch.setattr(sys, "path", list(sys.path))

    def write(text: str | bytes, name: str = "search.py") -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write
