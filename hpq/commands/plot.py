"""`hpq plot`: the picture of a search."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from hpq.commands.arguments import add_selection, read_selection
from hpq.errors import UsageError
from hpq.queue.runs import Run

DEFAULT_DPI = 150
_DPI_RANGE = (30, 1200)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_selection(parser)
    parser.add_argument(
        "-o",
        "--output",
        type=Path,
        default=Path("hpsearch.png"),
        metavar="FILE",
        help="PNG, SVG or PDF by its ending",
    )
    parser.add_argument(
        "--loss", choices=["best", "last"], default="best", help="which one is drawn (default: best)"
    )
    parser.add_argument("--params", metavar="A,B", help="only these hyperparameters, in this order")
    parser.add_argument("--title", default="", help="above the panels")
    parser.add_argument("--dpi", type=int, default=DEFAULT_DPI, help=f"of a PNG (default: {DEFAULT_DPI})")


def main(options: argparse.Namespace) -> int:
    from hpq.results.png import check_path

    check_path(options.output)
    if not _DPI_RANGE[0] <= options.dpi <= _DPI_RANGE[1]:
        raise UsageError(f"--dpi lies between {_DPI_RANGE[0]} and {_DPI_RANGE[1]}, not at {options.dpi}")
    params = [name.strip() for name in options.params.split(",") if name.strip()] if options.params else None
    _, _, runs = read_selection(options)
    draw_picture(runs, options.output, options.title, options.loss, params, options.dpi)
    print(options.output)
    return 0


def draw_picture(
    runs: Sequence[Run],
    path: Path,
    title: str = "",
    loss: str = "best",
    params: Sequence[str] | None = None,
    dpi: int = DEFAULT_DPI,
) -> None:
    """Write the picture of runs to a file."""
    from hpq.results.panels import picture
    from hpq.results.png import draw

    draw(picture(runs, loss, params), path, title=title, dpi=dpi)
