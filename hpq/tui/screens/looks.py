"""Asks what the plots shall show: which colours, or which plane."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from textual.app import App

from hpq.results.picture.look import Look
from hpq.results.plain import plain
from hpq.tui.screens.choose import ask_one

Pair = tuple[str, str]
_MOST = 28  # characters of a name in a title
_BY_STATE = "(their state)"  # in a list of hyperparameters


def ask_colour(app: App[None], names: Sequence[str], look: Look, show: Callable[[Look], None]) -> None:
    """Ask what dots are coloured by. A plane, whose colours tell the loss, makes room for the panels."""

    def colour(name: str) -> None:
        show(replace(look, colour_by="" if name == _BY_STATE else name, pairs=()))

    ask_one(app, "Colour dots by", [_BY_STATE, *names], look.colour_by or _BY_STATE, colour)


def ask_plane(app: App[None], names: Sequence[str], last: Pair, show: Callable[[Pair], None]) -> None:
    """Ask for the two hyperparameters of a plane, with those of the last one to begin with."""

    def ask_up(across: str) -> None:
        others = [name for name in names if name != across]
        ask_one(app, f"{plain(across, _MOST)} across, and up", others, last[1], lambda up: show((across, up)))

    ask_one(app, "A plane of two: across", names, last[0], ask_up)
