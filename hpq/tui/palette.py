"""The colours of the monitor: what each state looks like, on dark and light, and for colour-blind eyes."""

from dataclasses import dataclass, replace
from enum import IntEnum
from functools import lru_cache
from typing import Any

from rich.color import Color
from rich.style import Style
from textual.theme import Theme

from hpq.queue.states import State

Rgb = tuple[int, int, int]


class Depth(IntEnum):
    """How many colours a terminal can show."""

    NONE = 0
    SIXTEEN = 1  # shades of a colour cannot be told apart
    MANY = 2  # 256 colours or all of them


@dataclass(frozen=True, slots=True)
class Palette:
    """One theme. Colours are written as #rrggbb."""

    name: str
    is_dark: bool
    background: str
    surface: str  # header, footer, the table's head
    cursor: str  # behind the row of the cursor
    foreground: str
    muted: str  # what is said aside
    axis: str
    accent: str  # keys, the active panel, marks
    finished: str
    crowd: str  # many finished runs in one place: away from the background
    unfinished: str
    crashed: str
    starting: str
    selected: str

    def state(self, state: State) -> str:
        """Return the colour of a state, as the picture has it."""
        return {
            State.FINISHED: self.finished,
            State.UNFINISHED: self.unfinished,
            State.RUNNING: self.unfinished,
            State.CRASHED: self.crashed,
            State.STARTING: self.starting,
        }.get(state, self.muted)

    def theme(self) -> Theme:
        """Return the theme that Textual's own widgets use."""
        return Theme(
            name=self.name,
            primary=self.finished,
            secondary=self.starting,
            accent=self.accent,
            warning=self.unfinished,
            error=self.crashed,
            success=self.finished,
            foreground=self.foreground,
            background=self.background,
            surface=self.surface,
            panel=self.surface,
            dark=self.is_dark,
            variables={
                "block-cursor-background": self.cursor,
                "block-cursor-foreground": self.foreground,
                "block-cursor-text-style": "none",
                "border": self.axis,
                "scrollbar": self.axis,
                "scrollbar-hover": self.muted,
                "scrollbar-active": self.accent,
                "scrollbar-background": self.surface,
                "scrollbar-background-hover": self.surface,
                "scrollbar-background-active": self.surface,
                "scrollbar-corner-color": self.surface,
            },
        )


DARK = Palette(
    name="dark",
    is_dark=True,
    background="#111318",
    surface="#1b1e26",
    cursor="#2d3444",
    foreground="#cdd0d6",
    muted="#8b909c",
    axis="#5a606c",
    accent="#7fd1c7",
    finished="#5496ff",
    crowd="#b4d2ff",
    unfinished="#ffa62b",
    crashed="#f0323c",
    starting="#4fc3d9",
    selected="#ffffff",
)
LIGHT = Palette(
    name="light",
    is_dark=False,
    background="#ffffff",
    surface="#eef0f3",
    cursor="#dbe4f5",
    foreground="#1d2127",
    muted="#626874",
    axis="#9aa0aa",
    accent="#00796b",
    finished="#1f5fbf",
    crowd="#04173d",
    unfinished="#c96a00",
    crashed="#d1001f",
    starting="#00838f",
    selected="#000000",
)
# Okabe and Ito's and Tol's colours: crashed is told from unfinished by hue and by lightness under every
# common kind of colour blindness.
SAFE_DARK = Palette(
    name="safe-dark",
    is_dark=True,
    background="#111318",
    surface="#1b1e26",
    cursor="#2d3444",
    foreground="#cdd0d6",
    muted="#8b909c",
    axis="#5a606c",
    accent="#9fd8cc",
    finished="#56b4e9",
    crowd="#e2f4ff",
    unfinished="#f0e442",
    crashed="#c0479c",
    starting="#009e73",
    selected="#ffffff",
)
SAFE_LIGHT = Palette(
    name="safe-light",
    is_dark=False,
    background="#ffffff",
    surface="#eef0f3",
    cursor="#dbe4f5",
    foreground="#1d2127",
    muted="#626874",
    axis="#9aa0aa",
    accent="#00606b",
    finished="#0072b2",
    crowd="#002a42",
    unfinished="#e69f00",
    crashed="#aa3377",
    starting="#007a58",
    selected="#000000",
)
PALETTES = {palette.name: palette for palette in (DARK, LIGHT, SAFE_DARK, SAFE_LIGHT)}
# Colours that a terminal of sixteen has: those above would fall together there.
_DARK_OF_SIXTEEN = {
    "background": "#000000",
    "surface": "#000000",
    "cursor": "#555555",
    "foreground": "#ffffff",
    "muted": "#aaaaaa",
    "axis": "#555555",
    "accent": "#55ffff",
    "finished": "#5555ff",
    "crowd": "#55ffff",
    "unfinished": "#ffff55",
    "crashed": "#ff5555",
    "starting": "#00aaaa",
    "selected": "#ffffff",
}
_LIGHT_OF_SIXTEEN = {
    "background": "#ffffff",
    "surface": "#ffffff",
    "cursor": "#aaaaaa",
    "foreground": "#000000",
    "muted": "#555555",
    "axis": "#aaaaaa",
    "accent": "#00aaaa",
    "finished": "#0000aa",
    "crowd": "#5555ff",
    "unfinished": "#aa5500",
    "crashed": "#aa0000",
    "starting": "#00aa00",
    "selected": "#000000",
}
_SAFE_CRASHED = {True: "#ff55ff", False: "#aa00aa"}  # of sixteen, on dark and on light


def for_depth(palette: Palette, depth: Depth) -> Palette:
    """Return a palette as a terminal of so many colours can show it."""
    if depth is not Depth.SIXTEEN:
        return palette
    colours: dict[str, Any] = dict(_DARK_OF_SIXTEEN if palette.is_dark else _LIGHT_OF_SIXTEEN)
    if palette in (SAFE_DARK, SAFE_LIGHT):
        colours["crashed"] = _SAFE_CRASHED[palette.is_dark]
    return replace(palette, **colours)


@lru_cache(1024)
def style(foreground: str | None, background: str | None = None, *, bold: bool = False) -> Style:
    """Return a style; kept, since cells are drawn again and again."""
    return Style(color=foreground, bgcolor=background, bold=bold or None)


def mixed(one: str, other: str, share: float) -> str:
    """Return a colour on the way from one to the other."""
    first, second = _rgb(one), _rgb(other)
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(first, second, strict=True))
    return f"#{red:02x}{green:02x}{blue:02x}"


def _rgb(colour: str) -> Rgb:
    triplet = Color.parse(colour).get_truecolor()
    return triplet.red, triplet.green, triplet.blue
