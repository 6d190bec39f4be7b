"""Files that appear whole or not at all."""

import contextlib
import errno
import itertools
import json
import os
import stat
from pathlib import Path
from typing import Any

_SMALL_BYTES = 65536  # more than nearly all files of JSON
_MACHINE = frozenset({errno.EIO, errno.EMFILE, errno.ENFILE, errno.ENOMEM})
_counter = itertools.count()


def write_whole(path: Path, data: bytes, *, durable: bool = False) -> None:
    """Write a file aside and rename it into place: a reader sees the old one or the new one.

    With `durable` it survives a power cut once this returns: an fsync of the renamed file also
    commits the rename on the journalling file systems (ext4, xfs, btrfs). On btrfs it commits nothing
    besides, so that what was made elsewhere before it may be gone.
    """
    aside, descriptor = _create_aside(path)
    try:
        _write_all(descriptor, data)
        if durable:
            os.fsync(descriptor)  # a disk that is full may say so only here, and then nothing has happened
        os.rename(aside, path)  # the commit
        if durable:
            os.fsync(descriptor)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(aside)
        raise
    finally:
        with contextlib.suppress(OSError):  # after the commit no error may say that there was none
            os.close(descriptor)


def write_once(path: Path, data: bytes) -> bool:
    """Write a file that survives a power cut unless there is one; return whether it is this one now."""
    aside, descriptor = _create_aside(path)
    try:
        _write_all(descriptor, data)
        os.fsync(descriptor)
        os.link(aside, path)  # the commit
        os.fsync(descriptor)
    except FileExistsError:
        return False
    finally:
        with contextlib.suppress(OSError):
            os.unlink(aside)
        with contextlib.suppress(OSError):
            os.close(descriptor)
    return True


def _write_all(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


def _create_aside(path: Path) -> tuple[str, int]:
    """Create a file beside another. Killed writers leave theirs, and in containers pids come again soon."""
    folder, name = os.path.split(path)
    while True:
        aside = os.path.join(folder, f".{name}.{os.getpid()}-{next(_counter)}")
        with contextlib.suppress(FileExistsError):
            return aside, os.open(aside, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o666)


def write_json(path: Path, value: dict[str, Any], *, durable: bool = False) -> None:
    """Write a JSON object as a whole file, one line, so that `cat` and `grep` are enough to read it."""
    write_whole(path, json.dumps(value, ensure_ascii=False).encode() + b"\n", durable=durable)


def read_json(path: Path | str) -> dict[str, Any] | None:
    """Return the JSON object in a file, or None when there is none: missing, torn, or not an object.

    Raises OSError for a fault of the machine.
    """
    try:
        value = json.loads(read_bytes(path).decode())  # which is spared to find out the encoding
    except OSError as error:
        raise_of_machine(error)
        return None
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def read_bytes(path: Path | str) -> bytes:
    """Return a file's content, in half the time that a buffered file takes to be opened and closed.

    What somebody put in its place, a pipe or a device, neither blocks nor goes on for ever: OSError.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        parts = [os.read(descriptor, _SMALL_BYTES)]
        if len(parts[0]) == _SMALL_BYTES and not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(errno.EINVAL, "it is no regular file", str(path))
        while len(parts[-1]) == _SMALL_BYTES:
            parts.append(os.read(descriptor, _SMALL_BYTES))
        return b"".join(parts)
    finally:
        os.close(descriptor)


def raise_of_machine(error: OSError) -> None:
    """Raise an error that tells nothing of a file: out of memory, out of descriptors, a disk that fails.

    What could not be read then must not count as missing: a run that is done would be trained again.
    """
    if error.errno in _MACHINE:
        raise error
