"""A person's terminal, lent for a while to show another one's screen, and given back as it was."""

import contextlib
import os
import select
import shutil
import signal
import sys
import termios
import tty
from types import FrameType, TracebackType
from typing import Any, Self

from coffee_maker.claude.picture import Picture
from coffee_maker.domain.visible import one_line

_ENTER = "\x1b[?1049h\x1b[2J"
_GONE = b"\x1d\x03"  # Ctrl-] and Ctrl-C, as whoever closes the terminal wants to leave
_LEAVE = "\x1b[0m\x1b[?2004l\x1b[?25h\x1b[?1049l"


class Window:
    """Use it as a context manager. Shows a picture as far as it fits, and one line below it.

    A terminal is needed on both standard input and output: `is_possible` says whether there is.
    """

    def __init__(self, picture: Picture, *, pastes: bool = False) -> None:
        self._picture, self._pastes = picture, pastes
        self._in, self._out = sys.stdin.fileno(), sys.stdout.fileno()
        self._before: list[Any] = []
        self._line = ""
        self._is_resized = True
        self._is_pasting = False
        self._columns, self._rows = 0, 0
        self._handlers: dict[int, Any] = {}
        self._wake, self._waker = os.pipe()

    @staticmethod
    def is_possible() -> bool:
        return sys.stdin.isatty() and sys.stdout.isatty()

    def __enter__(self) -> Self:
        self._before = termios.tcgetattr(self._in)
        os.set_blocking(self._waker, False)
        for number, handler in (
            (signal.SIGWINCH, self._resized),
            (signal.SIGTERM, _leave),
            (signal.SIGHUP, _leave),
        ):
            self._handlers[number] = signal.signal(number, handler)
        tty.setraw(self._in)
        self._write(_ENTER)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with contextlib.suppress(OSError):  # the terminal itself may be gone
            self._write(_LEAVE)
        with contextlib.suppress(termios.error):
            # With what was typed meanwhile thrown away: it was not meant for the shell.
            termios.tcsetattr(self._in, termios.TCSAFLUSH, self._before)
        for number, handler in self._handlers.items():
            signal.signal(number, handler)
        os.close(self._wake)
        os.close(self._waker)

    def show(self, line: str) -> None:
        """Bring the window up to date, with this line at its foot."""
        if self._is_resized:
            self._measure()
            self._line = ""
        changed = self._picture.changed()
        lines = range(self._picture.screen.lines) if self._is_resized else changed
        text = self._foot(line) + self._picture.paint(
            lines, columns=self._columns, rows=self._rows - 1
        )
        self._is_resized = False
        if self._pastes and self._picture.takes_pastes != self._is_pasting:
            self._is_pasting = self._picture.takes_pastes
            text += "\x1b[?2004h" if self._is_pasting else "\x1b[?2004l"
        self._write(text)

    def wait(self, seconds: float | None, *others: int) -> tuple[bytes, list[int]]:
        """What was typed, and which of the other descriptors have something, in so many seconds."""
        ready, _, _ = select.select([self._in, self._wake, *others], [], [], seconds)
        if self._wake in ready:
            os.read(self._wake, 64)
        typed = b""
        if self._in in ready:
            typed = self._read() or _GONE
        return typed, [other for other in others if other in ready]

    @property
    def too_small(self) -> str:
        """A word about it where the picture does not fit; empty where it does."""
        screen = self._picture.screen
        size = shutil.get_terminal_size()
        if size.columns >= screen.columns and size.lines > screen.lines:
            return ""
        return f"window too small for {screen.columns}x{screen.lines}: cut off"

    def _read(self) -> bytes:
        try:
            return os.read(self._in, 4096)
        except OSError:
            return b""

    def _measure(self) -> None:
        self._columns, self._rows = shutil.get_terminal_size()
        self._write("\x1b[0m\x1b[2J")

    def _foot(self, line: str) -> str:
        if line == self._line:
            return "\x1b[?25l"
        self._line = line
        row = min(self._rows, self._picture.screen.lines + 1)
        shown = one_line(line, max(1, self._columns - 1))
        return f"\x1b[?25l\x1b[{row}H\x1b[0;7m{shown}\x1b[0m\x1b[K"

    def _write(self, text: str) -> None:
        data = text.encode("utf-8", "replace")
        while data:
            data = data[os.write(self._out, data) :]

    def _resized(self, _: int, __: FrameType | None) -> None:
        self._is_resized = True
        with contextlib.suppress(OSError):
            os.write(self._waker, b"!")


def _leave(number: int, _: FrameType | None) -> None:
    raise SystemExit(128 + number)
