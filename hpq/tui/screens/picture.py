"""The picture itself, as the PNG has it, in a terminal that shows images."""

import tempfile
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Static

from hpq.errors import HpqError
from hpq.results.panels import Picture
from hpq.results.png import draw

if TYPE_CHECKING:
    from PIL.Image import Image as Pixels

MISSING = "the picture in the terminal needs an extra: pip install 'hpq[image]'; e writes the PNG without it"
UNABLE = "this terminal shows no images, neither by Sixel nor by Kitty's protocol; e writes the PNG"


def can_show_images() -> bool:
    """Tell whether the terminal shows images. Asks it the first time, so Textual must not read from it then.

    Raises ImportError where textual-image is not installed.
    """
    import_module("textual_image.widget")  # asks how large a cell is
    from textual_image.renderable import Image, SixelImage, TGPImage

    return Image in (SixelImage, TGPImage)


class PictureScreen(ModalScreen[None]):
    """One image, as large as it fits; any of its keys leads back."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,P,q,enter", "leave", "back")]

    def __init__(self, picture: Picture, title: str) -> None:
        super().__init__()
        self._picture, self._picture_title = picture, title

    def compose(self) -> ComposeResult:
        yield Vertical(Static("drawing…", markup=False), classes="dialog")

    def on_mount(self) -> None:
        self.run_worker(self._draw, thread=True)

    def _draw(self) -> None:
        try:
            pixels = _pixels(self._picture, self._picture_title)
        except (HpqError, OSError) as error:
            self.app.call_from_thread(self._complain, str(error))
            return
        self.app.call_from_thread(self._show, pixels)

    def _complain(self, text: str) -> None:
        if self.is_attached:
            self.query_one(Static).update(text)

    def _show(self, pixels: "Pixels") -> None:
        if not self.is_attached:  # left while it was drawn
            return
        from textual_image.widget import Image

        image = Image(pixels)
        image.styles.width = image.styles.height = "auto"  # as large as it fits, in its proportions
        self.query_one(Vertical).remove()
        self.mount(image)

    def action_leave(self) -> None:
        self.dismiss(None)


def _pixels(picture: Picture, title: str) -> "Pixels":
    """Return the picture as the PNG has it."""
    import PIL.Image

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "picture.png"
        draw(picture, path, title=title)
        with PIL.Image.open(path) as image:
            return image.convert("RGB")
