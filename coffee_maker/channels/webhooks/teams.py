"""A Microsoft Teams workflow webhook: an Adaptive Card with a link.

Foreign text stands in `RichTextBlock`s alone: unlike `TextBlock` and `FactSet` they know no
Markdown, no mentions and no date macros, so that nothing has to be escaped and nothing can act.
Format: adaptivecards.io 1.4, learn.microsoft.com "Create incoming webhooks with Workflows".
"""

from coffee_maker.channels.webhooks.posting import TIMEOUT_SECONDS, Poster, as_json
from coffee_maker.channels.webhooks.text import about_task, answers, bounded, command_for, link_of
from coffee_maker.domain.message import About, Card, Message, Sent
from coffee_maker.domain.ports import Receive
from coffee_maker.domain.question import Severity

BIGGEST = 28_000  # bytes; Teams drops what is larger, without an error
# What is shown of the text and of the diff, in characters, the first that fits.
_SIZES = ((4000, 8000), (4000, 2000), (1500, 0), (300, 0))
_DETAILS = 10
_CARDS = 30
_COLOURS = {
    Severity.ROUTINE: "Accent",
    Severity.IMPORTANT: "Warning",
    Severity.CRITICAL: "Attention",
}

Json = dict[str, object]


class TeamsWebhook:
    """Posts every message; what is posted cannot be edited, so an outcome is a new, short card."""

    name = "teams"

    def __init__(self, url: str, *, timeout_seconds: float = TIMEOUT_SECONDS) -> None:
        self._poster = Poster(url, whose="the Teams webhook", timeout_seconds=timeout_seconds)

    def open(self, receive: Receive) -> None:
        """Nothing comes in here."""

    def send(self, message: Message) -> Sent:
        """Post it. Raises ChannelError."""
        self._poster.send(body_of(message))
        return Sent(reference=message.id)

    def poll(self) -> None:
        """Nothing comes in here."""

    def close(self) -> None:
        """Nothing is held open."""


def body_of(message: Message) -> bytes:
    """What is posted, small enough for Teams to show it."""
    for text, diff in _SIZES:
        body = as_json(payload(message, text, diff))
        if len(body) <= BIGGEST:
            break
    return body


def payload(message: Message, text: int = _SIZES[0][0], diff: int = _SIZES[0][1]) -> Json:
    """The message with its one card; so many characters are shown of the text and of the diff."""
    card: Json = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "msteams": {"width": "Full"},
        "body": _blocks(message, text, diff),
    }
    if (link := link_of(message)) and message.about is not About.SETTLED:
        card["actions"] = [{"type": "Action.OpenUrl", "title": "Answer", "url": link}]
    kind = "application/vnd.microsoft.card.adaptive"
    return {
        "type": "message",
        "attachments": [{"contentType": kind, "contentUrl": None, "content": card}],
    }


def _blocks(message: Message, text: int, diff: int) -> list[Json]:
    card = message.card
    heading = _block(card.heading or "coffee_maker", 200, weight="Bolder", size="Medium")
    match message.about:
        case About.SETTLED:
            said = [_block(message.outcome, 400), _block(card.text, 200, isSubtle=True)]
        case About.DIGEST:
            said = [_named(each.code, each.text, 160) for each in message.cards[:_CARDS]]
            said.append(_block(_left_out(message), 60, isSubtle=True))
        case _:
            heading = _block(
                card.heading or "coffee_maker",
                200,
                weight="Bolder",
                size="Medium",
                color=_COLOURS[card.severity],
            )
            said = [_block(card.text, text), *_facts(card), *_diff(card, diff)]
    said += _how(message)
    return [heading, *(block for block in said if block)]


def _facts(card: Card) -> list[Json]:
    told = [("Task", about_task(card)), *card.details[:_DETAILS]]
    return [_named(name, value, 400) for name, value in told if value]


def _diff(card: Card, limit: int) -> list[Json]:
    return [_block(card.diff, limit, fontType="Monospace")] if card.diff and limit else []


def _how(message: Message) -> list[Json]:
    card = message.card
    if message.about is not About.ASK:
        return []
    told = [_named("Answers", answers(card), 1500), _block(card.silence, 200, isSubtle=True)]
    if not link_of(message) and (command := command_for(card)):
        told.append(_named("How to answer", command, 300))
    return told


def _left_out(message: Message) -> str:
    more = len(message.cards) - _CARDS
    return f"… and {more} more" if more > 0 else ""


def _named(name: str, value: str, limit: int) -> Json:
    if not value:
        return {}
    runs = [_run(f"{bounded(name, 80)}: ", weight="Bolder"), _run(bounded(value, limit))]
    return {"type": "RichTextBlock", "inlines": runs}


def _block(text: str, limit: int, **look: object) -> Json:
    shown = bounded(text, limit)
    return {"type": "RichTextBlock", "inlines": [_run(shown, **look)]} if shown else {}


def _run(text: str, **look: object) -> Json:
    return {"type": "TextRun", "text": text, **look}
