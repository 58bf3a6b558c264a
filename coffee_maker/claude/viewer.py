"""One person's window on a live session, as the session's side sees it."""

import json
import pwd
import socket
from collections.abc import Callable

from coffee_maker.claude.frames import Frames, Kind, frame

_PENDING_BYTES = 1 << 18  # on the way to one viewer; who is slower misses some and sees the rest
_PIECE = 1 << 16
_KEYS_AT_MOST = 1 << 16


class Viewer:
    """Never waits for the other side. `keys` is what the person typed and nobody took yet."""

    def __init__(self, connection: socket.socket, uid: int) -> None:
        connection.setblocking(False)  # noqa: FBT003 - the library's signature
        self.connection = connection
        self.who = _name(uid)
        self.is_known = False  # it has said hello
        self.wants_keyboard = self.has_keyboard = self.is_leaving = self.is_gone = False
        self.keys = bytearray()
        self._frames = Frames()
        self._pending = bytearray()
        self._is_behind = False

    @property
    def has_pending(self) -> bool:
        return bool(self._pending) or self._is_behind

    @property
    def is_heard(self) -> bool:
        """False while what they typed already is more than enough."""
        return not self.is_gone and len(self.keys) < _KEYS_AT_MOST

    def show(self, data: bytes) -> None:
        """What was printed just now."""
        if self._is_behind or len(self._pending) + len(data) > _PENDING_BYTES:
            self._is_behind = True
            return
        self._pending += frame(Kind.OUTPUT, data)

    def tell(self, kind: Kind, **fields: object) -> None:
        """Something beside the picture."""
        self._pending += frame(kind, json.dumps(fields).encode())

    def send(self, redraw: Callable[[], bytes]) -> None:
        """As much as the other side takes now. One that was behind gets the screen as it is."""
        if self._is_behind and not self._pending:
            self._is_behind = False
            self._pending += frame(Kind.OUTPUT, redraw())
        try:
            sent = self.connection.send(self._pending[:_PIECE])
            del self._pending[:sent]
        except BlockingIOError:
            return
        except OSError:
            self.is_gone = True

    def read(self) -> None:
        """Take in what the person did."""
        try:
            data = self.connection.recv(_PIECE)
            self.is_gone = not data
            for kind, body in self._frames.feed(data):
                if kind is Kind.HELLO:
                    self._greet(body)
                elif kind is Kind.KEYS and self.wants_keyboard:
                    self.keys += body
        except BlockingIOError:
            return
        except (OSError, ValueError, RecursionError):
            self.is_gone = True

    def _greet(self, body: bytes) -> None:
        said = json.loads(body)
        if not isinstance(said, dict):
            raise ValueError("no greeting")  # noqa: TRY004 - as of anything else that is nonsense
        self.is_known = True
        self.wants_keyboard = said.get("write") is True
        tty = str(said.get("tty") or "")[:40]
        if tty.isascii() and tty.isprintable() and tty:
            self.who = f"{self.who} at {tty}"


def _name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)
