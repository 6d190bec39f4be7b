"""Names of searches and ids of runs, such as `blog` and `blog-017`."""

import re
from collections.abc import Sequence

from hpq.errors import UsageError

MAX_NAME_CHARACTERS = 64  # a batch's file name carries it, and 255 bytes is the limit there
_MOST_CHARACTERS = 255  # of a run's id: it names a folder
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*(-[A-Za-z0-9_]+)*")
_RUN = re.compile(rf"({_NAME.pattern})-([0-9]+)")


def run_id(search: str, number: int) -> str:
    """Return the id of a run; ids of a search sort as its runs do, up to run 999."""
    return f"{search}-{number:03d}"


def parse_run_id(text: str) -> tuple[str, int] | None:
    """Return the search and the number that an id names, or None when it is no id."""
    match = _RUN.fullmatch(text) if len(text) <= _MOST_CHARACTERS else None
    return (match[1], int(match[match.lastindex or 0])) if match else None


def span_text(ids: Sequence[str]) -> str:
    """Return ids that follow one another in few words: `blog-001 to blog-050`."""
    return ids[0] if len(ids) == 1 else f"{ids[0]} to {ids[-1]}"


def check_name(name: str) -> str:
    """Return the name, or raise UsageError when no search can be called that."""
    if not _NAME.fullmatch(name) or len(name) > MAX_NAME_CHARACTERS:
        raise UsageError(
            f"a search's name is letters, digits, _ and -, begins with a letter and has at most "
            f"{MAX_NAME_CHARACTERS} characters, not {name!r}"
        )
    if _RUN.fullmatch(name):
        raise UsageError(f"a search's name must not look like a run's id, as {name!r} does; try {name}x")
    return name


def name_from(text: str) -> str:
    """Return a search's name made from any text, such as a file's stem."""
    name = re.sub(r"[^A-Za-z0-9_]+", "-", text).strip("-")[:MAX_NAME_CHARACTERS].strip("-")
    if not name or not name[0].isalpha():
        name = f"search-{name}".strip("-")[:MAX_NAME_CHARACTERS]
    return f"{name}x" if _RUN.fullmatch(name) else name
