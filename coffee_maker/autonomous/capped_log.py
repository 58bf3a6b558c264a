"""A log that other processes write into, and that never fills the disk."""

import contextlib
import os
import shutil
from pathlib import Path
from typing import BinaryIO

LIMIT_BYTES = 2_000_000


class CappedLog:
    """`path` holds what was written last, `path`.1 what was before it; both at most so long.

    Whoever writes meanwhile writes on: the file stays the same one, as every writer appends. What
    is written in the instant of the change may be lost.
    """

    def __init__(self, path: Path, limit_bytes: int = LIMIT_BYTES) -> None:
        self._path, self._limit = path, limit_bytes

    def open(self) -> BinaryIO:
        """The file, to be given to a process as its output."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self.trim()
        return self._path.open("ab")

    def trim(self) -> None:
        """Put aside what is too long; made for being called often.

        A log that cannot be put aside is emptied, and one that is gone is left alone.
        """
        with contextlib.suppress(OSError):
            size = self._path.stat().st_size
            if size < self._limit:
                return
            try:
                self._keep(size)
            finally:
                os.truncate(self._path, 0)

    def _keep(self, size: int) -> None:
        """The end of it, from the first whole line on."""
        kept = self._path.with_name(f"{self._path.name}.1")
        with self._path.open("rb") as whole, kept.open("wb") as copy:
            if size > self._limit:
                whole.seek(size - self._limit)
                whole.readline()
            shutil.copyfileobj(whole, copy)
