"""What a terminal shows, kept from the bytes that were printed, and painted on another terminal.

What is painted holds nothing but text, colours and cursor positions of our own making: whatever
else stood in the bytes (titles, clipboard writes, questions to the terminal) ends here.
"""

from collections.abc import Iterable

import pyte
from pyte.screens import Char, wcwidth

COLOURS = {
    name: number
    for number, name in enumerate(
        ("black", "red", "green", "brown", "blue", "magenta", "cyan", "white")
    )
}
_BRIGHT = "bright"
_STRANGE = {"bfightmagenta": "brightmagenta"}  # as pyte writes it
_STYLES = (("bold", 1), ("italics", 3), ("underscore", 4), ("blink", 5), ("reverse", 7))
_STRUCK = ("strikethrough", 9)
_PASTE_MODE = 2004 << 5  # pyte's way to hold a private mode
_SMALLEST = (2, 2)


class Picture:
    """A screen of a fixed size. Bytes that no terminal understands do no harm."""

    def __init__(self, columns: int, rows: int) -> None:
        self.screen = pyte.Screen(max(columns, _SMALLEST[0]), max(rows, _SMALLEST[1]))
        self._stream = pyte.ByteStream(self.screen)

    def feed(self, data: bytes) -> None:
        """Take in what was printed."""
        try:
            self._stream.feed(data)
        except (TypeError, ValueError, IndexError, KeyError):
            # pyte trips over some rare private sequences; the next redraw mends the screen.
            self._stream = pyte.ByteStream(self.screen)

    @property
    def takes_pastes(self) -> bool:
        """True where the program has asked for pastes to be marked as such."""
        return _PASTE_MODE in self.screen.mode

    def changed(self) -> tuple[int, ...]:
        """Rows that were printed on since the last call."""
        rows = tuple(sorted(self.screen.dirty))
        self.screen.dirty.clear()
        return rows

    def redraw(self) -> bytes:
        """Bytes that make an empty or a used terminal of this size look like this one."""
        screen = self.screen
        rows = self.paint(range(screen.lines), columns=screen.columns, rows=screen.lines)
        modes = "\x1b[?2004h" if self.takes_pastes else "\x1b[?2004l"
        style = _style(screen.cursor.attrs)
        return f"\x1b[?25l\x1b[r\x1b[0m\x1b[2J{modes}{rows}{style}".encode("utf-8", "replace")

    def paint(self, lines: Iterable[int], *, columns: int, rows: int) -> str:
        """These lines, as far as they fit into a window of that size, and then the cursor."""
        width = min(columns, self.screen.columns)
        fitting = [line for line in lines if line < min(rows, self.screen.lines)]
        drawn = "".join(f"\x1b[{line + 1}H{self._line(line, width)}" for line in fitting)
        return f"{drawn}{self._cursor(width, rows)}"

    def _line(self, number: int, width: int) -> str:
        row = self.screen.buffer[number]
        parts, style = ["\x1b[0m"], ""
        is_second_half = False
        for column in range(width):
            char = row[column]
            if is_second_half:
                is_second_half = False
                continue
            now = _style(char)
            if now != style:
                parts.append(now)
                style = now
            is_second_half = _is_wide(char) and column + 1 < width and not row[column + 1].data
            parts.append(_shown(char, is_wide=is_second_half))
        return "".join([*parts, "\x1b[0m\x1b[K" if width < self.screen.columns else "\x1b[0m"])

    def _cursor(self, width: int, rows: int) -> str:
        cursor = self.screen.cursor
        # Behind the last column a terminal waits with its next line; it shows itself on the last.
        column = min(cursor.x, self.screen.columns - 1)
        if cursor.hidden or column >= width or cursor.y >= rows:
            return "\x1b[?25l"
        return f"\x1b[{cursor.y + 1};{column + 1}H\x1b[?25h"


def _is_wide(char: Char) -> bool:
    return not char.data.isascii() and wcwidth(char.data[0]) == 2


def _shown(char: Char, *, is_wide: bool) -> str:
    """Exactly as wide as its cells: half a wide character, written over or cut off, is a blank."""
    if not char.data or (_is_wide(char) and not is_wide):
        return " "
    if char.data.isprintable():
        return char.data
    return "\N{REPLACEMENT CHARACTER} " if is_wide else "\N{REPLACEMENT CHARACTER}"


def _style(char: Char) -> str:
    """The sequence that sets a character's looks, whatever was set before."""
    codes = [0]
    codes += [code for name, code in (*_STYLES, _STRUCK) if getattr(char, name)]
    codes += _colour(char.fg, 30, 90, 38)
    codes += _colour(char.bg, 40, 100, 48)
    return "\x1b[" + ";".join(map(str, codes)) + "m"


def _colour(name: str, plain: int, bright: int, mixed: int) -> list[int]:
    name = _STRANGE.get(name, name)
    if name in COLOURS:
        return [plain + COLOURS[name]]
    if name.startswith(_BRIGHT) and name.removeprefix(_BRIGHT) in COLOURS:
        return [bright + COLOURS[name.removeprefix(_BRIGHT)]]
    try:
        red, green, blue = bytes.fromhex(name)
    except ValueError:
        return []
    return [mixed, 2, red, green, blue]
