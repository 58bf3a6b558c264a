"""A program in a real terminal, looked at as a person would."""

import os
import select
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pexpect
import pyte


class AgentInPty:
    """Starts at once; `close` leaves nothing of it."""

    def __init__(
        self,
        command: Sequence[str],
        *,
        cwd: Path,
        environment: Mapping[str, str],
        rows: int = 40,
        columns: int = 120,
    ) -> None:
        self._child = pexpect.spawn(
            command[0],
            list(command[1:]),
            cwd=str(cwd),
            env=dict(environment),
            dimensions=(rows, columns),
        )
        self._child.delaybeforesend = None
        self._screen = pyte.Screen(columns, rows)
        self._stream = pyte.ByteStream(self._screen)
        self._drawing = threading.Lock()
        self._closing = False
        # Always read: a program whose terminal is full stands still.
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def text(self) -> str:
        """The screen, without empty lines."""
        with self._drawing:
            lines = [line.rstrip() for line in self._screen.display]
        return "\n".join(line for line in lines if line)

    def wait_for(self, part: str | Callable[[str], bool], seconds: float = 10) -> str:
        """The screen, once it holds `part`."""
        holds = part if callable(part) else lambda text: part in text
        end = time.monotonic() + seconds
        while not holds(self.text()):
            assert time.monotonic() < end, f"{part!r} did not come up on\n{self.text()}"
            time.sleep(0.01)
        return self.text()

    def send(self, keys: str) -> None:
        self._child.send(keys)

    def resize(self, *, rows: int, columns: int) -> None:
        """As when a person pulls at the window's corner."""
        with self._drawing:
            self._screen.resize(rows, columns)
        self._child.setwinsize(rows, columns)

    def paste(self, text: str) -> None:
        """Paste a message, wait until it shows, and submit it."""
        before = self.text()
        self.send(f"\x1b[200~{text}\x1b[201~")
        self.wait_for(lambda now: now != before)
        self.send("\r")

    def exit_code(self, seconds: float = 10) -> int:
        """How it ended; minus the signal's number where one ended it."""
        end = time.monotonic() + seconds
        while self._child.isalive():
            assert time.monotonic() < end, f"it still runs:\n{self.text()}"
            time.sleep(0.01)
        self._reader.join()
        if self._child.signalstatus is not None:
            return -self._child.signalstatus
        return self._child.exitstatus or 0

    @property
    def pid(self) -> int:
        return self._child.pid or 0

    def close(self) -> None:
        self._closing = True
        self._reader.join()
        self._child.close(force=True)

    def _read(self) -> None:
        fd = self._child.child_fd
        while not self._closing:
            ready, _, _ = select.select([fd], [], [], 0.05)
            try:
                data = os.read(fd, 65536) if ready else None
            except OSError:  # Linux says so when the other end is closed
                return
            if data == b"":
                return
            with self._drawing:
                self._stream.feed(data or b"")
