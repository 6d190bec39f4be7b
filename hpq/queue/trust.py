"""Whose root it is: what is queued there is executed by whoever runs it."""

import os
import pwd
from collections.abc import Iterator
from pathlib import Path

from hpq.errors import HpqError
from hpq.queue.paths import RootPaths

_SUPERUSER = 0  # who could do anything anyway


def check_owner(paths: RootPaths) -> None:
    """Raise HpqError for a root of another user, or one in which another user queued something."""
    trusted = {os.geteuid(), _SUPERUSER}
    for path in _decisive(paths):
        owner = _owner(path)
        if owner is not None and owner not in trusted:
            raise HpqError(
                f"{str(path)!r} belongs to {_name(owner)} and not to you, and `hpq run` executes what is "
                "queued there: look at it with `hpq ls` and `hpq show`, and add --trust if you trust them"
            )


def _decisive(paths: RootPaths) -> Iterator[Path]:
    """Yield what says which code is executed, where, and with what."""
    yield from (paths.folder, paths.queue)
    for folder in (paths.batches, paths.sources):
        yield folder
        if folder.is_dir():
            yield from (folder / name for name in os.listdir(folder))


def _owner(path: Path) -> int | None:
    try:
        return os.stat(path).st_uid
    except OSError:  # it is gone, or leads nowhere
        return None


def _name(user: int) -> str:
    try:
        return pwd.getpwuid(user).pw_name
    except KeyError:  # as in a container
        return f"user {user}"
