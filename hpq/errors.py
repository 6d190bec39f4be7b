"""The errors that a user is told about in one sentence."""


class HpqError(Exception):
    """Something went wrong that the user can act on; the command line prints it and exits 1."""


class UsageError(HpqError):
    """hpq was called wrongly; the command line prints it and exits 2."""
