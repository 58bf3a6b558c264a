"""A question as a box of text, for a terminal."""

import textwrap
from collections.abc import Iterator
from datetime import datetime
from unicodedata import combining, east_asian_width

from coffee_maker.domain.answers import offered
from coffee_maker.domain.question import Question
from coffee_maker.domain.visible import one_line, visible

WIDTH = 74
_LINES_AT_MOST = 30


def prompt_box(question: Question, now: datetime, width: int = WIDTH) -> str:
    """The box; `now` in UTC tells how much time is left. `width`: of the text in it, in cells."""
    rule = "─" * (width + 2)
    between = f"├{rule}┤"
    answer = [*_asked(question), "", f"Answer: {offered(question)}", _silence(question, now)]
    rows = [f"┌{rule}┐", _row("CLAUDE ASKS", width), between]
    for part, end in ((_about(question), between), (answer, f"└{rule}┘")):
        rows += [_row(line, width) for text in part for line in _wrapped(text, width)]
        rows.append(end)
    return "\n".join(rows)


def _about(question: Question) -> Iterator[str]:
    title = question.context.get("title", "")
    yield f"Task: {question.task}" + (f" · {title}" if title else "")
    for name, value in question.context.items():
        if name != "title":
            yield f"{name.capitalize()}: {value}"


def _asked(question: Question) -> Iterator[str]:
    """The question, what the agent says the call is for, and what each option means."""
    yield question.text
    call = question.tool_call
    purpose = call.input.get("description") if call is not None else None
    if isinstance(purpose, str) and purpose.strip():
        yield f"Claude says: {one_line(purpose)}"
    if any(option.description for option in question.options):
        yield ""
        for number, option in enumerate(question.options, start=1):
            yield f"{number} {option.label}" + (
                f": {option.description}" if option.description else ""
            )


def _silence(question: Question, now: datetime) -> str:
    minutes, seconds = divmod(max(0, int((question.deadline - now).total_seconds())), 60)
    left = f"{minutes} min {seconds} s" if minutes else f"{seconds} s"
    return f"Silence for {left} means: {question.safe_default}"


def _wrapped(text: str, width: int) -> list[str]:
    lines: list[str] = []
    for line in visible(text, keep="\n").split("\n"):
        lines += textwrap.wrap(line, width) or [""]
    if len(lines) > _LINES_AT_MOST:
        hidden = len(lines) - _LINES_AT_MOST
        lines = [*lines[:_LINES_AT_MOST], f"… {hidden} more lines"]
    return lines


def _row(text: str, width: int) -> str:
    return f"│ {text}{' ' * max(0, width - _cells(text))} │"


def _cells(text: str) -> int:
    wide = sum(east_asian_width(character) in "WF" for character in text)
    return len(text) + wide - sum(bool(combining(character)) for character in text)
