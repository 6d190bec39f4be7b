"""The command of a search file: a template in which hyperparameters are named in braces.

`{lr}` becomes the value, quoted for the shell; `{merger.depth:8}` the value or, in a run that does not
have it, what stands after the colon; `{{` and `}}` are braces. `{id}`, `{dir}` and `{seed}` are the run's,
unless hyperparameters are called so.
"""

import json
import re
import shlex
from collections.abc import Collection, Mapping
from typing import Any

from hpq.errors import HpqError

RUN_NAMES = ("id", "dir", "seed")
_FIELD = re.compile(r"\{\{|\}\}|\{([^{}:]*)(:[^{}]*)?\}|[{}]")


def fill(template: str, params: Mapping[str, Any], run: Mapping[str, str]) -> str:
    """Return the command of a run, ready for a shell. Raises HpqError for a name that the run lacks."""

    def replace(match: re.Match[str]) -> str:
        if match[0] in ("{{", "}}"):
            return match[0][0]
        name, default = match[1], match[2]
        if name in params:
            return quote(params[name])
        if name in run:
            return quote(run[name])
        if default is not None:
            return str(default[1:])
        raise HpqError(
            f"the command needs {{{name}}}, which this run does not have; write {{{name}:DEFAULT}}"
        )

    return _FIELD.sub(replace, template)


def quote(value: Any) -> str:
    """Return a value as one word of a shell: text as it is, everything else as JSON."""
    return shlex.quote(value if isinstance(value, str) else json.dumps(value))


def check_command(template: str, always: Collection[str], sometimes: Collection[str], at: str = "") -> None:
    """Raise HpqError when the template names what runs do not have, or do not have always.

    The message begins with `at`, which says where the template stands.
    """
    for match in _FIELD.finditer(template):
        if match[0] in ("{{", "}}"):
            continue
        name = match[1]
        if name is None:
            raise HpqError(
                f"{at}the command has a lone {match[0]!r}; a literal brace is written {match[0] * 2!r}"
            )
        if name in always or name in RUN_NAMES or (name in sometimes and match[2] is not None):
            continue
        if name in sometimes:
            raise HpqError(
                f"{at}the command needs {{{name}}}, which some runs do not have; write {{{name}:DEFAULT}}"
            )
        known = ", ".join(sorted({*always, *sometimes}))
        raise HpqError(
            f"{at}the command names {{{name}}}, which is not drawn; there are {known}, and "
            f"{', '.join(RUN_NAMES)} (a literal brace is written {{{{)"
        )
