"""The picture as a file, drawn with matplotlib: PNG, SVG or PDF."""

import os
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hpq.errors import HpqError, UsageError
from hpq.results.picture.layout import RIGHT, layout
from hpq.results.picture.panels import Picture
from hpq.results.plain import plain
from hpq.results.png.colours import NEUTRAL
from hpq.results.png.legend import draw_key, draw_legend
from hpq.results.png.panel import draw_panel, shorten

if TYPE_CHECKING:
    from matplotlib.figure import Figure

ENDINGS = (".png", ".svg", ".pdf")
STYLE: dict[Any, Any] = {
    "font.family": "DejaVu Sans",
    "font.size": 8,
    "axes.titlesize": 9,
    "axes.edgecolor": "#8a8a8a",
    "axes.linewidth": 0.7,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "xtick.color": "#444444",
    "ytick.color": "#444444",
    "xtick.labelsize": 7.5,
    "ytick.labelsize": 7.5,
    "xtick.major.size": 2.5,
    "ytick.major.size": 2.5,
    "text.parse_math": False,  # a `$` in a name is a `$`
    "svg.hashsalt": "hpq",  # the same runs give the same bytes
    "pdf.fonttype": 42,
}
_NO_TIME: dict[str, Any] = {
    ".png": {"Software": None},
    ".svg": {"Date": None},
    ".pdf": {"CreationDate": None},
}


def check_path(path: Path) -> None:
    """Raise HpqError when no picture can be written to a path, before work is spent on it."""
    if path.suffix.lower() not in ENDINGS:
        raise UsageError(f"a picture's name ends in {', '.join(ENDINGS)}, and {str(path)!r} does not")
    if not path.parent.is_dir():
        raise HpqError(f"there is no folder {str(path.parent)!r} to put the picture in")


def draw(picture: Picture, path: Path, *, title: str = "", dpi: int = 150) -> None:
    """Write the picture to a file, whole or not at all. Raises HpqError where it cannot be written."""
    check_path(path)
    import matplotlib as mpl  # 300 ms
    from matplotlib.figure import Figure

    ending = path.suffix.lower()
    aside = path.with_name(f".{path.name}.{os.getpid()}{ending}")
    with mpl.rc_context(STYLE), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=r"Glyph .* missing from")  # shown as a box
        figure = Figure()
        compose(figure, picture, title)
        try:
            figure.savefig(aside, dpi=dpi, metadata=_NO_TIME[ending], facecolor="white")
            os.replace(aside, path)
        except OSError as error:
            raise HpqError(f"the picture cannot be written to {str(path)!r}: {error.strerror}") from error
        finally:
            aside.unlink(missing_ok=True)


def compose(figure: "Figure", picture: Picture, title: str) -> None:
    """Lay out title and legend above a grid of panels."""
    place = layout(picture, bool(title))
    figure.set_size_inches(place.width, place.height)
    grid = figure.add_gridspec(
        place.rows,
        place.columns,
        left=place.left / place.width,
        right=1 - RIGHT / place.width,
        top=1 - place.head / place.height,
        bottom=place.bottom / place.height,
        wspace=place.gap,
        hspace=place.below / place.panel_height,
    )
    for index, panel in enumerate(picture.panels):
        axes = figure.add_subplot(grid[divmod(index, place.columns)])
        draw_panel(axes, panel, picture, place.room, is_first=index % place.columns == 0)
    if not picture.look.pairs:
        figure.text(0.08 / place.width, 0.5, picture.loss_label, rotation=90, va="center", color=NEUTRAL)
    left = place.left / place.width
    if title:
        text = figure.text(left, 1 - place.title / place.height, plain(title), fontsize=11, va="center")
        shorten(text, (place.width - place.left - 2 * RIGHT) * figure.dpi)
    draw_legend(figure, picture, left, 1 - place.legend / place.height)
    draw_key(figure, picture, place)
    told, top = "\n".join(place.notes), 1 - place.note / place.height
    figure.text(left, top, told, va="top", fontsize=7.5, color=NEUTRAL, linespacing=1.25)
