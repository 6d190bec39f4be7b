"""Names of hyperparameters that somebody asks for: those that runs have."""

from hpq.errors import UsageError
from hpq.results.columns import Columns, Rows


def check_known(columns: Columns, rows: Rows, name: str, wish: str) -> None:
    """Raise UsageError, which begins with the wish, where none of some runs has a hyperparameter."""
    known = columns.known(rows)
    if name not in known:
        names = ", ".join(columns.varying(rows) or known)
        raise UsageError(f"{wish} {name}: no such hyperparameter; there are {names or 'none'}")
