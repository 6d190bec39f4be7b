"""`hpq plot`: the picture of a search."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from hpq.commands.arguments import add_selection, need_passing, read_selection
from hpq.errors import UsageError
from hpq.queue.runs import Run
from hpq.results.picture.look import USUAL, Look

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
    parser.add_argument(
        "--colour-by", "--color-by", default="", metavar="NAME", help="colour dots by a second hyperparameter"
    )
    parser.add_argument(
        "--pair",
        action="append",
        default=[],
        type=_pair,
        metavar="A,B",
        help="in place of the panels, a plane of two hyperparameters coloured by the loss; may be repeated",
    )
    parser.add_argument(
        "--progress", action="store_true", help="in place of the panels, the runs in the order they ended"
    )
    parser.add_argument("--title", default="", help="above the panels")
    parser.add_argument("--dpi", type=int, default=DEFAULT_DPI, help=f"of a PNG (default: {DEFAULT_DPI})")


def main(options: argparse.Namespace) -> int:
    from hpq.results.png.file import check_path

    _check_look(options)
    check_path(options.output)
    if not _DPI_RANGE[0] <= options.dpi <= _DPI_RANGE[1]:
        raise UsageError(f"--dpi lies between {_DPI_RANGE[0]} and {_DPI_RANGE[1]}, not at {options.dpi}")
    params = [name.strip() for name in options.params.split(",") if name.strip()] if options.params else None
    _, _, runs = read_selection(options)
    need_passing(runs, options)
    look = Look(options.colour_by, tuple(options.pair), options.progress)
    draw_picture(runs, options.output, options.title, options.loss, params, options.dpi, look)
    print(options.output)
    return 0


def _pair(text: str) -> tuple[str, str]:
    """Return the two names of a plane. Raises argparse's own error, which names the option."""
    names = [name.strip() for name in text.split(",")]
    if len(names) != 2 or not all(names) or names[0] == names[1]:
        raise argparse.ArgumentTypeError(f"takes two hyperparameters, such as lr,layers, not {text!r}")
    return names[0], names[1]


def _check_look(options: argparse.Namespace) -> None:
    """Raise UsageError where options ask for pictures that are not one."""
    if options.pair and options.progress:
        raise UsageError("--pair and --progress are pictures of their own; call `hpq plot` once for each")
    if options.pair and options.colour_by:
        raise UsageError("--pair colours dots by their loss; leave --colour-by out")
    if options.params and (options.pair or options.progress):
        instead = "--pair" if options.pair else "--progress"
        raise UsageError(f"--params chooses panels, which {instead} replaces; leave one of them out")


def draw_picture(
    runs: Sequence[Run],
    path: Path,
    title: str = "",
    loss: str = "best",
    params: Sequence[str] | None = None,
    dpi: int = DEFAULT_DPI,
    look: Look = USUAL,
) -> None:
    """Write the picture of runs to a file."""
    import numpy as np

    from hpq.results.columns import Columns
    from hpq.results.picture.panels import picture
    from hpq.results.png.file import draw
    from hpq.results.report.crashes import bunched

    columns = Columns(runs)
    marked = bunched(columns, np.arange(len(runs))) if look.has_panels else frozenset()
    draw(picture(columns, loss, params, look=look, bunched=marked), path, title=title, dpi=dpi)
