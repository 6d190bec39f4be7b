"""Textual's drivers, which outlast bytes that are no text, and stops, and end with their terminal or page."""

import asyncio
import contextlib
import os
import select
import signal
import sys
from codecs import getincrementaldecoder
from typing import Any, cast

from textual._xterm_parser import XTermParser
from textual.drivers.linux_driver import LinuxDriver
from textual.drivers.web_driver import WebDriver

_TICK_S = 0.1  # between looks at the clock: an escape that nothing follows is a key


class TerminalDriver(LinuxDriver):
    """Reads keys and mouse, and draws on stdout, whatever the locale and wherever stderr goes."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._output = _Output(sys.__stdout__.fileno() if sys.__stdout__ else 1)
        self._file = cast(Any, self._output)
        self._is_on = False
        self._wake = os.eventfd(0)  # written to end the thread that reads
        self._size = self._get_terminal_size()  # the first frame's

    def _get_terminal_size(self) -> tuple[int, int]:
        """Return columns and lines as the terminal has them: an exported COLUMNS stays what it was."""
        with contextlib.suppress(OSError):
            columns, lines = os.get_terminal_size(self._output.fileno())
            if columns and lines:
                return columns, lines
        return super()._get_terminal_size()

    def run_input_thread(self) -> None:
        """Read until the end, whatever comes.

        Terminals without SGR mouse reports use X10's own form, which from column 96 on is no UTF-8; Textual's
        thread ends at the first such byte, and takes the app with it. Where there is no more to read, since
        the terminal is gone, Textual's reads on without a pause. And it wakes ten times a second to see
        whether to end, or whether an escape was the key: here it wakes when there is something to do.
        """
        parser = _Parser(self._debug)
        decode = getincrementaldecoder("utf-8")("replace").decode
        while not self.exit_event.is_set():
            patience_s = _TICK_S if parser.is_waiting else None
            there, _, _ = select.select([self.fileno, self._wake], [], [], patience_s)
            if self.fileno in there:
                data = self._read()
                if not data:
                    _hang_up()
                    return
                for event in parser.feed(decode(data)):
                    self.process_message(event)
            for event in parser.tick():
                self.process_message(event)

    def disable_input(self) -> None:
        os.eventfd_write(self._wake, 1)
        super().disable_input()  # waits for the thread
        os.eventfd_read(self._wake)

    def _read(self) -> bytes:
        with contextlib.suppress(OSError):
            return os.read(self.fileno, 4096)
        return b""

    def start_application_mode(self) -> None:
        loop = asyncio.get_running_loop()
        # In the loop: as Python's own handlers they could come between any two lines, such as those that
        # hold the lock of the queue they write to.
        loop.add_signal_handler(signal.SIGTSTP, self._sigtstp_application)
        loop.add_signal_handler(signal.SIGCONT, self._sigcont_application)
        super().start_application_mode()  # type: ignore[no-untyped-call]  # Textual gives it no types
        self._is_on = bool(self._writer_thread and self._writer_thread.is_alive())  # not from the background

    def stop_application_mode(self) -> None:
        self._is_on = False
        super().stop_application_mode()

    def _sigcont_application(self, *_: object) -> None:
        """Come back after a stop.

        A stop that cannot be seen coming (SIGSTOP), or none at all (SIGCONT follows on SIGTERM from
        `timeout`, and on SIGHUP from the kernel), must not start a second thread that reads the keys.
        """
        if self._is_on and self._auto_restart:
            self.suspend_application_mode()
            self._must_signal_resume = True
        if self._must_signal_resume:
            super()._sigcont_application()
            self._app.refresh(layout=True)  # all of it: what had not changed would stay blank


class PageDriver(WebDriver):
    """Talks with `hpq tui --web` through pipes, and ends the app where they do: nobody else would."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._write = cast(Any, self._write_if_read)

    def _write_if_read(self, data: bytes) -> None:
        with contextlib.suppress(BrokenPipeError):
            os.write(self.fileno, data)

    def run_input_thread(self) -> None:
        super().run_input_thread()
        if not self.exit_event.is_set():
            _hang_up()


class _Parser(XTermParser):
    """Tells whether time alone makes a key of what was read."""

    @property
    def is_waiting(self) -> bool:
        return self._timeout_time is not None


class _Output:
    """Writes UTF-8 on the terminal. Where that is gone it says so with SIGHUP, and swallows the rest."""

    def __init__(self, descriptor: int) -> None:
        # Not sys.stdout: its encoding is the locale's, or PYTHONIOENCODING's. And no buffer, which would cut
        # a frame in two, for an image that textual-image writes to come between.
        self._descriptor = descriptor
        self._is_gone = False

    def fileno(self) -> int:
        return self._descriptor

    def write(self, text: str) -> None:
        data = text.encode(errors="replace")
        while data and not self._is_gone:
            try:
                data = data[os.write(self._descriptor, data) :]
            except OSError:
                self._is_gone = True
                _hang_up()

    def flush(self) -> None:
        """Do nothing: all is written."""


def _hang_up() -> None:
    """Tell the app that nobody is there any more; the kernel tells a session's leader alone."""
    os.kill(os.getpid(), signal.SIGHUP)
