"""A search file: Python that says what to sample, and perhaps what to train."""

import sys
import traceback
import types
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hpq.errors import HpqError
from hpq.search.samplers import Sample

MODULE = "hpq_search"  # what the file's module is called while it is loaded


@dataclass(frozen=True, slots=True)
class Search:
    """What a search file says. Without `train` and `command` the bundled model is trained."""

    path: Path
    text: bytes
    sample: Sample
    train: Callable[[Any], object] | None = None
    command: str | None = None


def load(path: Path, folder: Path | None = None) -> Search:
    """Run a search file and return what it defines.

    `folder` comes first on the path of imports, by default the one that the file is in: a copy of
    a search file still finds the modules beside the original. Raises HpqError that names file and line.
    """
    text = _read(path)
    sys.path.insert(0, str(folder or path.resolve().parent))
    module = types.ModuleType(MODULE)
    module.__file__ = str(path)
    sys.modules[MODULE] = module
    try:
        exec(compile(text, str(path), "exec"), module.__dict__)
    except KeyboardInterrupt:
        raise
    except SyntaxError as error:
        line = error.lineno if error.filename == str(path) else line_in(path, error)
        raise HpqError(f"{path}:{line}: {error.msg}") from error
    except BaseException as error:  # whatever a user's file raises, SystemExit too
        raise HpqError(f"{path}:{line_in(path, error)}: {type(error).__name__}: {error}") from error
    return _search(path, text, module)


def _read(path: Path) -> bytes:
    try:
        text = path.read_bytes()
        text.decode()
    except FileNotFoundError:
        raise HpqError(f"there is no search file {str(path)!r}") from None
    except IsADirectoryError:
        raise HpqError(f"{str(path)!r} is a folder; name the search file in it") from None
    except UnicodeDecodeError as error:
        raise HpqError(f"{str(path)!r} is not text in UTF-8 (byte {error.start})") from None
    return text


def _search(path: Path, text: bytes, module: types.ModuleType) -> Search:
    sample, train, command = (getattr(module, name, None) for name in ("sample", "train", "command"))
    if sample is None:
        raise HpqError(f"{path} defines no sample(s): a search file says there what to draw")
    for name, function in (("sample", sample), ("train", train)):
        if function is not None and not callable(function):
            raise HpqError(f"{path}: {name} must be a function, not {function!r}")
    if command is not None and not (isinstance(command, str) and command.strip()):
        raise HpqError(f'{path}: command must be text such as "python train.py --lr {{lr}}", not {command!r}')
    if train is not None and command is not None:
        raise HpqError(f"{path} defines both train and command: keep the one that trains")
    return Search(path, text, sample, train, command)


def line_in(path: Path, error: BaseException) -> int | str:
    """Return the innermost line of a file that an error came through, or ? when none did."""
    frames = traceback.extract_tb(error.__traceback__)
    return next((frame.lineno or "?" for frame in reversed(frames) if frame.filename == str(path)), "?")
