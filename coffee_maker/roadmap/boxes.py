"""Check boxes: list items that begin with `[ ]` or `[x]`."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from coffee_maker.domain.roadmap import Deliverable, Problem
from coffee_maker.roadmap.outline import Outline
from coffee_maker.roadmap.plain import plain

_ITEM = r"[ \t]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)"
_BOX = re.compile(rf"{_ITEM}+\[(?P<mark>[ xX])\][ \t]+(?P<text>\S.*?)[ \t]*$")
_NEARLY = re.compile(
    r"[ \t]*(?:[-*+]|\d{1,9}[.)])[ \t]*"
    r"\[(?:[ \t\u00a0]*|[xX~/>!-]|[ \t]+[xX][ \t]*|[xX][ \t]+)\](?![(\[:])"
)
_LIST_ITEM = re.compile(_ITEM)


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """A check box in the text: `line` is 0-based, `column` is where its mark stands."""

    line: int
    column: int
    done: bool
    raw: str
    text: str

    def deliverable(self) -> Deliverable:
        return Deliverable(text=self.text, done=self.done, line=self.line + 1)


def boxes(document: Outline, start: int, end: int) -> Iterator[Box]:
    """The check boxes in a span of lines, with the lines that carry a text on joined to it."""
    for line in range(start, end):
        text = document.lines[line]
        if "[" not in text or document.hidden[line] or not (found := _BOX.match(text)):
            continue
        raw = " ".join([found["text"], *_carried_on(document, line, end)])
        yield Box(
            line=line,
            column=found.start("mark"),
            done=found["mark"] != " ",
            raw=raw,
            text=plain(raw, keep_code=True),
        )


def _carried_on(document: Outline, box: int, end: int) -> Iterator[str]:
    depth = _indent(document.lines[box])
    for line in range(box + 1, end):
        text = document.lines[line]
        if not text.strip() or document.hidden[line] or _indent(text) <= depth:
            return
        if _LIST_ITEM.match(text):
            return
        yield text.strip()


def _indent(line: str) -> int:
    return len(line.expandtabs(4)) - len(line.expandtabs(4).lstrip())


def malformed_boxes(document: Outline, start: int, end: int) -> Iterator[Problem]:
    """Lines that were meant as check boxes and are none."""
    for line in range(start, end):
        text = document.lines[line]
        if "[" not in text or document.hidden[line]:
            continue
        if _NEARLY.match(text) and not _BOX.match(text):
            yield Problem(
                line=line + 1,
                message="this is no check box: write `- [ ] text` or `- [x] text`",
            )
