"""The picture itself, as the PNG has it, in a terminal that shows images."""

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Middle
from textual.screen import ModalScreen
from textual.widgets import Static

from hpq.errors import HpqError
from hpq.results.panels import Picture
from hpq.results.png import draw

if TYPE_CHECKING:
    from PIL.Image import Image as Pixels
    from textual_image.widget import Image as ImageWidget

MISSING = "the picture in the terminal needs an extra: pip install 'hpq[image]'; e writes the PNG without it"
UNABLE = "this terminal shows no images, neither by Sixel nor by Kitty's protocol; e writes the PNG"


def can_show_images() -> bool:
    """Tell whether the terminal shows images. Asks it the first time, so Textual must not read from it then.

    Raises ImportError where textual-image is not installed.
    """
    from textual_image.renderable import Image, SixelImage, TGPImage

    return Image in (SixelImage, TGPImage)


class PictureScreen(ModalScreen[None]):
    """One image, as large as it fits; any of its keys leads back."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,P,q,enter", "leave", "back")]

    def __init__(self, picture: Picture, title: str) -> None:
        super().__init__()
        self._picture, self._picture_title = picture, title

    def compose(self) -> ComposeResult:
        yield Middle(Static("drawing…", markup=False))

    def on_mount(self) -> None:
        self.run_worker(self._draw, thread=True)

    def _draw(self) -> None:
        try:
            pixels = _pixels(self._picture, self._picture_title)
        except HpqError as error:
            self.app.call_from_thread(self.query_one(Static).update, str(error))
            return
        self.app.call_from_thread(self._show, pixels)

    async def _show(self, pixels: "Pixels") -> None:
        from textual_image.widget import Image

        image: ImageWidget = Image(pixels)
        is_wide = pixels.width / pixels.height > self.size.width / (2 * self.size.height)
        image.styles.width = self.size.width if is_wide else "auto"
        image.styles.height = "auto" if is_wide else self.size.height
        await self.query_one(Middle).remove()
        await self.mount(image)

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
