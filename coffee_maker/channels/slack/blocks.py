"""A message as Slack's blocks.

Foreign words stand only in `plain_text` and in the text elements of `rich_text`, which Slack shows
as they are: no markup, no link and no @channel in them does anything. Limits are those of
https://docs.slack.dev/reference/block-kit/blocks.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Any

from coffee_maker.channels.slack.events import ANSWER, block_id
from coffee_maker.domain.message import About, Button, Card, Message
from coffee_maker.domain.question import Severity, question_code
from coffee_maker.domain.visible import one_line, visible

Block = dict[str, Any]

HINT = "hint"  # stands on what may be answered by writing in the thread
SETTLED = "settled"  # stands on what has its answer

_HEADER, _BUTTON, _VALUE, _TEXT, _URL = 150, 75, 2000, 2900, 3000
_BUTTONS, _FIELDS, _BLOCKS, _PIECES = 25, 10, 50, 3
_LISTED = 40  # of a digest: a heading, a mention and a hint are blocks as well
_UNNAMED = "coffee_maker"
_MEMBER, _GROUP = re.compile(r"[UW][A-Z0-9]+"), re.compile(r"S[A-Z0-9]+")
_EVERYBODY = frozenset({"here", "channel", "everyone"})


def fallback(message: Message) -> str:
    """What a notification shows, and a reader who sees no blocks; markup in it does nothing."""
    card = message.card
    said = message.outcome if message.about is About.SETTLED else card.text
    whole = ": ".join(part for part in (card.heading, said) if part)
    return escaped(one_line(whole, 1000)) or _UNNAMED


def escaped(text: str) -> str:
    """Foreign words in a text that Slack looks through for links and mentions."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def parent_text(card: Card) -> str:
    """The message that a task's thread hangs on."""
    return one_line(f"{card.task}: {card.title}" if card.title else card.task, _HEADER)


def parent_blocks(card: Card) -> list[Block]:
    return [_header(parent_text(card))]


def blocks(message: Message, mention: str) -> list[Block]:
    """The blocks of a message; `mention` is a member's or a group's id, `here`, or empty."""
    match message.about:
        case About.ASK:
            return _ask(message, mention)
        case About.SETTLED:
            return _settled(message)
        case About.DIGEST:
            return _digest(message, mention)
        case About.NOTICE:
            return _notice(message)


def linked_blocks(message: Message, mention: str) -> list[Block]:
    """The same where no click and no text comes back: the link, or the command, answers."""
    card = message.card
    match message.about:
        case About.ASK:
            link = _link(message.link)
            command = f"coffee-maker inbox answer {code_of(card, message.question)}"
            way = (
                f"Answer on that page, or run: {command}" if link else f"To answer, run: {command}"
            )
            return [
                *_called(mention),
                *_shown(card),
                *(_rich(_listing(card.buttons)) if card.buttons else []),
                *([{"type": "actions", "elements": [link]}] if link else []),
                {"type": "context", "elements": [_plain(way, 500), *_silence(card)]},
            ]
        case About.DIGEST:
            found = [
                *_called(mention),
                _header(card.heading),
                *map(_listed, _each_once(message.cards)[:_LISTED]),
            ]
            return [*found, _context("To answer, run: coffee-maker inbox answer CODE")]
        case _:
            return blocks(message, mention)


def settled_line(card: Card, question: str, outcome: str) -> Block:
    """What stands in a digest once this one has its answer."""
    code = code_of(card, question)
    line = f"{code}  {one_line(card.text or card.heading, 200)}\n✓ {one_line(outcome, 200)}"
    return _section(line, block_id(SETTLED, code, question))


def code_of(card: Card, question: str) -> str:
    return card.code or (question_code(question) if question else "")


def _shown(card: Card) -> list[Block]:
    return [
        _header(card.heading),
        *_rich(card.text),
        *_fields(card.details),
        *_diff(card.diff),
    ]


def _ask(message: Message, mention: str) -> list[Block]:
    card = message.card
    code = code_of(card, message.question)
    actions = _actions(card, message, code)
    found = [
        *_called(mention),
        *_shown(card),
        *_in_words(card),
        *([actions] if actions["elements"] else []),
        _hint(card, block_id(HINT, code, message.question)),
    ]
    return found[:_BLOCKS]


def _settled(message: Message) -> list[Block]:
    card = message.card
    named = block_id(SETTLED, code_of(card, message.question), message.question)
    return [
        _header(card.heading),
        *_rich(card.text),
        *_fields(card.details),
        _section(f"✓ {one_line(message.outcome, 500)}", named),
    ]


def _notice(message: Message) -> list[Block]:
    card = message.card
    link = _link(message.link)
    return [
        *_shown(card),
        *([{"type": "actions", "elements": [link]}] if link else []),
    ]


def _digest(message: Message, mention: str) -> list[Block]:
    cards = _each_once(message.cards)
    left_out = len(cards) - _LISTED
    found = [*_called(mention), _header(message.card.heading)]
    if message.card.text:
        found += _rich(message.card.text)
    found += [_listed(card) for card in cards[:_LISTED]]
    if left_out > 0:
        found.append(_section(f"… and {left_out} more: coffee-maker inbox list"))
    if any(card.code for card in cards):
        how = "Answer in this message's thread with the code and the answer, as in: "
        code = next(card.code for card in cards if card.code)
        found.append(_context(f"{how}{code} yes"))
    return found


