"""Somebody who watches a live session at its socket, without a terminal of their own."""

import json
import time
from pathlib import Path

from coffee_maker.claude.frames import Frames, Kind, frame
from coffee_maker.claude.live_path import connect
from coffee_maker.claude.picture import Picture


class Onlooker:
    """Says hello at once; `wait_for` reads until the picture holds something."""

    def __init__(self, path: Path, *, write: bool = False, tty: str = "pts/9") -> None:
        self.socket = connect(path)
        self.socket.settimeout(0.1)
        self._frames = Frames()
        self._picture = Picture(120, 40)
        self.notes: list[str] = []
        self.ended = False
        self._send(Kind.HELLO, json.dumps({"write": write, "tty": tty}).encode())

    def type(self, keys: bytes) -> None:
        self._send(Kind.KEYS, keys)

    @property
    def text(self) -> str:
        lines = [line.rstrip() for line in self._picture.screen.display]
        return "\n".join(line for line in lines if line)

    def wait_for(self, part: str, seconds: float = 10) -> str:
        """What is shown, once it holds `part`, or a note does."""
        end = time.monotonic() + seconds
        while part not in self.text and part not in self.notes and not self.ended:
            assert time.monotonic() < end, f"{part!r} did not come up on\n{self.text}\n{self.notes}"
            self._read()
        return self.text

    def wait_for_the_end(self, seconds: float = 10) -> None:
        end = time.monotonic() + seconds
        while not self.ended:
            assert time.monotonic() < end
            self._read()

    def close(self) -> None:
        self.socket.close()

    def _send(self, kind: Kind, body: bytes) -> None:
        self.socket.sendall(frame(kind, body))

    def _read(self) -> None:
        try:
            data = self.socket.recv(1 << 16)
        except TimeoutError:
            return
        self.ended = not data
        for kind, body in self._frames.feed(data):
            if kind is Kind.OUTPUT:
                self._picture.feed(body)
            elif kind is Kind.NOTE:
                self.notes.append(json.loads(body)["text"])
