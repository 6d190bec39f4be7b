"""Textual's driver for terminals, made to last: bytes that are no text, a shell's job control, a terminal that goes."""

import asyncio
import os
import signal
import sys
from typing import Any, cast

from textual.drivers.linux_driver import LinuxDriver


class TerminalDriver(LinuxDriver):
    """Reads keys and mouse, and draws on stdout, whatever the locale and wherever stderr goes."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._file = cast(Any, _Output(sys.__stdout__.fileno() if sys.__stdout__ else 1))
        self._is_on = False

    def run_input_thread(self) -> None:
        """Go on after what is no UTF-8.

        Terminals without SGR mouse reports (X10's own form, from column 96 on) send it; Textual's thread ends
        at the first such byte and takes the app with it.
        """
        while True:
            try:
                super().run_input_thread()
            except UnicodeDecodeError:
                continue  # what was read together with the bad bytes is lost, and no more
            return

    def start_application_mode(self) -> None:
        loop = asyncio.get_running_loop()
        # In the loop: as Python's own handlers they could come between any two lines, such as those that
        # hold the lock of the queue they write to.
        loop.add_signal_handler(signal.SIGTSTP, self._sigtstp_application)
        loop.add_signal_handler(signal.SIGCONT, self._sigcont_application)
        super().start_application_mode()
        self._is_on = True

    def stop_application_mode(self) -> None:
        self._is_on = False
        super().stop_application_mode()

    def _sigcont_application(self, *_: object) -> None:
        """Come back after a stop.

        A stop that cannot be seen coming (SIGSTOP), or none at all (SIGCONT follows on SIGTERM from `timeout`,
        and on SIGHUP from the kernel), must not start a second thread that reads the keys.
        """
        if self._is_on and self._auto_restart:
            self.suspend_application_mode()
            self._must_signal_resume = True
        if self._must_signal_resume:
            super()._sigcont_application()


class _Output:
    """Writes UTF-8 on the terminal. Where that is gone it says so with SIGHUP, and swallows the rest."""

    def __init__(self, descriptor: int) -> None:
        # Not sys.stdout: its encoding is the locale's, or PYTHONIOENCODING's.
        self._file = open(descriptor, "w", encoding="utf-8", errors="replace", closefd=False)  # noqa: SIM115
        self._is_gone = False

    def fileno(self) -> int:
        return self._file.fileno()

    def write(self, text: str) -> None:
        try:
            self._file.write(text)
        except OSError:
            self._leave()

    def flush(self) -> None:
        try:
            self._file.flush()
        except OSError:
            self._leave()

    def _leave(self) -> None:
        """End the app, whose own signal may be ignored or go to the shell's session alone."""
        if not self._is_gone:
            self._is_gone = True
            os.kill(os.getpid(), signal.SIGHUP)
