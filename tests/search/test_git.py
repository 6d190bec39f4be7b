"""The commit that a search was queued from."""

import os
import subprocess
from pathlib import Path

import pytest

from hpq.search.git import commit_of


@pytest.fixture
def git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))

    def git(*words: str) -> str:
        identity = ["-c", "user.name=é", "-c", "user.email=a@b", "-c", "commit.gpgsign=false"]
        command = ["git", *identity, "-C", str(tmp_path), *words]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()

    return git


def test_a_commit_is_told_and_whether_files_changed_since(git, tmp_path: Path) -> None:
    git("init", "-q")
    assert commit_of(tmp_path) == (None, None)
    file = tmp_path / "a 0.py"
    file.write_text("one")
    git("add", ".")
    git("commit", "-q", "-m", "one")
    commit = git("rev-parse", "HEAD")
    assert commit_of(tmp_path) == (commit, False)
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "new").write_text("what git does not track says nothing of what it tracks")
    assert commit_of(tmp_path / "sub") == (commit, False)
    file.write_text("two")
    assert commit_of(tmp_path / "sub") == (commit, True)
    git("checkout", "-q", "--detach", "-f")
    assert commit_of(tmp_path) == (commit, False)


def test_outside_a_repository_there_is_no_commit(git, tmp_path: Path) -> None:
    assert commit_of(tmp_path) == (None, None)
    assert commit_of(tmp_path / "missing") == (None, None)


def test_without_git_there_is_no_commit(git, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    git("init", "-q")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert commit_of(tmp_path) == (None, None)
