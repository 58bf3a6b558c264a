"""A question's card as a box of text, for a terminal."""

import textwrap
from collections.abc import Iterator
from datetime import datetime
from unicodedata import combining, east_asian_width

from coffee_maker.domain.amounts import duration
from coffee_maker.domain.message import Card
from coffee_maker.domain.visible import visible

WIDTH = 74
_LINES_AT_MOST = 30
_DIFF_LINES = 20


def prompt_box(card: Card, now: datetime, width: int = WIDTH) -> str:
    """The box; `now` in UTC tells how much time is left. `width`: of the text in it, in cells."""
    rule = "─" * (width + 2)
    between = f"├{rule}┤"
    answer = [card.text, "", f"Answer: {_answers(card)}", _silence(card, now)]
    parts = [list(_about(card)), answer]
    if card.diff:
        parts.insert(1, _diff(card.diff))
    rows = [f"┌{rule}┐", _row(card.heading.upper(), width), between]
    for part in parts:
        rows += [_row(line, width) for text in part for line in _wrapped(text, width)]
        rows.append(between)
    return "\n".join([*rows[:-1], f"└{rule}┘"])


def _about(card: Card) -> Iterator[str]:
    if card.task or card.title:
        told = " · ".join(part for part in (card.task, card.title) if part)
        yield f"Task: {told}"
    for name, value in card.details:
        yield f"{name}: {value}"
    yield f"Code: {card.code}"


def _answers(card: Card) -> str:
    """What may be typed; the options themselves stand above it."""
    if not card.own_words:
        return "yes / no [reason]"
    return "a number, or your own words" if card.buttons else "in your own words"


def _silence(card: Card, now: datetime) -> str:
    if card.deadline is None:
        return card.silence
    left = max(0.0, (card.deadline - now).total_seconds())
    return f"{card.silence} ({duration(left)} left)"


def _diff(diff: str) -> list[str]:
    lines = diff.splitlines()
    more = len(lines) - _DIFF_LINES
    return [*lines[:_DIFF_LINES], *([f"… {more} more lines"] if more > 0 else [])]


def _wrapped(text: str, width: int) -> list[str]:
    lines: list[str] = []
    for line in visible(text).split("\n"):
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
