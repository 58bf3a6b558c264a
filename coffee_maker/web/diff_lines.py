"""A unified diff, line by line, as a page colours it."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum


class LineKind(StrEnum):
    """What a line of a diff is; the value is its class in the style sheet."""

    ADDED = "added"
    REMOVED = "removed"
    PLACE = "place"
    FILE = "file"
    SAME = "same"


@dataclass(frozen=True, slots=True, kw_only=True)
class DiffLine:
    """One line as it stands in the diff, with its sign."""

    kind: LineKind
    text: str


def diff_lines(diff: str) -> Iterator[DiffLine]:
    """Every line with its kind; `---` and `+++` name files only outside of a hunk."""
    in_hunk = False
    for text in diff.removesuffix("\n").split("\n") if diff else ():
        kind = _kind(text, in_hunk=in_hunk)
        in_hunk = kind is not LineKind.FILE and (in_hunk or kind is LineKind.PLACE)
        yield DiffLine(kind=kind, text=text)


def _kind(text: str, *, in_hunk: bool) -> LineKind:
    if text.startswith("@@"):
        return LineKind.PLACE
    if text.startswith(("diff ", "index ")):
        return LineKind.FILE
    if not in_hunk and text.startswith(("--- ", "+++ ")):
        return LineKind.FILE
    if text.startswith("+"):
        return LineKind.ADDED
    return LineKind.REMOVED if text.startswith("-") else LineKind.SAME
