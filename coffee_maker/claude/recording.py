"""A session's terminal, written down as asciicast v2.

The format is public (asciinema's documentation, "asciicast v2"): one line of JSON with the size,
then one line an event: seconds since the beginning, its kind (`o` printed, `m` a marker), text.
The text is Unicode, so bytes that are no UTF-8 become U+FFFD, once each; all others survive.

A recording is a file `ID.cast` and, once that has half of what it may have, files `ID.1.cast`,
`ID.2.cast` and so on with a quarter each, of which the newest two are kept. So the beginning and
the end survive. Each begins with the whole screen: what follows a gap looks right. The limit may
be passed by what is printed within half a second.
"""

import codecs
import json
import os
import re
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from pathlib import Path

CAP_BYTES = 20_000_000
FOLDER_BYTES = 1_000_000_000  # of all sessions together; the oldest go first
_HELD_BYTES = 8 << 20  # at most, that were printed and are not yet in the file
_ESCAPED = 6  # bytes that one byte may become in JSON
_LINE_BYTES = 40  # of an event without its text
_AFTER_A_BREAK = 1.0  # seconds: how long a break looks, however long it was
_TAIL = 4096
_C1 = re.compile("[\x7f-\x9f\u2028\u2029]")  # JSON would let them stand as they are

SUFFIX = ".cast"
_NUMBER = re.compile(r"(?:\.([1-9]\d*))?\.cast")


class Recorder:
    """Writes one session's recording; what went wrong is in `trouble`, and nothing is raised.

    `take` only notes, and is called with `lock` held; `flush` writes, and waits for nobody who
    holds it longer than a moment. `redraw` gives bytes that draw the whole screen as it is.
    An earlier recording of the same session is gone on with, behind a marker.
    """

    def __init__(
        self,
        folder: Path,
        session: str,
        *,
        size: tuple[int, int],
        title: str,
        redraw: Callable[[], bytes],
        lock: AbstractContextManager[object],
        cap_bytes: int = CAP_BYTES,
        monotonic: Callable[[], float] = time.monotonic,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._folder, self._session = folder, session
        self._size, self._title, self._redraw = size, title, redraw
        self._lock, self._cap = lock, cap_bytes
        self._monotonic, self._now = monotonic, now
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._held: list[tuple[float, bytes]] = []
        self._held_bytes = 0
        self._number = self._written = 0
        self._file: int | None = None
        self._offset = 0.0
        self.trouble = ""
        try:
            self._open()
        except OSError as error:
            self._stop(error)

    def take(self, data: bytes) -> None:
        """The program printed this."""
        if self._file is None:
            return
        if self._held_bytes > _HELD_BYTES:  # a disk that hangs must not fill the memory
            self.trouble = "the disk takes too long"
            return
        self._held.append((self._seconds(), data))
        self._held_bytes += len(data)

    def flush(self) -> None:
        """Put what was taken into the file."""
        with self._lock:
            held, self._held, at_most = self._held, [], self._most_written()
            self._held_bytes = 0
            # Twice: as much may come the next time.
            is_full = self._written + 2 * at_most >= self._limit()
            # As it is now: what is printed from here on goes into the next part.
            drawn = self._redraw() if held and is_full else b""
        if not held or self._file is None or self.trouble:
            return
        try:
            self._write("".join(self._event(at, "o", self._decoder.decode(d)) for at, d in held))
            if is_full:
                self._next_part(drawn)
        except OSError as error:
            self._stop(error)

    def close(self) -> None:
        """Write the rest."""
        self.flush()
        rest = self._decoder.decode(b"", final=True)
        file, trouble = self._file, self.trouble
        if file is None:
            return
        try:
            if rest and not trouble:
                self._write(self._event(self._seconds(), "o", rest))
            os.close(file)
        except OSError as error:
            self._stop(error)
        self._file = None

    def _open(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        prune(self._folder, keep=self._session)
        earlier = parts(self._folder, self._session)
        self._number = max(earlier, default=0)
        path = self._path(self._number)
        last = _last_seconds(path) if earlier else None
        if last is None:
            self._offset = -self._monotonic()
            self._begin(path)
            return
        self._offset = last + _AFTER_A_BREAK - self._monotonic()
        _drop_broken_line(path)
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC)
        self._written = os.fstat(self._file).st_size
        when = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(self._now()))
        self._write(self._event(self._seconds(), "m", f"resumed {when}"))
        self._write(self._event(self._seconds(), "o", "\x1b[0m\x1b[r\x1b[2J\x1b[H"))

    def _begin(self, path: Path) -> None:
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND | os.O_CLOEXEC
        self._file = os.open(path, flags, 0o600)
        self._written = 0
        columns, rows = self._size
        header = {"version": 2, "width": columns, "height": rows, "timestamp": int(self._now())}
        self._write(json.dumps(header | {"title": self._title}) + "\n")

    def _next_part(self, drawn: bytes) -> None:
        """Go on in another file, and let go of the oldest but the first."""
        self._let_go()
        self._number += 1
        for number, path in parts(self._folder, self._session).items():
            if 0 < number < self._number - 1:
                path.unlink(missing_ok=True)
        self._begin(self._path(self._number))
        self._write(self._event(self._seconds(), "o", drawn.decode("utf-8", "replace")))

    def _most_written(self) -> int:
        return _ESCAPED * self._held_bytes + _LINE_BYTES * len(self._held)

    def _limit(self) -> int:
        return self._cap // (4 if self._number else 2)

    def _write(self, text: str) -> None:
        data = text.encode("utf-8", "replace")
        self._written += len(data)
        while data and self._file is not None:
            data = data[os.write(self._file, data) :]

    def _event(self, seconds: float, kind: str, text: str) -> str:
        if not text:
            return ""
        line = json.dumps([round(seconds, 3), kind, text], ensure_ascii=False)
        return _C1.sub(lambda found: f"\\u{ord(found[0]):04x}", line) + "\n"

    def _seconds(self) -> float:
        return max(0.0, self._monotonic() + self._offset)

    def _stop(self, error: OSError) -> None:
        self.trouble = self.trouble or f"{error.strerror or error}: {self._path(self._number)}"
        self._let_go()

    def _let_go(self) -> None:
        file, self._file = self._file, None
        if file is not None:
            with suppress(OSError):
                os.close(file)

    def _path(self, number: int) -> Path:
        return self._folder / f"{self._session}{f'.{number}' if number else ''}{SUFFIX}"


