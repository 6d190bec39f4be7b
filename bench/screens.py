"""What Textual apps put on the screen, as text for a terminal, without a terminal."""

import asyncio
import gc
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TypeVar

from textual.app import App
from textual.geometry import Region
from textual.widget import Widget

SIZE = (200, 60)
TERMINAL = {"TERM": "xterm-256color", "COLORTERM": "truecolor"}
_PAINTED_S = 0.05  # apps paint sixty times a second, where there is anything new
AnyApp = TypeVar("AnyApp", bound=App[None])
os.environ.update(TERMINAL)  # apps look when they are made


@asynccontextmanager
async def running(app: AnyApp) -> AsyncIterator[AnyApp]:
    """Run an app in a screen of SIZE, without animations."""
    gc.collect()
    gc.freeze()  # what is there by now, as the monitor does at its start
    app.animation_level = "none"
    async with app.run_test(size=SIZE) as pilot:
        await pilot.pause()
        yield app


async def painted(app: App[None]) -> str:
    """Return the screen once the app has laid out and painted what is new on it."""
    await asyncio.sleep(_PAINTED_S)
    return ansi(app)


def ansi(app: App[None]) -> str:
    """Return what all widgets show, as a terminal is sent it. Only lines that are new cost anything."""
    return "".join(
        strip.render(app.console)
        for widget in app.screen.walk_children(Widget)
        if widget.region and not widget.children
        for strip in widget.render_lines(Region(0, 0, *widget.size))
    )
