"""What the monitor costs: drawing, ticks, its start, idling, memory and the table, beside their budgets.

`python bench/monitor.py` measures all of it in about four minutes, and with names such as `frame tick` those
parts. Figures are CPU time. What others' widgets take for the same stands below ours.
"""

import argparse
import signal
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import monitor_frame
import monitor_process
import monitor_table
import monitor_tick

PARTS: dict[str, Callable[[Path], None]] = {
    "frame": lambda _: monitor_frame.measure(),
    "tick": monitor_tick.measure,
    "paint": monitor_process.measure_paint,
    "idle": monitor_process.measure_idle,
    "memory": monitor_process.measure_memory,
    "table": lambda _: monitor_table.measure(),
}


def main() -> None:
    parser = argparse.ArgumentParser(description="What the monitor costs.")
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"some of {', '.join(PARTS)}; default: all")
    chosen = parser.parse_args().parts or list(PARTS)
    for part in chosen:
        if part not in PARTS:
            parser.error(f"there is no part {part!r}; there are {', '.join(PARTS)}")
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that nothing is left behind
    with tempfile.TemporaryDirectory() as folder:
        for part in chosen:
            PARTS[part](Path(folder))


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
