"""Which commit a search was queued from."""

import os
from pathlib import Path

_TIMEOUT_S = 5.0


def commit_of(folder: Path) -> tuple[str | None, bool | None]:
    """Return the commit of the repository that holds a folder, and whether its tree had changes.

    Both are None outside a repository, without git, and before the first commit.
    """
    import subprocess  # 10 ms, and dry runs need none of it

    command = ["git", "-C", str(folder), "status", "--porcelain=v2", "--branch", "--untracked-files=no"]
    try:
        told = subprocess.run(
            command,
            capture_output=True,
            text=True,
            timeout=_TIMEOUT_S,
            check=True,
            env={**os.environ, "GIT_OPTIONAL_LOCKS": "0"},
        ).stdout.splitlines()
    except (OSError, subprocess.SubprocessError, UnicodeDecodeError):
        return None, None
    commit = next((line.split()[2] for line in told if line.startswith("# branch.oid ")), "(initial)")
    if commit == "(initial)":
        return None, None
    return commit, any(not line.startswith("#") for line in told)