def parts(folder: Path, session: str) -> dict[int, Path]:
    """The files of a session's recording, by their numbers, in order."""
    found = {}
    for path in folder.glob(f"{session}*{SUFFIX}"):
        number = _NUMBER.fullmatch(path.name.removeprefix(session))
        if number:
            found[int(number[1] or 0)] = path
    return dict(sorted(found.items()))


def prune(folder: Path, *, keep: str, at_most: int = FOLDER_BYTES) -> None:
    """Delete the files that were written longest ago, but none of the session `keep`."""
    looks = [(path.stat(), path) for path in folder.glob(f"*{SUFFIX}")]
    looks.sort(key=lambda look: look[0].st_mtime)
    total = sum(stat.st_size for stat, _ in looks)
    for stat, path in looks:
        if total <= at_most:
            return
        if not path.name.startswith(keep):
            path.unlink(missing_ok=True)
            total -= stat.st_size


def _last_seconds(path: Path) -> float | None:
    """When its newest event was; None where it is no recording."""
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        for back in (min(size, _TAIL), size):
            file.seek(size - back)
            for line in reversed(file.read(back).split(b"\n")):
                try:
                    found = json.loads(line)
                except ValueError:
                    continue
                if isinstance(found, list) and found and isinstance(found[0], (int, float)):
                    return float(found[0])
                if isinstance(found, dict) and "version" in found:
                    return 0.0
    return None


def _drop_broken_line(path: Path) -> None:
    """Whoever was killed may have left half a line, which other players choke on."""
    with path.open("rb+") as file:
        size = file.seek(0, os.SEEK_END)
        at = size
        while at:
            start = max(0, at - _TAIL)
            file.seek(start)
            found = file.read(at - start).rfind(b"\n")
            if found >= 0:
                if start + found + 1 < size:
                    file.truncate(start + found + 1)
                return
            at = start
