"""The monitor: live runs and the plots of a root, in a terminal."""

import asyncio
import contextlib
import gc
import signal
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path

from textual import events
from textual.app import App, SuspendNotSupported, SystemCommand
from textual.dom import DOMNode
from textual.driver import Driver
from textual.filter import ANSIToTruecolor, LineFilter
from textual.notifications import SeverityLevel
from textual.screen import ModalScreen, Screen
from textual.widgets import Input

from hpq.errors import HpqError
from hpq.queue.paths import RootPaths
from hpq.queue.runs import Run
from hpq.results.picture.panels import Picture
from hpq.results.plain import plain
from hpq.tui.keymap import ACTIONS, Scope, bindings, is_change
from hpq.tui.messages import (
    Change,
    ChangeAsked,
    CopyAsked,
    PictureAsked,
    RunOpened,
    SamplesAsked,
    SnapshotRead,
)
from hpq.tui.palette import DARK, PALETTES, Depth, Palette, for_depth
from hpq.tui.screens.main import MainScreen
from hpq.tui.screens.small import SmallScreen, is_small
from hpq.tui.source import Snapshot, Source

_DEPTHS = {"standard": Depth.SIXTEEN, "windows": Depth.SIXTEEN, "256": Depth.MANY, "truecolor": Depth.MANY}
_MOST_BLANK_S = 0.5
_LEAVE = (signal.SIGTERM, signal.SIGHUP)


