"""What the fork server imports once, so that no training process has to.

The server leaves the terminal's process group: Ctrl-C is for the runner to hear, not for training.
"""

import contextlib
import os
from importlib import import_module

for name in ("torch", "hpq.runner.child"):
    import_module(name)

with contextlib.suppress(PermissionError):  # raised where it leads a group already
    os.setsid()
