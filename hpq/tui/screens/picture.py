"""A picture in a terminal: itself where the terminal shows images, else as coloured half blocks."""

import asyncio
import tempfile
import time
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, Vertical
from textual.screen import ModalScreen

from hpq.errors import HpqError
from hpq.results.picture.panels import Picture
from hpq.results.plain import plain
from hpq.results.png.file import draw
from hpq.tui.drawn import Drawn
from hpq.tui.palette import Depth
from hpq.tui.widgets.blocks import MOST_PIXELS, Blocks
from hpq.tui.widgets.said import Said
from hpq.units import format_duration

if TYPE_CHECKING:
    from PIL.Image import Image as Pixels

MISSING = "the picture in the terminal needs an extra: pip install 'hpq[image]'; e writes the PNG without it"
UNABLE = "this terminal shows no images, neither by Sixel nor by Kitty's protocol; e writes the PNG"
_LEAST_PATH = 20  # characters of a path at the foot

Read = Callable[[], Drawn | None]  # called in a thread; None: nothing changed since the last time


def can_show_images() -> bool:
    """Tell whether the terminal shows images. Asks it the first time, so Textual must not read from it then.

    Raises ImportError where textual-image is not installed.
    """
    import_module("textual_image.widget")  # asks how large a cell is
    from textual_image.renderable import Image, SixelImage, TGPImage

    return Image in (SixelImage, TGPImage)


class PictureScreen(ModalScreen[None]):
    """One picture, as large as it fits; any of its keys leads back.

    With `as_image` the terminal shows images. What `is_renewed` is read again at each look at the root.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,p,P,q,enter", "leave", "back"),
        Binding("z", "wider", "wider"),
        Binding("j", "app.simulate_key('down')", show=False),
        Binding("k", "app.simulate_key('up')", show=False),
    ]

    def __init__(self, read: Read, depth: Depth, *, as_image: bool, is_renewed: bool = False) -> None:
        super().__init__()
        self._read, self._depth = read, depth
        self._as_image, self._is_renewed = as_image, is_renewed
        self._is_reading = False
        self._drawn: Drawn | None = None
        self._words = Said("picture-words")
        self._dialog = Vertical(self._words, classes="dialog")
        self._place = Container(self._dialog)
        self._foot = Said("picture-foot")
        self._view: Any = None  # that of textual-image, or blocks

    def compose(self) -> ComposeResult:
        yield self._place
        yield self._foot

    def on_mount(self) -> None:
        self._words.say("drawing…", "")
        self._foot.display = False
        self._renew()

    def show(self, *_: object) -> None:
        """Show a newer picture where there is one. The app calls it when the root was read."""
        if self._is_renewed and self.is_mounted:
            self._renew()
            self._tell()

    def on_resize(self) -> None:
        self._tell()

    def _renew(self) -> None:
        if not self._is_reading:
            self._is_reading = True
            self.run_worker(self._draw())

    async def _draw(self) -> None:
        """Read in a thread; one of Textual's would hold the screen for ever."""
        try:
            drawn = await asyncio.to_thread(self._read_to_fit)
        except Exception as error:  # nothing that fails may end the monitor, or be silent
            is_foreseen = isinstance(error, HpqError | OSError)
            self._complain(str(error) if is_foreseen else f"{type(error).__name__}: {error}")
        else:
            if drawn is not None:
                self._show(drawn)
        self._is_reading = False

    def _read_to_fit(self) -> Drawn | None:
        """Return a newer picture, and no more of it than blocks can show."""
        drawn = self._read()
        if drawn is not None and not self._as_image:
            drawn.pixels.thumbnail(MOST_PIXELS, reducing_gap=2.0)
        return drawn

    def _complain(self, text: str) -> None:
        self._drawn = None
        self._words.say(text, text, text)
        self._dialog.display = True
        self._foot.display = False
        if self._view is not None:
            self._view.display = False

    def _show(self, drawn: Drawn) -> None:
        if not self._as_image and self._depth is Depth.NONE:
            self._complain(
                f"this terminal has no colours to show it in: the picture is {plain(str(drawn.path))}"
            )
            return
        self._drawn = drawn
        self._dialog.display = False
        if self._view is None:
            self._view = self._image(drawn.pixels) if self._as_image else Blocks(drawn.pixels, self._depth)
            self._place.mount(self._view)
        elif self._as_image:
            self._view.image = drawn.pixels
        else:
            self._view.show(drawn.pixels)
        self._view.display = True
        if not self._as_image:
            self._view.focus()
        self._tell()
        self.call_after_refresh(self._tell)  # whether it can be wider is known once it has its place

    def _image(self, pixels: "Pixels") -> Any:
        from textual_image.widget import Image

        image = Image(pixels)
        image.styles.width = image.styles.height = "auto"  # as large as it fits, in its proportions
        return image

    def _tell(self) -> None:
        """Tell at the foot which picture it is, how old and where."""
        if self._drawn is None or self._drawn.path is None:
            return
        self._foot.display = True
        age = format_duration(max(0.0, time.time() - self._drawn.made_at))
        head, path = f" {self._drawn.title}, {age} old · ", str(self._drawn.path)
        key = self._view.key_of_width if isinstance(self._view, Blocks) else ""
        tail = f" · z {key}" if key else ""
        text = head + plain(path, max(_LEAST_PATH, self.app.size.width - len(head) - len(tail) - 1)) + tail
        self._foot.say(text, text)

    def action_wider(self) -> None:
        """Give a tall picture all of the width, or fit it into the height again."""
        if isinstance(self._view, Blocks):
            self._view.toggle_width()
            self._tell()

    def action_leave(self) -> None:
        self.dismiss(None)


def drawn_picture(picture: Picture, title: str) -> Drawn:
    """Return a search's picture as the PNG has it."""
    return Drawn(_pixels(picture, title))


def _pixels(picture: Picture, title: str) -> "Pixels":
    import PIL.Image

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "picture.png"
        draw(picture, path, title=title)
        with PIL.Image.open(path) as image:
            return image.convert("RGB")
