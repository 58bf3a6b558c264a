"""One end for a whole exchange: a time limit of the library's is for each piece alone."""

import socket
import threading
from types import TracebackType
from typing import Any, Self

from requests.adapters import HTTPAdapter


class Deadline:
    """After so many seconds every connection that was handed in is cut off; `passed` says so.

    Where a name is looked up, and where a connection is made, the limits of the system and of
    the library hold.
    """

    def __init__(self, seconds: float) -> None:
        self._lock = threading.Lock()
        self._lines: list[socket.socket] = []
        self._timer = threading.Timer(seconds, self._cut)
        self._timer.daemon = True
        self.passed = False

    def holds_for(self, line: socket.socket) -> None:
        """Cut this connection off too, at once where it is late already."""
        copy = line.dup()  # TLS takes the connection over, and leaves the original without it
        with self._lock:
            self._lines.append(copy)
            if self.passed:
                _end(copy)

    def __enter__(self) -> Self:
        self._timer.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._timer.cancel()
        with self._lock:
            for line in self._lines:
                line.close()
            self._lines.clear()

    def _cut(self) -> None:
        with self._lock:
            self.passed = True
            for line in self._lines:
                _end(line)


class Within(HTTPAdapter):
    """Sends as the library does, on connections that the deadline cuts off."""

    def __init__(self, deadline: Deadline) -> None:
        super().__init__()
        self._deadline = deadline

    def get_connection_with_tls_context(self, *args: Any, **named: Any) -> Any:
        """The library's pool, whose new connections are handed in before anything is said."""
        pool: Any = super().get_connection_with_tls_context(*args, **named)
        kind, deadline = pool.ConnectionCls, self._deadline

        class HandedIn(kind):  # type: ignore[misc,valid-type]
            def _new_conn(self) -> socket.socket:
                line: socket.socket = super()._new_conn()
                deadline.holds_for(line)
                return line

        pool.ConnectionCls = HandedIn
        return pool


def _end(line: socket.socket) -> None:
    try:
        line.shutdown(socket.SHUT_RDWR)
    except OSError:
        return  # the far side has ended it
