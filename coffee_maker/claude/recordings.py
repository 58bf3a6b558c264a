"""Recordings read again: which there are, what happened in them, and as one file for others."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from coffee_maker.claude.recording import parts
from coffee_maker.domain.errors import ClaudeError

GAP = "a part of the recording was left out here"
_SIZE_AT_MOST = 1000  # columns or rows: more is no terminal


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened:
    """`kind`: `o` for text that was printed, `m` for a marker. Seconds since the beginning."""

    seconds: float
    kind: str
    text: str


class Recording:
    """What was recorded of one session. Raises ClaudeError where there is nothing."""

    def __init__(self, folder: Path, session: str) -> None:
        self.session = session
        self._parts = parts(folder, session)
        if not self._parts:
            raise ClaudeError(f"nothing was recorded of the session {session}")
        self.path = next(iter(self._parts.values()))
        self._header = self._read_header()
        self.columns, self.rows = (self._side(name) for name in ("width", "height"))

    @property
    def paths(self) -> tuple[Path, ...]:
        """Its files: one, unless it grew too long for that."""
        return tuple(self._parts.values())

    @property
    def began_at(self) -> datetime:
        return datetime.fromtimestamp(int(self._header.get("timestamp") or 0), UTC)

    @property
    def size_bytes(self) -> int:
        return sum(path.stat().st_size for path in self.paths)

    def seconds(self) -> float:
        """How long it is."""
        last = 0.0
        for happened in self.events():
            last = happened.seconds
        return last

    def events(self) -> Iterator[Happened]:
        """All of it, in order. Lines that are broken, as by a crash, are passed over."""
        before, seconds = -1, 0.0
        for number, path in self._parts.items():
            if number > before + 1:
                yield Happened(seconds=seconds, kind="m", text=GAP)
            before = number
            with path.open("rb") as file:
                for line in file:
                    happened = _event(line)
                    if happened is not None:
                        seconds = happened.seconds
                        yield happened

    def lines(self) -> Iterator[str]:
        """The whole as one asciicast v2."""
        yield json.dumps(self._header) + "\n"
        for happened in self.events():
            event = [happened.seconds, happened.kind, happened.text]
            yield json.dumps(event, ensure_ascii=False) + "\n"

    def _read_header(self) -> dict[str, Any]:
        try:
            with self.path.open("rb") as file:
                found = json.loads(file.readline())
        except (OSError, ValueError, RecursionError) as error:
            raise ClaudeError(f"{self.path} is no recording: {error}") from error
        if not isinstance(found, dict) or found.get("version") != 2:
            raise ClaudeError(f"{self.path} is no asciicast in version 2")
        return found

    def _side(self, name: str) -> int:
        side = self._header.get(name)
        if not isinstance(side, int) or not 0 < side <= _SIZE_AT_MOST:
            raise ClaudeError(f"{self.path} tells of no window: its {name} is {side}")
        return side


def _event(line: bytes) -> Happened | None:
    try:
        match json.loads(line):
            case [int() | float() as seconds, str(kind), str(text)]:
                return Happened(seconds=float(seconds), kind=kind, text=text)
    except (ValueError, RecursionError):
        return None
    return None
