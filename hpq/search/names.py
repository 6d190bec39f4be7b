"""Names of hyperparameters: words set apart by dots, of which none is both a value and a group of others."""

import re

from hpq.search.domains import SpaceError

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*(\.[A-Za-z0-9_-]+)*")


class Names:
    """The names of a space. All draws of a space share one, so that each name is checked once."""

    def __init__(self) -> None:
        self.values: set[str] = set()
        self._groups: dict[str, str] = {}  # a and a.b for a.b.c, with the name that made it one

    def add(self, name: str) -> None:
        """Take a name in. Raises SpaceError when it is none, or goes with no other name that was taken."""
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            raise no_name(name)
        if name in self._groups:
            raise _both(name, self._groups[name])
        parts = name.split(".")
        groups = [".".join(parts[:count]) for count in range(1, len(parts))]
        for group in groups:
            if group in self.values:
                raise _both(group, name)
        self._groups.update(dict.fromkeys(groups, name))
        self.values.add(name)


def no_name(name: object) -> SpaceError:
    return SpaceError(
        f"a hyperparameter's name is words of letters, digits, _ and - set apart by dots, not {name!r}"
    )


def _both(group: str, member: str) -> SpaceError:
    return SpaceError(f"{group!r} is a value, and the group of {member!r} too; rename one of them")