def _each_once(cards: Sequence[Card]) -> list[Card]:
    """No code twice: Slack refuses a message with two blocks of one name."""
    codes = [card.code for card in cards]
    return [card for at, card in enumerate(cards) if not card.code or card.code not in codes[:at]]


def _listed(card: Card) -> Block:
    words = [one_line(card.text or card.heading, 300)]
    if card.code:
        about = " · ".join(part for part in (card.code, card.task, str(card.severity)) if part)
        labels = " / ".join(one_line(button.label, 60) for button in card.buttons[:_BUTTONS])
        words = [about, *words, *([labels] if labels else [])]
    named = block_id(HINT, card.code, card.code) if card.code else ""
    return _section(_cut("\n".join(words), _TEXT), named)


def _hint(card: Card, named: str) -> Block:
    first = "Or answer" if card.buttons and _clickable(card.buttons) else "Answer"
    own = " in your own words" if card.own_words else ""
    code = named.split(" ")[1]
    how = f"{first} in this thread{own}. Are several open here? Then begin with {code}"
    return {"type": "context", "block_id": named, "elements": [_plain(how, 500), *_silence(card)]}


def _silence(card: Card) -> list[Block]:
    return [_plain(one_line(card.silence, 300), 300)] if card.silence else []


def _clickable(buttons: Sequence[Button]) -> bool:
    """Whether Slack can hold them all as buttons; one place is kept for the link."""
    return len(buttons) < _BUTTONS and all(0 < len(button.value) <= _VALUE for button in buttons)


def _in_words(card: Card) -> list[Block]:
    """The answers that cannot be read in full on a button, nor in the question itself."""
    whole = _clickable(card.buttons) and all(
        len(button.label) <= _BUTTON or button.label in card.text for button in card.buttons
    )
    return [] if whole else _rich(_listing(card.buttons))


def _actions(card: Card, message: Message, code: str) -> Block:
    style = {"style": "danger"} if card.severity is Severity.CRITICAL else {}
    elements: list[Block] = []
    if _clickable(card.buttons):
        elements = [
            {
                "type": "button",
                "action_id": f"{ANSWER}:{number}",
                "text": _plain(one_line(button.label, _BUTTON) or "?", _BUTTON),
                "value": button.value,
                **style,
            }
            for number, button in enumerate(card.buttons, start=1)
        ]
    link = _link(message.link)
    named = block_id(ANSWER, code, message.question)
    return {
        "type": "actions",
        "block_id": named,
        "elements": [*elements, *([link] if link else [])],
    }


def _link(url: str) -> Block | None:
    if not url.startswith(("http://", "https://")) or len(url) > _URL:
        return None
    words = _plain("Open in the browser", _BUTTON)
    return {"type": "button", "action_id": "open", "text": words, "url": url}


def _listing(buttons: Iterable[Button]) -> str:
    """What to type for each, which is its value."""
    lines = ["Possible answers:"]
    for button in buttons:
        value, label = one_line(button.value, 200), one_line(button.label, 200)
        lines.append(value if label.casefold() == value.casefold() else f"{value}: {label}")
    return "\n".join(lines)


def _called(mention: str) -> list[Block]:
    if _MEMBER.fullmatch(mention):
        element = {"type": "user", "user_id": mention}
    elif _GROUP.fullmatch(mention):
        element = {"type": "usergroup", "usergroup_id": mention}
    elif mention in _EVERYBODY:
        element = {"type": "broadcast", "range": mention}
    else:
        return []
    return [_rich_block([{"type": "rich_text_section", "elements": [element]}])]


def _header(text: str) -> Block:
    return {"type": "header", "text": _plain(one_line(text, _HEADER) or _UNNAMED, _HEADER)}


def _section(text: str, named: str = "") -> Block:
    block: Block = {"type": "section", "text": _plain(text, _TEXT)}
    return {**block, "block_id": named} if named else block


def _context(text: str) -> Block:
    return {"type": "context", "elements": [_plain(text, 500)]}


def _fields(details: Sequence[tuple[str, str]]) -> list[Block]:
    fields = [
        _plain(f"{one_line(name, 60)}\n{one_line(value, 300) or '–'}", _VALUE)
        for name, value in details[: 2 * _FIELDS]
    ]
    return [
        {"type": "section", "fields": fields[at : at + _FIELDS]}
        for at in range(0, len(fields), _FIELDS)
    ]


def _diff(diff: str) -> list[Block]:
    return _written("rich_text_preformatted", diff.strip("\n")) if diff.strip() else []


def _rich(text: str) -> list[Block]:
    return _written("rich_text_section", text.strip() or "–")


def _written(kind: str, text: str) -> list[Block]:
    """A long text in as many blocks as it needs, up to a point."""
    shown = _cut(visible(text), _PIECES * _TEXT)
    pieces = [shown[at : at + _TEXT] for at in range(0, len(shown), _TEXT)]
    return [
        _rich_block([{"type": kind, "elements": [{"type": "text", "text": piece}]}])
        for piece in pieces
    ]


def _rich_block(elements: list[Block]) -> Block:
    return {"type": "rich_text", "elements": elements}


def _plain(text: str, limit: int) -> Block:
    return {"type": "plain_text", "text": _cut(visible(text), limit) or "–", "emoji": False}


def _cut(text: str, limit: int) -> str:
    if len(text) <= limit:
        return text
    said = f"\n… cut: {len(text):,} characters in all"
    return text[: limit - len(said)] + said if limit > 2 * len(said) else text[: limit - 1] + "…"
