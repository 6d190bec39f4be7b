"""What is shown in a terminal that is too small for anything else."""

from textual.app import ComposeResult
from textual.geometry import Size
from textual.screen import ModalScreen
from textual.widgets import Static

LEAST = Size(60, 15)


class SmallScreen(ModalScreen[None]):
    """Goes away by itself once there is room."""

    def compose(self) -> ComposeResult:
        yield Static(self._text(), markup=False)

    def on_resize(self) -> None:
        self.query_one(Static).update(self._text())

    def _text(self) -> str:
        width, height = self.app.size
        return f"hpq needs {LEAST.width}×{LEAST.height}\nthis is {width}×{height}\nq quits"


def is_small(size: Size) -> bool:
    """Tell whether a terminal is too small."""
    return size.width < LEAST.width or size.height < LEAST.height
