"""A Discord webhook: embeds with a link, brought up to date in place.

Limits and fields: discord.com/developers/docs, "Embed Limits" and "Execute Webhook".
"""

import json
import re

from coffee_maker.channels.webhooks.posting import TIMEOUT_SECONDS, Poster, Refused, as_json
from coffee_maker.channels.webhooks.text import about_task, answers, bounded, command_for, link_of
from coffee_maker.domain.errors import ChannelError
from coffee_maker.domain.message import About, Card, Message, Sent
from coffee_maker.domain.ports import Receive
from coffee_maker.domain.question import Severity
from coffee_maker.domain.visible import one_line

TITLE, DESCRIPTION, FIELDS, FIELD_NAME, FIELD_VALUE, TOTAL = 256, 4096, 25, 256, 1024, 6000
_DETAILS = 12
_DETAIL_CHARACTERS = 240
_COLOURS = {Severity.ROUTINE: 0x5865F2, Severity.IMPORTANT: 0xF0B232, Severity.CRITICAL: 0xDA373C}
_SETTLED_COLOUR = 0x80848E
_MARKUP = re.compile(r"([\\*_~`|>#\[\]()<@])")
_EMPTY = "\u200b"  # an empty name or value is refused
_MENTION = re.compile(r"\d{5,25}")

Json = dict[str, object]


class DiscordWebhook:
    """Posts every message; answers come in by the link or at the machine.

    `mention` is the id of the user who is called for questions; nobody else can be.
    """

    name = "discord"

    def __init__(
        self, url: str, mention: str = "", *, timeout_seconds: float = TIMEOUT_SECONDS
    ) -> None:
        self._poster = Poster(url, whose="the Discord webhook", timeout_seconds=timeout_seconds)
        self._mention = mention.strip().strip("<@!>")

    def open(self, receive: Receive) -> None:  # noqa: ARG002 - the port's
        """Nothing comes in here. Raises ChannelError where nobody can be called like that."""
        if self._mention and not _MENTION.fullmatch(self._mention):
            raise ChannelError(
                "Discord's `mention` is no user id",
                cure="switch on the developer mode and copy the user's id: a long number",
            )

    def send(self, message: Message) -> Sent:
        """Post it, or edit the question's message. Raises ChannelError."""
        body = as_json(payload(message, self._mention))
        if message.about is About.SETTLED and message.reference.isdigit():
            return self._edit(message, body)
        answer = self._poster.send(body, query={"wait": "true"})
        return Sent(reference=_id_in(answer))

    def poll(self) -> None:
        """Nothing comes in here."""

    def close(self) -> None:
        """Nothing is held open."""

    def _edit(self, message: Message, body: bytes) -> Sent:
        try:
            self._poster.send(body, method="PATCH", below=f"/messages/{message.reference}")
        except Refused as error:
            if error.status != 404 or not self._is_there():
                raise
            # Somebody deleted the message: there is nothing left to bring up to date.
        return Sent(reference=message.reference)

    def _is_there(self) -> bool:
        """True where the webhook itself still stands. Raises ChannelError."""
        self._poster.send(b"", method="GET")
        return True


def payload(message: Message, mention: str = "") -> Json:
    """What is posted for a message."""
    calls = bool(mention) and message.about in (About.ASK, About.DIGEST)
    made: Json = {
        "content": f"<@{mention}>" if calls else "",
        "embeds": [_embed(message)],
        # Whatever the text says, it can call nobody.
        "allowed_mentions": {"parse": [], "users": [mention] if calls else []},
    }
    return made if message.about is About.SETTLED else {**made, "username": "coffee_maker"}


def escaped(text: str, limit: int) -> str:
    """Shown as it is, no markup of its own; the limit holds for what is sent."""
    safe = _MARKUP.sub(r"\\\1", bounded(text, limit))
    if _length(safe) <= limit:
        return safe
    while _length(safe) > limit - 2:
        safe = safe[: len(safe) - max(1, (_length(safe) - limit) // 2)]
    # A backslash at the end has lost the sign it stood before.
    loose = len(safe) - len(safe.rstrip("\\"))
    return (safe[:-1] if loose % 2 else safe) + " …"


def _embed(message: Message) -> Json:
    card, settled = message.card, message.about is About.SETTLED
    title = escaped(card.heading, TITLE) or "coffee\\_maker"
    fields = _fields(message)
    used = _length(title) + sum(_length(f"{each['name']}{each['value']}") for each in fields)
    room = min(DESCRIPTION, TOTAL - used)
    embed: Json = {
        "title": title,
        "description": _digest(message, room) if message.cards else _body(card, room),
        "fields": fields,
        "color": _SETTLED_COLOUR if settled else _COLOURS[card.severity],
    }
    return {**embed, "url": link} if (link := link_of(message)) and not settled else embed


def _fields(message: Message) -> list[Json]:
    card, asks = message.card, message.about is About.ASK
    told = [("Task", about_task(card)), *card.details[:_DETAILS]]
    if message.outcome:
        told = [("Outcome", message.outcome), *told]
    if asks:
        told += [("Answers", answers(card)), ("Silence", card.silence)]
    fields = [
        _field(escaped(name, 80), escaped(value, _DETAIL_CHARACTERS))
        for name, value in told
        if value
    ]
    if asks and (way := _way(message)):
        fields.append(_field("How to answer", way))
    return fields[-FIELDS:]


def _field(name: str, value: str) -> Json:
    return {"name": name or _EMPTY, "value": value or _EMPTY, "inline": False}


def _way(message: Message) -> str:
    link, command = link_of(message), command_for(message.card)
    if link:
        # Angle brackets: the address as it stands, and no preview that opens it.
        return f"<{link}>" if len(link) < FIELD_VALUE - 2 else "the title is the link"
    return _code(command) if command else ""


def _body(card: Card, room: int) -> str:
    fence = "```diff\n{}\n```"
    text = escaped(card.text, room if not card.diff else room // 2)
    left = room - _length(text) - len(fence) - 2
    if not card.diff or left < 100:
        return text
    # No fence of the diff's own may end this one.
    diff = bounded(card.diff, left // 2).replace("`", "`\u200b")
    while _length(diff) > left:
        diff = diff[:-100]
    return f"{text}\n{fence.format(diff)}"


def _digest(message: Message, room: int) -> str:
    lines, used = [], 0
    for number, card in enumerate(message.cards):
        line = f"{_code(card.code)} {escaped(one_line(card.text, 120), 250)}"
        if used + _length(line) > room - 80:
            lines.append(f"… and {len(message.cards) - number} more")
            break
        lines.append(line)
        used += _length(line) + 1
    codes = any(card.code for card in message.cards)
    return "\n".join([*lines, _code("coffee-maker inbox list")] if codes else lines)


def _code(text: str) -> str:
    plain = one_line(text, 300).replace("`", "'")
    return f"`{plain}`" if plain else ""


def _length(text: str) -> int:
    """As Discord counts: an emoji is two."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _id_in(answer: bytes) -> str:
    try:
        said = json.loads(answer)
    except ValueError:
        return ""
    found = str(said.get("id", "")) if isinstance(said, dict) else ""
    return found if found.isdigit() else ""
