"""What the webhooks say in the same words: how to answer, where they cannot take an answer."""

from urllib.parse import urlsplit

from coffee_maker.domain.foreign_text import cut
from coffee_maker.domain.message import Card, Message
from coffee_maker.domain.visible import visible


def link_of(message: Message) -> str:
    """The page to answer on; empty where there is none, or where it is no web address."""
    try:
        parts = urlsplit(message.link)
    except ValueError:
        return ""
    return message.link if parts.scheme in ("http", "https") and parts.hostname else ""


def command_for(card: Card) -> str:
    """What to type at the machine; empty where nothing is to be answered."""
    if not card.code:
        return ""
    first = card.buttons[0].value if card.buttons else "your answer"
    word = first if first.isalnum() else f"'{first}'" if "'" not in first else "…"
    return f"coffee-maker inbox answer {card.code} {word}"


def about_task(card: Card) -> str:
    """The task's name and title, in one line; empty for none."""
    return ": ".join(part for part in (card.task, card.title) if part)


def bounded(text: str, limit: int) -> str:
    """Fit to be shown, and cut with a mark that lies within the limit."""
    shown = visible(text).strip()
    return shown if len(shown) <= limit else cut(shown, limit - 2, mark=" …")


def answers(card: Card) -> str:
    """What may be answered, in one line; empty where nothing is offered."""
    words = [
        button.value if button.value == button.label.lower() else f"{button.value} ({button.label})"
        for button in card.buttons
    ]
    return " / ".join([*words, "your own words"] if card.own_words else words)
