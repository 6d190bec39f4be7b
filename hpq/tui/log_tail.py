"""The end of a log, however long it is, read as it grows."""

import os
from pathlib import Path

from hpq.tui.ansi import open_colours
from hpq.units import format_size

_TAIL_BYTES = 1 << 20  # read of a log when it is opened
_MOST_BYTES = 4 << 20  # of lines in memory, beyond which the oldest go
_MOST_LINE = 4000  # bytes of one line
_LINE_COST = 64  # bytes that a line takes besides its own


class LogTail:
    """Lines from the end of a file; a progress bar, which overwrites its line, is its last state.

    A log that shrank, was replaced, or grew by more than is read at once is read anew from its end.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: tuple[int, int] | None = None  # device and inode
        self._offset = 0
        self._is_cut = False  # whether reading begins within a line
        self._open = b""  # colours that are on at the start of the line that is read
        self._rest = b""  # a line whose end is still to come
        self._rest_left_out = 0
        self._held_bytes = 0
        self.lines: list[bytes] = []  # whole ones
        self.first = 0  # the number of the first of them, counted from where reading began
        self.begun = 0  # how often it was read anew
        self.skipped_bytes = 0  # of the file before what was read

    def look(self) -> bool:
        """Read what was appended, and return whether anything changed."""
        try:
            told = os.stat(self._path)
        except OSError:
            changed = self._file is not None
            self._start_anew(None, 0)
            return changed
        file = told.st_dev, told.st_ino
        if file == self._file and told.st_size == self._offset:
            return False
        if file != self._file or not 0 <= told.st_size - self._offset <= _TAIL_BYTES:
            self._start_anew(file, max(0, told.st_size - _TAIL_BYTES))
        self._read(told.st_size)
        return True

    @property
    def rest(self) -> bytes:
        """The line whose end is still to come: in the colours that are on, and not too long."""
        line = self._rest.rstrip(b"\r")
        left_out = self._rest_left_out + max(0, len(line) - _MOST_LINE)
        if left_out:
            note = f"… and {format_size(left_out)} more in this line"
            line = line[:_MOST_LINE] + b"\x1b[0m" + note.encode()
        return self._open + line if self._open and line else line

    @property
    def is_there(self) -> bool:
        return self._file is not None

    def _start_anew(self, file: tuple[int, int] | None, offset: int) -> None:
        self._file, self._offset, self.skipped_bytes = file, offset, offset
        self._is_cut = offset > 0
        self._open = self._rest = b""
        self._rest_left_out = self._held_bytes = 0
        self.lines, self.first, self.begun = [], 0, self.begun + 1

    def _read(self, size: int) -> None:
        try:
            with open(self._path, "rb") as file:
                file.seek(self._offset)
                data = file.read(size - self._offset)
        except OSError:
            return
        self._offset += len(data)
        if self._is_cut:  # the first line is not whole
            self._is_cut = False
            data = data[data.find(b"\n") + 1 :]
        self._take(data)

    def _take(self, data: bytes) -> None:
        *whole, rest = data.split(b"\n")
        for line in whole:
            self._extend(line)
            finished = self.rest
            self._open = open_colours(finished, b"")
            self._rest, self._rest_left_out = b"", 0
            self.lines.append(finished)
            self._held_bytes += len(finished) + _LINE_COST
        self._extend(rest)
        self._forget_oldest()

    def _extend(self, more: bytes) -> None:
        """Go on with a line, without the states that a progress bar had before its last one."""
        line = self._rest + more if self._rest else more
        start = line.rfind(b"\r", 0, len(line.rstrip(b"\r"))) + 1
        if start:
            line, self._rest_left_out = line[start:], 0
        if len(line) > 2 * _MOST_LINE:
            self._rest_left_out += len(line) - _MOST_LINE
            line = line[:_MOST_LINE]
        self._rest = line

    def _forget_oldest(self) -> None:
        """Forget half of the lines when they are too many: seldom much instead of often a little."""
        if self._held_bytes <= _MOST_BYTES:
            return
        count = 0
        while self._held_bytes > _MOST_BYTES // 2:
            size = len(self.lines[count])
            self._held_bytes -= size + _LINE_COST
            self.skipped_bytes += size + 1
            count += 1
        del self.lines[:count]
        self.first += count
