"""A file of lines that another program is still writing."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

WINDOW_BYTES = 1 << 20
LONGEST_LINE_BYTES = 16 << 20
_MARK_BYTES = 64


class LineFile:
    """Gives each complete line once, however the file grows; an unfinished last line waits.

    Memory stays within one line of `longest` bytes and a few windows of 1 MiB, whatever the
    file's size; longer lines are left out and counted in `dropped`. A missing file has no lines.
    A file that was cut short or replaced is read again from its beginning.
    """

    def __init__(self, path: Path, *, longest: int = LONGEST_LINE_BYTES) -> None:
        self.path = path
        self.dropped = 0
        self._longest = longest
        self._start_over()

    def _start_over(self) -> None:
        self._offset = 0
        self._inside_dropped = False
        self._inode = -1
        self._read_as: tuple[int, ...] = ()  # how the file looked when it was last read to its end
        self._mark = b""  # what stood before the offset: tells a rewritten file from a longer one

    def read_new(self) -> Iterator[bytes]:
        """Lines that were completed since the last call, without their line feed."""
        try:
            file = self.path.open("rb")
        except FileNotFoundError:
            self._start_over()
            return
        with file:
            now = os.fstat(file.fileno())
            looks = (now.st_ino, now.st_size, now.st_mtime_ns)
            if looks == self._read_as:
                return
            if now.st_ino != self._inode or not self._goes_on(file, now.st_size):
                self._start_over()
                self._inode = now.st_ino
            try:
                yield from self._lines(file)
                self._read_as = looks
            finally:
                self._mark = self._before_offset(file)

    def _before_offset(self, file: BinaryIO) -> bytes:
        start = max(0, self._offset - _MARK_BYTES)
        file.seek(start)
        return file.read(self._offset - start)

    def _goes_on(self, file: BinaryIO, size: int) -> bool:
        return size >= self._offset and self._before_offset(file) == self._mark

    def _lines(self, file: BinaryIO) -> Iterator[bytes]:
        file.seek(self._offset)
        held = bytearray()
        while window := file.read(WINDOW_BYTES):
            *ended, rest = window.split(b"\n")
            for piece in ended:
                held += piece
                line = bytes(held)
                held.clear()
                self._offset += len(line) + 1
                if self._keeps(line):
                    yield line
            held += rest
            if self._inside_dropped or len(held) > self._longest:
                self._drop(held)

    def _keeps(self, line: bytes) -> bool:
        if self._inside_dropped:
            self._inside_dropped = False
            return False
        if len(line) > self._longest:
            self.dropped += 1
            return False
        return True

    def _drop(self, held: bytearray) -> None:
        self.dropped += not self._inside_dropped
        self._inside_dropped = True
        self._offset += len(held)
        held.clear()
