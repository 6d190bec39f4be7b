"""A search file: Python that says what to sample, and perhaps what to train."""

import inspect
import sys
import types
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hpq.errors import HpqError
from hpq.search.samplers import Sample
from hpq.search.usercode import user_code

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

    `folder` is where the file was written, by default where it is. It comes first on the path of imports,
    and `__file__` lies in it: a copy of a search file still finds what is beside the original.
    Raises HpqError that names file and line.
    """
    text = _read(path)
    folder = folder or path.resolve().parent
    sys.path.insert(0, str(folder))
    module = types.ModuleType(MODULE)
    module.__file__ = str(folder / path.name)
    sys.modules[MODULE] = module
    with user_code(path):
        exec(compile(text, str(path), "exec"), module.__dict__)
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
    _check_function(path, "sample", "s", sample)
    if train is not None:
        _check_function(path, "train", "run", train)
    if command is not None and not (isinstance(command, str) and command.strip()):
        raise HpqError(f'{path}: command must be text such as "python train.py --lr {{lr}}", not {command!r}')
    if train is not None and command is not None:
        raise HpqError(f"{path} defines both train and command: keep the one that trains")
    return Search(path, text, sample, train, command)


def _check_function(path: Path, name: str, argument: str, function: Any) -> None:
    """Raise HpqError for what cannot be called with one argument, or would only begin when called."""
    if not callable(function):
        raise HpqError(f"{path}: {name} must be a function, not {function!r}")
    line = getattr(getattr(function, "__code__", None), "co_firstlineno", None)
    where = f"{path}:{line}" if line else str(path)
    if inspect.iscoroutinefunction(function) or inspect.isgeneratorfunction(function):
        raise HpqError(f"{where}: {name} must be a plain function, without async or yield")
    try:
        with suppress(ValueError):  # some callables written in C don't tell
            inspect.signature(function).bind(None)
    except TypeError:
        raise HpqError(f"{where}: {name} takes one argument: def {name}({argument})") from None
