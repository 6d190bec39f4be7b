"""Running what a user wrote: what it raises is told with its line, and what it prints is not in the way."""

import io
import os
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from pathlib import Path

from hpq.errors import HpqError
from hpq.search.domains import SpaceError

_NOT_THE_USERS = (str(Path(__file__).parent), str(Path(os.__file__).parent), "<")  # such as <frozen …>


@contextmanager
def user_code(path: Path | None, is_quiet: bool = False) -> Iterator[None]:
    """Run code of a search file; None stands for code of hpq's own, of which only the space can be wrong.

    Whatever is raised, SystemExit too, becomes an HpqError that names the line. What is printed goes to
    stderr, since stdout may be JSON that a program reads, or nowhere.
    """
    try:
        with redirect_stdout(io.StringIO() if is_quiet else sys.stderr):
            yield
    except HpqError as error:
        if path is None or not isinstance(error, SpaceError):
            raise
        raise HpqError(_located(path, error, str(error))) from error
    except (Exception, SystemExit) as error:
        if path is None:
            raise
        text = error.msg if isinstance(error, SyntaxError) else f"{type(error).__name__}: {error}"
        raise HpqError(_located(path, error, text.removesuffix(": "))) from error


def _located(path: Path, error: BaseException, text: str) -> str:
    """Return an error in one line: where in the search file, what, and where beyond that file."""
    places = _places(error)
    here = [line for name, line in places if name == str(path)]
    at = f"{path}:{here[-1]}" if here else str(path)
    beyond = f" ({places[-1][0]}:{places[-1][1]})" if places and places[-1][0] != str(path) else ""
    return f"{at}: {' '.join(text.split())}{beyond}"


def _places(error: BaseException) -> list[tuple[str, int]]:
    """Return the files and lines of the user's that an error came through, the innermost last."""
    frames = traceback.extract_tb(error.__traceback__)
    places = [(frame.filename, frame.lineno or 1) for frame in frames]
    if isinstance(error, SyntaxError) and error.filename:
        places.append((error.filename, error.lineno or 1))
    return [(name, line) for name, line in places if _is_users(name)]


def _is_users(filename: str) -> bool:
    return not filename.startswith(_NOT_THE_USERS) and "site-packages" not in filename
