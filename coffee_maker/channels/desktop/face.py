"""What a message looks like as a desktop notification: short, and plain whatever it holds."""

import html
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from coffee_maker.domain.message import About, Button, Card, Message
from coffee_maker.domain.question import Severity
from coffee_maker.domain.visible import one_line, visible

APP = "coffee-maker"
BUTTONS = 3  # what servers show beside one another
_TITLE, _TEXT, _LABEL, _LINES = 100, 300, 40, 6

Urgency = Literal["low", "normal", "critical"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Face:
    """`body` is escaped where the server reads markup. `stays`: until somebody reacts."""

    title: str
    body: str
    buttons: tuple[Button, ...] = ()
    own_words: bool = False
    urgency: Urgency = "normal"
    sound: bool = False
    stays: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    """What the server can do, and what the settings say."""

    markup: bool = False
    buttons: bool = True
    sound: bool = True
    urgency: str = "auto"


def face(message: Message, style: Style, note: str = "") -> Face:
    """The message; `note` says what was wrong with an answer to it."""
    card, asks = message.card, message.about is About.ASK
    shown = card.buttons[:BUTTONS] if asks and style.buttons else ()
    return Face(
        title=_title(card.heading),
        body=_body([note, *_lines(message, len(shown))], style),
        buttons=tuple(
            Button(label=one_line(b.label, _LABEL) or b.value, value=b.value) for b in shown
        ),
        own_words=asks and card.own_words and style.buttons,
        urgency=_urgency(message, style),
        sound=style.sound and (message.about is not About.NOTICE or _is_critical(card)),
        stays=asks,
    )


def note_face(heading: str, text: str, style: Style) -> Face:
    """A word that needs no answer, and goes by itself."""
    return Face(title=_title(heading), body=_body([text], style), urgency="low")


def _lines(message: Message, shown: int) -> Iterator[str]:
    card = message.card
    if message.about is About.DIGEST:
        yield from (
            f"{one.code}  {one_line(one.text, 60)}".strip() for one in message.cards[:_LINES]
        )
        if len(message.cards) > _LINES:
            yield f"… and {len(message.cards) - _LINES} more"
        yield f"{APP} inbox list"
        return
    if message.about is About.ASK:
        yield " · ".join(one_line(part) for part in (card.task, card.title) if part)
    yield card.text
    if message.about is About.ASK:
        yield card.silence
        yield _how(card, shown)


def _how(card: Card, shown: int) -> str:
    """The way to answer that always works, and what it offers beside the buttons."""
    if not card.code:
        return ""
    more = len(card.buttons) - shown
    if shown and more:
        return f"{more} more to choose from: {APP} inbox show {card.code}"
    return f"{APP} inbox answer {card.code} …"


def _title(heading: str) -> str:
    return one_line(heading, _TITLE) or APP


def _body(parts: list[str], style: Style) -> str:
    text = "\n".join(_bounded(part) for part in parts if part.strip())
    return html.escape(text, quote=False) if style.markup else text


def _bounded(part: str) -> str:
    lines = visible(part.strip(), keep="\n").split("\n")
    text = "\n".join(lines[:_LINES])
    cut = len(text) > _TEXT or len(lines) > _LINES
    return text[: _TEXT - 1].rstrip() + "…" if cut else text


def _urgency(message: Message, style: Style) -> Urgency:
    match style.urgency:
        case "low" | "normal" | "critical" as chosen:
            return chosen
    if _is_critical(message.card):
        return "critical"
    # A question of low urgency would be put away unseen: GNOME shows no banner for it.
    routine = message.card.severity is Severity.ROUTINE and message.about is About.NOTICE
    return "low" if routine else "normal"


def _is_critical(card: Card) -> bool:
    return card.severity is Severity.CRITICAL
