"""The lines that a unified diff adds and takes away, by file, with their numbers."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

_HUNK = re.compile(r"@@ -\d+(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")
_ESCAPE = re.compile(rb'\\([abtnvfr"\\]|[0-7]{3})')
_ESCAPED = {
    b"a": b"\a", b"b": b"\b", b"t": b"\t", b"n": b"\n", b"v": b"\v", b"f": b"\f", b"r": b"\r",
    b'"': b'"', b"\\": b"\\",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class FileDiff:
    """One file: `added` are (number in the new file, text), `removed` are texts.

    `path` is where it is now, or was where it was deleted.
    """

    path: str
    added: tuple[tuple[int, str], ...]
    removed: tuple[str, ...]


def read_diff(diff: str) -> tuple[FileDiff, ...]:
    """The files that have lines in what `git diff` printed, with its usual prefixes.

    Hunks are followed by their own counts, so no line of a file is ever taken for a header.
    """
    return tuple(file for file in _files(diff.split("\n")) if file.path)


def _files(lines: list[str]) -> Iterator[FileDiff]:
    path = old = ""
    added: list[tuple[int, str]] = []
    removed: list[str] = []
    begun = False
    at = 0
    while at < len(lines):
        line = lines[at]
        at += 1
        if line.startswith("diff --git "):
            if begun:
                yield FileDiff(path=path or old, added=tuple(added), removed=tuple(removed))
            path, old, added, removed, begun = "", "", [], [], True
        elif line.startswith("--- "):
            old = _path(line[4:], "a/")
        elif line.startswith("+++ "):
            path = _path(line[4:], "b/")
        elif line.startswith("rename to "):
            path = _unquoted(line[len("rename to ") :])
        elif hunk := _HUNK.match(line):
            at = _read_hunk(lines, at, hunk, added, removed)
    if begun:
        yield FileDiff(path=path or old, added=tuple(added), removed=tuple(removed))


def _read_hunk(
    lines: list[str],
    at: int,
    hunk: re.Match[str],
    added: list[tuple[int, str]],
    removed: list[str],
) -> int:
    old_left, number, new_left = int(hunk[1] or 1), int(hunk[2]), int(hunk[3] or 1)
    while at < len(lines) and (old_left > 0 or new_left > 0):
        line = lines[at]
        at += 1
        match line[:1]:
            case "+":
                added.append((number, line[1:].rstrip("\r")))
                number, new_left = number + 1, new_left - 1
            case "-":
                removed.append(line[1:].rstrip("\r"))
                old_left -= 1
            case "\\":
                continue
            case _:
                number, old_left, new_left = number + 1, old_left - 1, new_left - 1
    return at


def _path(text: str, prefix: str) -> str:
    path = _unquoted(text.rstrip("\t\r"))
    return "" if path == "/dev/null" else path.removeprefix(prefix)


def _unquoted(text: str) -> str:
    """git quotes names with odd bytes as C does, unless `core.quotePath` is off."""
    if len(text) < 2 or not (text.startswith('"') and text.endswith('"')):
        return text
    raw = _ESCAPE.sub(
        lambda found: _ESCAPED.get(found[1]) or bytes([int(found[1], 8) & 255]),
        text[1:-1].encode("utf-8", "surrogateescape"),
    )
    return raw.decode("utf-8", "backslashreplace")
