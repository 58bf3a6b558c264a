"""The transcripts of a session, and when all of a turn has been written into them."""

import time
from collections.abc import Iterator
from pathlib import Path

from coffee_maker.claude.transcript import TranscriptReader
from coffee_maker.domain.usage import CountedAnswer

# Written behind the last answer of a turn, once the Stop hook has been served.
_END_OF_TURN = b'"stop_hook_summary"'
_FLUSH_SECONDS = 0.4  # lines were seen up to 0.2 s after the hook
_TAIL = 256 * 1024  # bytes in which the end of a turn is looked for


class Transcripts:
    """Follows the file that a session was expected to write, and those that its hooks name."""

    def __init__(self, expected: Path) -> None:
        self._current = expected
        self._readers = {expected: TranscriptReader(expected)}
        self._turn_from = 0
        self._ended_at = 0.0

    def follow(self, path: str) -> None:
        """A hook named this file."""
        if path:
            self._current = Path(path)
            self._readers.setdefault(self._current, TranscriptReader(self._current))

    def read_new(self) -> Iterator[CountedAnswer]:
        for reader in self._readers.values():
            yield from reader.read_new()

    def begin_turn(self) -> None:
        """A turn begins: what ends it will be written behind what is there now."""
        self._turn_from = self._size()

    def end_turn(self) -> None:
        """The turn is over; its last lines may still be on their way."""
        self._ended_at = time.monotonic()

    def is_complete(self) -> bool:
        """True once all of the turn was written, as far as can be known."""
        return self._is_marked() or time.monotonic() - self._ended_at >= _FLUSH_SECONDS

    def _is_marked(self) -> bool:
        size = self._size()
        if size <= self._turn_from:
            return False
        with self._current.open("rb") as file:
            file.seek(max(self._turn_from, size - _TAIL))
            return _END_OF_TURN in file.read(_TAIL)

    def _size(self) -> int:
        try:
            return self._current.stat().st_size
        except OSError:
            return 0
