"""A root on disk: made, recognised, locked."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from hpq.errors import HpqError
from hpq.queue.files import write_whole
from hpq.queue.paths import RootPaths

FORMAT = 1
_LOCK_TIMEOUT_S = 10.0
_POLL_S = 0.002


def create_root(folder: Path, *, is_shared: bool = False) -> RootPaths:
    """Return the root in a folder, made first where there is none. Raises HpqError for a newer root.

    What is made is its owner's alone, and with `is_shared` what the umask says. A folder that is there
    keeps its mode.
    """
    paths = RootPaths(folder)
    if paths.format.exists():
        _check_format(paths)
        return paths
    if folder.exists() and not folder.is_dir():
        raise HpqError(f"{str(folder)!r} is a file, and a root is a folder: --root or HPQ_ROOT names another")
    paths.folder.parent.mkdir(parents=True, exist_ok=True)
    for guard in (paths.folder, paths.queue):
        guard.mkdir(mode=0o777 if is_shared else 0o700, exist_ok=True)
    for made in (paths.batches, paths.claims, paths.sources, paths.runners):
        made.mkdir(exist_ok=True)
    # Torn by a power cut it would keep everybody from what was queued, and acknowledged, after it.
    write_whole(paths.format, f"hpq root, format {FORMAT}\n".encode(), durable=True)
    return paths


def open_root(folder: Path) -> RootPaths:
    """Return the root in a folder for reading. Raises HpqError where there is none, or a newer one."""
    paths = RootPaths(folder)
    if not folder.is_dir():
        raise HpqError(
            f"there is no folder {str(folder)!r}: `hpq enqueue` makes it, --root or HPQ_ROOT names another"
        )
    if not paths.queue.exists():
        raise HpqError(
            f"nothing was ever queued in {str(folder)!r}: start with `hpq enqueue`, or name another root"
        )
    _check_format(paths)
    return paths


def _check_format(paths: RootPaths) -> None:
    try:
        text = paths.format.read_text()
    except FileNotFoundError:
        return  # its maker was killed before it wrote the format, or is about to
    except ValueError:
        text = ""
    word = text.split()[-1] if text.split() else ""
    if not word.isdecimal():
        raise HpqError(
            f"{str(paths.format)!r} is damaged: it must read 'hpq root, format {FORMAT}', not {text[:40]!r}"
        )
    if int(word) > FORMAT:
        raise HpqError(
            f"{str(paths.folder)!r} has format {word}, written by a newer hpq; this one reads up to "
            f"{FORMAT}, so upgrade hpq or name another root"
        )


@contextlib.contextmanager
def locked(paths: RootPaths) -> Iterator[None]:
    """Hold the root's lock. It orders writers; what must be exclusive is so by itself too.

    Raises HpqError when another process, stopped perhaps, keeps it for ten seconds, or when the
    root is gone.
    """
    from filelock import Timeout, UnixFileLock  # 70 ms, and readers never need it

    if not paths.batches.is_dir():
        raise HpqError(f"{str(paths.folder)!r} is gone: somebody deleted or moved the root")
    lock = UnixFileLock(paths.lock, timeout=_LOCK_TIMEOUT_S, poll_interval=_POLL_S, fallback_to_soft=False)
    try:
        lock.acquire()
    except Timeout:
        raise HpqError(
            f"{str(paths.lock)!r} was held by another process for {_LOCK_TIMEOUT_S:.0f} s; "
            f"find it with `fuser {paths.lock}`, continue or end it, and try again"
        ) from None
    try:
        yield
    finally:
        with contextlib.suppress(OSError):  # it is free when the process ends, and what was done is done
            lock.release()


def root_folder(option: str | None) -> Path:
    """Return the root that the user means: --root, else HPQ_ROOT, else ./runs."""
    return Path(option or os.environ.get("HPQ_ROOT") or "runs")
