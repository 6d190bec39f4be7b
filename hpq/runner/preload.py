"""What the fork server imports once, so that no training process has to.

The server leaves the terminal's process group: Ctrl-C is for the runner to hear, not for training.
"""

import contextlib
import os

import torch  # noqa: F401  for the processes that are forked from here

import hpq.runner.child  # noqa: F401  likewise

with contextlib.suppress(PermissionError):  # raised where it leads a group already
    os.setsid()
