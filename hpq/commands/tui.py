"""`hpq tui`: watch the searches in the terminal, or in a browser."""

import argparse
import gc
import os
import sys

from hpq.errors import HpqError, UsageError
from hpq.queue.root import root_folder

_THEMES = ("dark", "light", "safe-dark", "safe-light")
_PORT = 8000


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--readonly", action="store_true", help="look only: no stopping, no requeueing")
    parser.add_argument(
        "--theme",
        choices=_THEMES,
        default=_THEMES[0],
        help="safe-… are for colour-blind eyes (default: dark)",
    )
    parser.add_argument("--web", action="store_true", help="serve it to a browser on this machine")
    parser.add_argument(
        "--port", type=int, default=_PORT, help=f"with --web, where it is served (default: {_PORT})"
    )


def main(options: argparse.Namespace) -> int:
    if options.web:
        return _serve(options)
    is_served = bool(os.environ.get("TEXTUAL_DRIVER"))  # by `hpq tui --web`, through pipes
    if not is_served and not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise HpqError("the monitor needs a terminal; `hpq status` and `hpq ls` print into pipes")
    _start_lightly()
    from hpq.tui.app import Monitor  # imports textual

    app = Monitor(root_folder(options.root), is_readonly=options.readonly, theme=options.theme)
    app.run()
    return app.return_code or 0


def _start_lightly() -> None:
    """Halve what it takes until the first frame, which is imports for the most part.

    numpy's threads cost more to start than all that they could do here, and nothing that imports make is
    garbage; the app turns the collector on again when it has shown a frame.
    """
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    gc.disable()


def _serve(options: argparse.Namespace) -> int:
    if not 0 < options.port < 65536:
        raise UsageError(f"--port lies between 1 and 65535, not at {options.port}")
    try:
        from hpq.tui.web import MonitorServer  # an extra
    except ImportError as error:
        raise HpqError(f"--web needs an extra ({error.name} is missing): pip install 'hpq[web]'") from None
    arguments = ["--root", str(root_folder(options.root)), "--theme", options.theme]
    MonitorServer([*arguments, *["--readonly"] * options.readonly], options.port).serve()
    return 0
