"""The block structure of a Markdown text: where its headings are and what is not prose.

markdown-it-py locates; only its block rules run, because inline parsing triples the time and
nothing here needs it (docs/decisions/010-roadmap-locating.md).
"""

import re
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING

from coffee_maker.domain.roadmap import Problem
from coffee_maker.roadmap.fields import fields

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

_RULES = (
    "fence",
    "code",
    "blockquote",
    "hr",
    "heading",
    "lheading",
    "html_block",
    "list",
    "paragraph",
)
_LINE_END = re.compile(r"\r\n|\n|\r")
_UNREAD = frozenset({"fence", "code_block", "html_block", "blockquote_open"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """A heading outside lists and quotes. `line` is 0-based, `after` the first line below it.

    `parent` is the index of the heading whose section holds this one, or None.
    """

    line: int
    after: int
    level: int
    text: str
    parent: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outline:
    """Lines without their ends, headings in order, and which lines are no prose.

    `hidden[line]` is 1 in code, HTML and quotes; `fenced[line]` is 1 in code fences only.
    """

    lines: list[str]
    headings: tuple[Heading, ...]
    hidden: bytearray
    fenced: bytearray
    problems: tuple[Problem, ...]


def outline(text: str) -> Outline:
    """Read the structure of a text; never fails. Line ends are LF, CR LF or CR, nothing else."""
    # Not str.splitlines: it also splits on form feeds and the like, and line numbers drift.
    lines = _LINE_END.split(text)
    tokens = _markdown().parse(text)
    hidden, fenced = bytearray(len(lines)), bytearray(len(lines))
    problems: list[Problem] = []
    for token in tokens:
        if token.type in _UNREAD and token.map:
            start, end = token.map
            _cover(hidden, start, end)
            if token.type == "fence":
                _cover(fenced, start, end)
            if end >= len(lines) - 1 and (problem := _unclosed(token, lines)):
                problems.append(problem)
    return Outline(
        lines=lines,
        headings=_headings(tokens),
        hidden=hidden,
        fenced=fenced,
        problems=tuple(problems),
    )


@cache
def _markdown() -> "MarkdownIt":
    from markdown_it import MarkdownIt  # 50 ms that `--help` need not spend

    markdown = MarkdownIt("commonmark")
    markdown.core.ruler.enableOnly(["normalize", "block"])
    markdown.block.ruler.enableOnly(list(_RULES))
    return markdown


def _cover(lines: bytearray, start: int, end: int) -> None:
    lines[start:end] = b"\1" * (min(end, len(lines)) - start)


def _headings(tokens: "list[Token]") -> tuple[Heading, ...]:
    headings: list[Heading] = []
    open_sections: list[int] = []
    for opening, content in pairwise(tokens):
        if opening.type != "heading_open" or opening.level or not opening.map:
            continue
        if opening.markup in {"=", "-"} and _is_prose(content.content):
            continue
        level = int(opening.tag[1:])
        while open_sections and headings[open_sections[-1]].level >= level:
            open_sections.pop()
        parent = open_sections[-1] if open_sections else None
        open_sections.append(len(headings))
        line, after = opening.map
        headings.append(
            Heading(line=line, after=after, level=level, text=content.content, parent=parent)
        )
    return tuple(headings)


def _is_prose(underlined: str) -> bool:
    """True where dashes under a text were meant as a rule: front matter, or a labelled line."""
    return "\n" in underlined or bool(fields(underlined))


def _unclosed(token: "Token", lines: list[str]) -> Problem | None:
    start = token.map[0] if token.map else 0
    if token.type == "fence":
        last = next((line for line in reversed(lines[start + 1 :]) if line.strip()), "")
        if last.strip(" \t").startswith(token.markup) and not last.strip(f" \t{token.markup[0]}"):
            return None
        return Problem(line=start + 1, message="this code fence is never closed")
    is_comment = token.type == "html_block" and token.content.lstrip().startswith("<!--")
    if is_comment and "-->" not in token.content:
        return Problem(line=start + 1, message="this comment is never closed")
    return None
