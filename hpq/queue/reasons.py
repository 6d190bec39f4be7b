"""The words that hpq itself says why an attempt ended in: readers tell causes apart by them."""

OUT_OF_MEMORY = "out of memory"
NO_LOSS = "training returned without a loss"
NOT_FINITE = "training returned, and no loss of it was finite"
KILLED = "killed by"  # then the signal's name
EXIT_CODE = "exit code"  # then the number
TIME_LIMIT = "time limit of"  # then how long
STOPPED = "stopped"  # then by whom
SILENT = "silent"  # then for how long
GONE = "its process is gone and left no result"
