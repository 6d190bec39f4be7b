"""The colours of what dots may be coloured by, in place of their states: for numbers, and for groups."""

from hpq.tui.palette import Depth, Palette

STEPS = 12  # of a scale of numbers

# Viridis without the end that comes near the background. What stands out is the low end, as of good losses.
_ON_DARK = "fde725 d5e21a aadc32 81d34d 5ac864 3bbb75 26ad81 1e9d89 218e8d 277f8e 2d708e 355f8d"
_ON_LIGHT = "440154 481d6f 453781 3d4e8a 33638d 2a768e 23898e 1e9c89 28ae80 46c06f 70cf57 a2da37"
_SIXTEEN_ON_DARK = "ffff55 55ff55 00aaaa 5555ff"
_SIXTEEN_ON_LIGHT = "0000aa 5555ff 00aaaa 00aa00"

# No red, which crashes have, and as far from one another as can be, for colour-blind eyes too.
_GROUPS_ON_DARK = "56b4e9 e69f00 a0e0a0 6a4fe8 f0e442 00806a 8c6a1a ffffff"
_GROUPS_ON_LIGHT = "0060a8 e69f00 009e73 56b4e9 5b2a86 a55ff0 86d957 111111"
_SIXTEEN_GROUPS_ON_DARK = "55ffff ffff55 55ff55 5555ff aa5500 00aaaa 00aa00 ffffff"
_SIXTEEN_GROUPS_ON_LIGHT = "0000aa aa5500 00aa00 5555ff 00aaaa 55ff55 55ffff 000000"


def scale(palette: Palette, depth: Depth) -> list[str]:
    """Return the colours of a scale, of which a terminal of sixteen has a few."""
    if depth is Depth.SIXTEEN:
        colours = _colours(_SIXTEEN_ON_DARK if palette.is_dark else _SIXTEEN_ON_LIGHT)
        return [colours[step * len(colours) // STEPS] for step in range(STEPS)]
    return _colours(_ON_DARK if palette.is_dark else _ON_LIGHT)


def groups(palette: Palette, depth: Depth) -> list[str]:
    """Return the colours of groups."""
    if depth is Depth.SIXTEEN:
        return _colours(_SIXTEEN_GROUPS_ON_DARK if palette.is_dark else _SIXTEEN_GROUPS_ON_LIGHT)
    return _colours(_GROUPS_ON_DARK if palette.is_dark else _GROUPS_ON_LIGHT)


def _colours(names: str) -> list[str]:
    return [f"#{name}" for name in names.split()]
