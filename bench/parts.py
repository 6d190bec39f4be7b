"""A benchmark's parts, which can be measured alone: all of them in a folder that is gone at the end."""

import argparse
import signal
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path


def measure_parts(
    description: str,
    parts: Mapping[str, Callable[[Path], None]],
    prepare: Callable[[Path], object] = lambda _: None,
) -> None:
    """Measure the parts that the command line names, or all, in a folder that was prepared."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"some of {', '.join(parts)}; default: all")
    chosen = parser.parse_args().parts or list(parts)
    for part in chosen:
        if part not in parts:
            parser.error(f"there is no part {part!r}; there are {', '.join(parts)}")
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that nothing is left behind
    try:
        with tempfile.TemporaryDirectory() as folder:
            prepare(Path(folder))
            for part in chosen:
                parts[part](Path(folder))
    except KeyboardInterrupt:
        sys.exit(130)
