"""What the monitor costs: drawing, ticks, its start, idling, memory and the table, beside their budgets.

`python bench/monitor.py` measures all of it in about four minutes, and with names such as `frame tick` those
parts. Figures are CPU time. What others' widgets take for the same stands below ours.
"""

from collections.abc import Callable
from pathlib import Path

import monitor_frame
import monitor_process
import monitor_table
import monitor_tick
from parts import measure_parts

PARTS: dict[str, Callable[[Path], None]] = {
    "frame": lambda _: monitor_frame.measure(),
    "tick": monitor_tick.measure,
    "paint": monitor_process.measure_paint,
    "idle": monitor_process.measure_idle,
    "memory": monitor_process.measure_memory,
    "table": lambda _: monitor_table.measure(),
}

if __name__ == "__main__":
    measure_parts("What the monitor costs.", PARTS)
