"""What stands on Claude Code's screen: text in, meaning out.

Read off Claude Code 2.1.197 and 2.1.329 at 120 by 40. Only what is recognised here is ever acted
upon; everything else is `UNKNOWN`, and a person's.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

CURSOR = "❯"
_RULE = re.compile(r"^[─━▔╌]{20,}")
_NUMBER = re.compile(r"^\d+\.\s+")
_VERSION = re.compile(r"Claude Code v(\S+)")
_KEYS = re.compile(r"(?:Enter to (?:confirm|select|continue)|Esc to (?:cancel|exit|go back))")
_WORKING = re.compile(r"\besc to interrupt\b")
_IDLE = re.compile(r"\? for shortcuts")
_PASTED = re.compile(r"\[Pasted text #\d+")


class ScreenKind(StrEnum):
    """Screens that are recognised."""

    PROMPT = "prompt"  # the input line takes text, whether or not a turn is under way
    TRUST = "trust"  # may the agent work in this folder?
    API_KEY = "api key"  # shall the key in the environment be used?
    LOGIN = "login"  # first-run set-up, or a login
    LIMIT = "limit"  # what to do about a spent plan
    DIALOG = "dialog"  # some other choice is waiting
    UNKNOWN = "unknown"


_DIALOGS = (
    (ScreenKind.TRUST, re.compile(r"Yes, I trust this folder")),
    (ScreenKind.API_KEY, re.compile(r"Detected a custom API key in your environment")),
    (
        ScreenKind.LOGIN,
        re.compile(
            r"Select login method|Choose the text style|Let's get started|Browser didn't open"
            r"|Unable to connect to Anthropic services"
        ),
    ),
    (ScreenKind.LIMIT, re.compile(r"Stop and wait for limit to reset")),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """A screen as understood.

    `rows` are a dialog's choices without their numbers, and `chosen` the one under the cursor (None
    where there is none). `input` is what stands in the input line, placeholders included.
    """

    kind: ScreenKind
    rows: tuple[str, ...] = ()
    chosen: int | None = None
    input: str = ""
    working: bool = False
    idle: bool = False


def read_screen(lines: Sequence[str]) -> View:
    """Understand a screen, given as its lines from top to bottom."""
    text = "\n".join(lines)
    for kind, mark in _DIALOGS:
        if mark.search(text) and (kind is ScreenKind.LOGIN or _KEYS.search(text)):
            rows, chosen = _choices(lines)
            return View(kind=kind, rows=rows, chosen=chosen)
    if _KEYS.search(text):
        rows, chosen = _choices(lines)
        return View(kind=ScreenKind.DIALOG, rows=rows, chosen=chosen)
    prompt = _prompt(lines)
    if prompt is None:
        return View(kind=ScreenKind.UNKNOWN)
    return View(
        kind=ScreenKind.PROMPT,
        input=prompt,
        working=bool(_WORKING.search(text)),
        idle=bool(_IDLE.search(text)),
    )


def version_on(lines: Sequence[str]) -> str:
    """The version that the start-up banner names, or nothing."""
    found = next((match for line in lines if (match := _VERSION.search(line))), None)
    return found[1] if found else ""


def shows(input: str, text: str) -> bool:
    """True where an input line holds a pasted text: one of its ends, or the mark for it."""
    seen, said = _squeezed(input), _squeezed(text)
    return bool(_PASTED.search(input)) or said[:20] in seen or said[-20:] in seen


def plain_text(lines: Sequence[str]) -> str:
    """A screen for people to read: no empty lines round it, no trailing blanks."""
    return "\n".join(line.rstrip() for line in lines).strip("\n")


def _squeezed(text: str) -> str:
    return "".join(text.split())


def _choices(lines: Sequence[str]) -> tuple[tuple[str, ...], int | None]:
    """The rows of the list that the cursor is in: neighbours with the same indent of their text."""
    at = next((i for i, line in reversed(list(enumerate(lines))) if _is_cursor(line)), None)
    if at is None:
        return (), None
    column = lines[at].index(CURSOR) + 2
    first, last = at, at
    while first > 0 and _is_row(lines[first - 1], column):
        first -= 1
    while last + 1 < len(lines) and _is_row(lines[last + 1], column):
        last += 1
    rows = tuple(_NUMBER.sub("", line[column:].strip()) for line in lines[first : last + 1])
    return rows, at - first


def _is_cursor(line: str) -> bool:
    return line.strip().startswith(CURSOR)


def _is_row(line: str, column: int) -> bool:
    return line[:column].strip() == "" and line[column : column + 1].strip() != ""


def _prompt(lines: Sequence[str]) -> str | None:
    """What stands in the input line: from the last cursor at the left edge to the rule below it."""
    at = next(
        (i for i, line in reversed(list(enumerate(lines))) if line.startswith(CURSOR)),
        None,
    )
    if at is None:
        return None
    held = [lines[at][1:]]
    for line in lines[at + 1 :]:
        if _RULE.match(line):
            break
        held.append(line)
    return "\n".join(part.strip() for part in held).strip()
