"""Pieces on a stream between a live session and those who watch it: a kind, a length, a body."""

import struct
from collections.abc import Iterator
from enum import Enum

_HEAD = struct.Struct("!cI")
LONGEST = 1 << 20  # bytes; a longer one is nonsense


class Kind(Enum):
    """What a piece is. The first three come from the session, the others from a viewer."""

    WELCOME = b"w"  # JSON: session, columns, rows
    OUTPUT = b"o"  # what the program printed
    NOTE = b"n"  # JSON: text for the status line, and whether it is the last word
    HELLO = b"h"  # JSON: write, tty
    KEYS = b"k"  # what the person typed


def frame(kind: Kind, body: bytes) -> bytes:
    """One piece, ready to be sent."""
    return _HEAD.pack(kind.value, len(body)) + body


class Frames:
    """Puts pieces together again, however they were cut on the way."""

    def __init__(self) -> None:
        self._held = bytearray()

    def feed(self, data: bytes) -> Iterator[tuple[Kind, bytes]]:
        """Those that are complete now. Raises ValueError on what is no such stream."""
        self._held += data
        while len(self._held) >= _HEAD.size:
            letter, length = _HEAD.unpack_from(self._held)
            if length > LONGEST:
                raise ValueError(f"a piece of {length} bytes")
            end = _HEAD.size + length
            if len(self._held) < end:
                return
            body = bytes(self._held[_HEAD.size : end])
            del self._held[:end]
            yield Kind(letter), body
