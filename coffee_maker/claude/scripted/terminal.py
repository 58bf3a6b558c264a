"""The scripted agent's side of a terminal: keys that come in, and the picture that is drawn."""

import codecs
import os
import re
import select
import sys
import termios
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import Self

_PASTE = "\x1b[200~"
_PASTE_END = "\x1b[201~"
_SEQUENCE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|O[A-Za-z])")
_LONE_ESCAPE_SECONDS = 0.05
_SHOWN_PASTE_LINES = 10
_NAMED = {"\x1b[A": "up", "\x1b[B": "down", "\x1b[27u": "escape", "\x1b[13u": "enter"}
_CONTROLS = {"\r": "enter", "\x7f": "backspace", "\x08": "backspace", "\x03": "interrupt"}


@dataclass(frozen=True, slots=True)
class Key:
    """A key by name (`enter`, `escape`, `up`, ...), or what was typed or pasted as `text`."""

    name: str
    text: str = ""


def split_keys(pending: str) -> tuple[list[Key], str]:
    """Keys that are complete, and the rest, which may be the beginning of another one."""
    keys: list[Key] = []
    while pending:
        if pending.startswith(_PASTE):
            text, end, rest = pending[len(_PASTE) :].partition(_PASTE_END)
            if not end:
                break
            keys.append(Key("text", text.replace("\r\n", "\n").replace("\r", "\n")))
            pending = rest
        elif found := _SEQUENCE.match(pending):
            if name := _NAMED.get(found[0]):
                keys.append(Key(name))
            pending = pending[found.end() :]
        elif pending[0] == "\x1b" and (len(pending) == 1 or pending[1] in "[O"):
            break
        else:
            first, pending = pending[0], pending[1:]
            name = "escape" if first == "\x1b" else _CONTROLS.get(first, "text")
            if name != "text" or first.isprintable() or first == "\n":
                keys.append(Key(name, first if name == "text" else ""))
    return keys, pending


class Terminal:
    """A full-screen terminal in raw mode; put back as it was at the end."""

    def __init__(self) -> None:
        self._in, self._out = sys.stdin.fileno(), sys.stdout.fileno()
        self._pending = ""
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._woken, self._wake = os.pipe()
        os.set_blocking(self._wake, False)
        self._before: list[object] = []
        self._picture = ""

    def __enter__(self) -> Self:
        self._before = termios.tcgetattr(self._in)
        raw = termios.tcgetattr(self._in)
        raw[0] &= ~(termios.ICRNL | termios.IXON | termios.INLCR | termios.IGNCR)
        raw[3] &= ~(termios.ICANON | termios.ECHO | termios.ISIG | termios.IEXTEN)
        termios.tcsetattr(self._in, termios.TCSANOW, raw)
        self._write("\x1b[?1049h\x1b[?2004h")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._write("\x1b[?2004l\x1b[?1049l")
        termios.tcsetattr(self._in, termios.TCSADRAIN, self._before)  # type: ignore[arg-type]

    def wake(self) -> None:
        """End a wait in `keys` early; may be called from another thread."""
        os.write(self._wake, b"!")

    def keys(self, timeout_seconds: float) -> Iterator[Key]:
        """Keys that came within the time. Raises EOFError when the terminal is gone."""
        waited = _LONE_ESCAPE_SECONDS if self._pending == "\x1b" else timeout_seconds
        ready, _, _ = select.select([self._in, self._woken], [], [], max(0.0, waited))
        if self._woken in ready:
            os.read(self._woken, 4096)
        if self._in in ready:
            self._pending += self._read()
        elif self._pending == "\x1b":
            self._pending = ""
            yield Key("escape")
        keys, self._pending = split_keys(self._pending)
        yield from keys

    def _read(self) -> str:
        try:
            data = os.read(self._in, 65536)
        except OSError:
            data = b""
        if not data:
            raise EOFError
        return self._decoder.decode(data)

    def draw(self, log: list[str], below: list[str]) -> None:
        """Show the end of `log` with `below` under it."""
        width, height = os.get_terminal_size(self._out)
        under = [line[:width] for line in below][-height:]
        wrapped: list[str] = []
        for line in reversed(log):
            if len(wrapped) >= height - len(under):
                break
            wrapped = (textwrap.wrap(line, width, subsequent_indent="  ") or [""]) + wrapped
        rows = wrapped[max(0, len(wrapped) + len(under) - height) :] + under
        picture = "\x1b[H\x1b[2J" + "\r\n".join(clean(row) for row in rows)
        if picture != self._picture:
            self._picture = picture
            self._write(picture)

    def rule(self) -> str:
        return "─" * os.get_terminal_size(self._out).columns

    def _write(self, text: str) -> None:
        data = text.encode("utf-8", "replace")
        while data:
            data = data[os.write(self._out, data) :]


def clean(text: str) -> str:
    """Text that cannot steer a terminal."""
    return "".join(c if c.isprintable() else " " for c in text)


def input_rows(text: str) -> list[str]:
    """The prompt row, with a long text folded away as the real program does."""
    lines = text.split("\n")
    if len(lines) > _SHOWN_PASTE_LINES:
        return [f"❯ [Pasted text #1 +{len(lines) - 1} lines]"]
    return [f"❯ {lines[0]}", *(f"  {line}" for line in lines[1:])]
