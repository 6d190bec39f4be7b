"""Text on the screen that is drawn anew only when it says something else."""

from collections.abc import Callable

from rich.console import RenderableType
from textual.widgets import Static


class Said(Static):
    """A Static that stands to hear the same thing every second; data in it is never read as markup."""

    def __init__(self, css_id: str, classes: str = "") -> None:
        super().__init__(id=css_id, classes=classes, markup=False)
        self._key: object = None
        self._shape: object = None

    def say(
        self, content: RenderableType | Callable[[], RenderableType], key: object, shape: object = None
    ) -> None:
        """Show content, or what a function makes, unless the key is that of the last time.

        The screen is laid out anew only when the shape, on which the height depends, changed as well.
        """
        if key == self._key:
            return
        is_same_shape = self._key is not None and shape == self._shape
        self._key, self._shape = key, shape
        self.update(content() if callable(content) else content, layout=not is_same_shape)