class Monitor(App[None]):
    """Shows a root until it is quit. It writes nothing but what its actions ask for."""

    TITLE = "hpq"
    CSS_PATH = "hpq.tcss"
    BINDINGS = bindings(Scope.ANYWHERE)

    def __init__(
        self, folder: Path, *, is_readonly: bool = False, theme: str = DARK.name, every_s: float = 1.0
    ) -> None:
        super().__init__()
        self.paths = RootPaths(folder)
        self.animation_level = "none"
        self._is_readonly = is_readonly
        for palette in PALETTES.values():
            self.register_theme(for_depth(palette, self.depth).theme())
        self.set_reactive(App.theme, theme)  # setting it would read all of the CSS twice
        self.stylesheet.set_variables(self.get_css_variables())
        self.source = Source(folder, self._post, every_s)
        self.main = MainScreen(self.paths, self.palette, self.depth)
        self.snapshot = Snapshot()
        self._before_first_frame = contextlib.ExitStack()

    def _post(self, snapshot: Snapshot) -> None:
        self.post_message(SnapshotRead(snapshot))

    @property
    def palette(self) -> Palette:
        return for_depth(PALETTES.get(self.theme, DARK), self.depth)

    @property
    def depth(self) -> Depth:
        """How many colours there are; NO_COLOR means none."""
        return Depth.NONE if self.no_color else _DEPTHS.get(self.console.color_system or "", Depth.NONE)

    def get_driver_class(self) -> type[Driver]:
        chosen = super().get_driver_class()
        from textual.drivers.linux_driver import LinuxDriver

        if chosen is not LinuxDriver:  # as when it is served to a browser
            return chosen
        from hpq.tui.driver import TerminalDriver

        return TerminalDriver

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Spare each line the filter for ANSI colours: what is drawn here has none."""
        return [line_filter for line_filter in self._filters if not isinstance(line_filter, ANSIToTruecolor)]

    def get_default_screen(self) -> Screen[None]:
        return self.main

    def on_load(self) -> None:
        """Read while the screen is made, and show nothing before that is done, unless it takes long."""
        self.source.start()
        self._before_first_frame.enter_context(self.batch_update())

    def on_mount(self) -> None:
        self.set_timer(_MOST_BLANK_S, self._show_first_frame)
        self.theme_changed_signal.subscribe(self, lambda _: self.main.recolour(self.palette, self.depth))
        loop = asyncio.get_running_loop()
        for number in _LEAVE:
            with contextlib.suppress(ValueError, RuntimeError):  # not the main thread, as in tests
                loop.add_signal_handler(number, self._leave, number)

    def on_unmount(self) -> None:
        self.source.close()

    def _leave(self, number: int) -> None:
        """Quit on a signal, so that the terminal is as it was."""
        self.exit(return_code=128 + number)

    def on_resize(self, event: events.Resize) -> None:
        is_too_small = is_small(event.size)
        if is_too_small and not isinstance(self.screen, SmallScreen):
            self.push_screen(SmallScreen())
        elif not is_too_small and isinstance(self.screen, SmallScreen):
            self.pop_screen()

    # What is shown

    def on_key(self, event: events.Key) -> None:
        """Type a letter that came before the line to type in had the focus, and went elsewhere."""
        line = self.focused
        if isinstance(line, Input) and event.is_printable and event.character:
            line.replace(event.character, *line.selection)
            event.prevent_default()

    def on_snapshot_read(self, message: SnapshotRead) -> None:
        if not self.snapshot.read_at_s:
            self.call_after_refresh(_collect_again)
        self.snapshot = message.snapshot
        self.main.show(message.snapshot)
        self.source.bunches.filter_text = self.main.filter_text
        self._before_first_frame.close()
        for screen in self.screen_stack[1:]:
            show = getattr(screen, "show", None)
            if show is not None:
                show(message.snapshot, self.main.order)

    def _show_first_frame(self) -> None:
        """Show what there is, at least that it is being read."""
        self._before_first_frame.close()
        if not self.snapshot.read_at_s:
            self.main.show(self.snapshot)
            self.screen.refresh(layout=True)

    def on_run_opened(self, _: RunOpened) -> None:
        if self.main.selected is None or self.screen is not self.main:  # the key was pressed twice
            return
        from hpq.tui.screens.run import RunScreen  # with what it needs, only when a run is opened

        screen = RunScreen(self.paths, self.main.selected)
        self.push_screen(screen)
        self.call_after_refresh(lambda: screen.show(self.snapshot, self.main.order))

    def on_picture_asked(self, message: PictureAsked) -> None:
        """Show the picture that the PNG would hold, where the terminal can, or write that."""
        picture = message.picture
        if isinstance(picture, str):
            self.tell(picture or "nothing was read yet", is_error=True)
        elif message.as_file:
            self.tell("drawing…")
            self.run_worker(partial(self._export, picture, message.title), thread=True)
        else:
            self._show_picture(picture, message.title)

    def _show_picture(self, picture: Picture, title: str) -> None:
        from hpq.tui.screens.picture import MISSING, UNABLE, PictureScreen, drawn_picture

        is_able = self._shows_images()
        if is_able:
            self.push_screen(PictureScreen(partial(drawn_picture, picture, title), self.depth, as_image=True))
        else:
            self.tell(MISSING if is_able is None else UNABLE, is_error=True)

    def on_samples_asked(self, message: SamplesAsked) -> None:
        """Show a run's newest samples, in any terminal that has colours."""
        if isinstance(self.screen, ModalScreen):  # the key was pressed twice
            return
        from hpq.tui.screens.picture import PictureScreen
        from hpq.tui.sheets import Sheets

        sheets, as_image = Sheets(self.paths, message.run), bool(self._shows_images())
        self.push_screen(PictureScreen(sheets, self.depth, as_image=as_image, is_renewed=True))

    def _shows_images(self) -> bool | None:
        """Tell whether the terminal shows images; None where the extra that asks it is missing."""
        from hpq.tui.screens.picture import can_show_images

        try:
            with self._terminal_to_ask():
                return can_show_images()
        except ImportError:
            return None

    @contextlib.contextmanager
    def _terminal_to_ask(self) -> Iterator[None]:
        """Step aside, where Textual reads from a terminal, so that its answers can be read."""
        try:
            with self.suspend():
                yield
        except SuspendNotSupported:
            yield

    # Actions

    def check_action(self, action: str, _parameters: tuple[object, ...]) -> bool | None:
        return not (self._is_readonly and is_change(action))

    def action_theme(self) -> None:
        names = list(PALETTES)
        self.theme = names[(names.index(self.palette.name) + 1) % len(names)]

    def action_help(self) -> None:
        from hpq.tui.screens.help import HelpScreen

        self.push_screen(HelpScreen(self.palette))

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        owners: dict[Scope, DOMNode] = {Scope.RUN: screen}
        if screen is self.main:
            plots, table = self.main.plots, self.main.table
            owners = {Scope.PLOTS: plots} if plots.has_focus else {Scope.TABLE: table}
            owners[Scope.MAIN] = screen
        owners[Scope.ANYWHERE] = self
        for action in ACTIONS:
            owner = owners.get(action.scope)
            if owner is not None and self.check_action(action.plain_name, ()):
                yield SystemCommand(
                    f"{action.label} ({action.shown})",
                    action.help,
                    partial(self.run_action, action.name, owner),
                )

    def on_change_asked(self, message: ChangeAsked) -> None:
        self.ask(message.change, message.runs)

    def ask(self, change: Change, runs: Sequence[Run], hidden: int = 0) -> None:
        """Ask whether runs shall be changed, and do it. So many of them are not shown."""
        if self._is_readonly or isinstance(self.screen, ModalScreen):
            return
        from hpq.tui import changes  # the first frame does without

        asked = changes.question(change, runs, hidden)
        self.clear_notifications()  # they would lie over the question
        if not asked:
            self.tell(changes.nothing(change, runs))
            return
        from hpq.tui.screens.confirm import ConfirmScreen

        def answered(is_meant: bool | None) -> None:
            if is_meant:
                self.run_worker(partial(self._change, change, runs), thread=True)

        self.push_screen(ConfirmScreen(asked), answered)

    def _change(self, change: Change, runs: Sequence[Run]) -> None:
        """Change runs in a thread: the root's lock may be held for a while."""
        from hpq.tui import changes

        try:
            done = changes.apply(self.paths, change, runs)
        except Exception as error:  # nothing that fails may end the monitor, or be silent
            self.call_from_thread(self.tell_error, error)
            return
        self.source.poke()
        self.call_from_thread(self.tell, done)

    def on_copy_asked(self, message: CopyAsked) -> None:
        self.copy_to_clipboard(message.text)
        self.tell(f"copied {message.text}")

    def _export(self, picture: Picture, title: str) -> None:
        """Write the picture into the working directory, and say where it went. Called in a thread."""
        from hpq.results.png.file import draw

        path = _free_path(Path.cwd())
        try:
            draw(picture, path, title=title)
        except Exception as error:  # as above
            self.call_from_thread(self.tell_error, error)
            return
        self.call_from_thread(self.tell, f"the picture is {path}")

    def tell_error(self, error: Exception) -> None:
        """Tell what went wrong; what we did not foresee is named."""
        is_foreseen = isinstance(error, HpqError | OSError)
        self.tell(str(error) if is_foreseen else f"{type(error).__name__}: {error}", is_error=True)

    def tell(self, text: str, *, is_error: bool = False) -> None:
        """Show a sentence for a while, one that asks for something for longer."""
        severity: SeverityLevel = "error" if is_error else "information"
        self.notify(plain(text), severity=severity, markup=False, timeout=10 if is_error else 5)


def _collect_again() -> None:
    """Turn the garbage collector on, after a start without it, and spare it what stays for ever."""
    gc.freeze()
    gc.enable()


def _free_path(folder: Path) -> Path:
    """Return a picture's path that no file has yet."""
    paths = (folder / f"hpsearch{'' if count == 1 else f'-{count}'}.png" for count in range(1, 10_000))
    return next(path for path in paths if not path.exists())
