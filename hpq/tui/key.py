"""What the colours of the dots mean, in a line."""

import numpy as np
from rich.text import Text

from hpq.results.columns import Rows
from hpq.results.picture.shades import Shades
from hpq.results.plain import number_text, plain
from hpq.tui.palette import Depth, Palette, style
from hpq.tui.scales import groups, scale

_NAME, _GROUP = 28, 18  # characters at the most
_DOT, _STEP = "●", "█"


def colour_key(shades: Shades, dots: Rows, palette: Palette, depth: Depth) -> Text:
    """Return what runs are coloured by: a scale from the lowest to the highest, or a dot for each group."""
    text = Text(plain(shades.name, _NAME))
    if depth is Depth.NONE:
        return text.append(": this terminal has no colours for it")
    places = shades.places[dots]
    lacking = shades.lacking(dots)
    if shades.has_groups:
        labels = (plain(label, _GROUP) for _, label in shades.axis.ticks)
        for colour, label in zip(groups(palette, depth), labels, strict=False):
            _append(text, _DOT, colour, palette).append(label)
    elif lacking < len(dots):
        text.append(f" {number_text(float(np.nanmin(places)))} ")
        for colour in scale(palette, depth):
            text.append(_STEP, style(colour, palette.background))
        text.append(f" {number_text(float(np.nanmax(places)))}")
    if lacking:
        _append(text, _DOT, palette.axis, palette).append(f"without {lacking:,}")
    return text


def _append(text: Text, glyph: str, colour: str, palette: Palette) -> Text:
    text.append(" ").append(glyph, style(colour, palette.background))
    return text
