"""A program in a terminal of its own, seen as a person would see it."""

import contextlib
import os
import select
import signal
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pexpect

from coffee_maker.claude.picture import Picture
from coffee_maker.domain.errors import ClaudeError, ClaudeMissing

# Tall: at 11 rows a dialog was seen to choose by itself.
COLUMNS, ROWS = 120, 40
_PIECE = 4096  # bytes written at once: a terminal's buffer is no larger
_WRITE_SECONDS = 20.0


class Terminal:
    """Starts a program at once, in a session (and process group) of its own.

    Raises ClaudeMissing where it cannot be started. Any thread may read it: whatever was printed
    goes to the `hearer` at once, in that thread and with the `lock` held.
    """

    def __init__(
        self, command: Sequence[str], *, cwd: Path, environment: Mapping[str, str]
    ) -> None:
        try:
            self._child = pexpect.spawn(
                command[0],
                list(command[1:]),
                cwd=str(cwd),
                env=dict(environment),
                dimensions=(ROWS, COLUMNS),
                timeout=None,
            )
        except (pexpect.ExceptionPexpect, OSError) as error:
            raise ClaudeMissing(
                f"{command[0]} cannot be started: {error}", cure="see `coffee-maker doctor`"
            ) from error
        self.pid = int(self._child.pid or 0)
        self.fd: int = self._child.child_fd
        os.set_blocking(self.fd, False)
        self.lock = threading.RLock()
        self.hearer: Callable[[bytes], None] | None = None
        self._picture = Picture(COLUMNS, ROWS)
        self._screen = self._picture.screen
        self._lines = ("",) * ROWS
        self._changed_at = time.monotonic()
        self.at_end = False

    @property
    def lines(self) -> tuple[str, ...]:
        """What stands on the screen, top to bottom, without trailing blanks."""
        with self.lock:
            if self._screen.dirty:
                self._render()
            return self._lines

    @property
    def still_seconds(self) -> float:
        """How long the screen has looked as it does."""
        with self.lock:
            if self._screen.dirty:
                self._render()
            return time.monotonic() - self._changed_at

    def redraw(self) -> bytes:
        """Bytes that draw the screen as it is."""
        with self.lock:
            return self._picture.redraw()

    def drain(self) -> bool:
        """Take in what was printed meanwhile, without waiting; True where there was something."""
        printed = False
        while self._read():
            printed = True
        return printed

    def offer(self, data: bytes) -> int:
        """Type as much of it as the program takes now; how many bytes that were."""
        with self.lock:
            if self.at_end:
                return len(data)
            try:
                return os.write(self.fd, data[:_PIECE])
            except BlockingIOError:
                return 0
            except OSError:
                self.at_end = True
                return len(data)

    def write(self, data: bytes) -> None:
        """Type something. Reads meanwhile, so that neither side can block the other."""
        end = time.monotonic() + _WRITE_SECONDS
        while data:
            self.drain()
            if self.at_end or time.monotonic() > end:
                raise ClaudeError("the agent's terminal takes no input")
            _, writable, _ = select.select([], [self.fd], [], 0.1)
            if writable:
                data = data[self.offer(data) :]

    def exit_code(self) -> int | None:
        """The code it ended with, or minus the signal that killed it; None while it runs."""
        try:
            alive = self._child.isalive()
        except pexpect.ExceptionPexpect:
            alive = False
        if alive:
            return None
        if self._child.signalstatus is not None:
            return -int(self._child.signalstatus)
        return int(self._child.exitstatus or 0)

    def wait(self, seconds: float) -> bool:
        """True when it has ended, within so many seconds. Keeps reading what it prints."""
        end = time.monotonic() + seconds
        while self.exit_code() is None:
            if (left := end - time.monotonic()) <= 0:
                return False
            self.drain()
            watched = [] if self.at_end else [self.fd]
            select.select(watched, [], [], min(left, 0.02))
        return True

    def end(self) -> None:
        """Kill it and its process group, and let go of the terminal."""
        if self.exit_code() is None:
            self._signal(signal.SIGKILL)
            self.wait(2.0)
        self.at_end = True
        if not self._child.closed:
            vars(self._child)["ptyproc"].delayafterclose = 0  # it is dead already
            self._child.close(force=True)

    def hang_up(self) -> None:
        """Ask it to end."""
        self._signal(signal.SIGTERM)

    def _render(self) -> None:
        # pyte's own `display` draws all rows and measures each character: 5 ms instead of 0.5.
        lines = list(self._lines)
        for number in self._screen.dirty:
            row = self._screen.buffer[number]
            lines[number] = "".join(row[column].data for column in range(COLUMNS)).rstrip()
        self._screen.dirty.clear()
        if tuple(lines) != self._lines:
            self._lines, self._changed_at = tuple(lines), time.monotonic()

    def _signal(self, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, number)

    def _read(self) -> bool:
        """Take in one piece; False where there is none."""
        with self.lock:
            if self.at_end:
                return False
            try:
                data = os.read(self.fd, 65536)
            except BlockingIOError:
                return False
            except OSError:  # Linux says so when the other end is closed
                data = b""
            if not data:
                self.at_end = True
                return False
            self._picture.feed(data)
            if self.hearer is not None:
                self.hearer(data)
            return True
