"""What Slack tells of what people did, read without trusting a word of it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from coffee_maker.domain.visible import one_line

ANSWER = "answer"  # the action of a button that answers; others only open a page
TEXT_LIMIT = 4000  # nobody answers at greater length, and all of it is kept
_ADDRESSED = re.compile(r"\A(?:\s*<@[^<>]*>)+[\s,:]*")
_MARKED = re.compile(r"<([@#!]?)([^<>|]*)(?:\|([^<>]*))?>")
_ENTITIES = (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """Somebody clicked, or wrote in a thread.

    `question` is its id or code for a click, and empty for a text. `thread`: of which message it
    is a reply, or which one was clicked. `key` is the same when Slack tells of it again. `at`: the
    ts of a text.
    """

    user: str
    name: str
    channel: str
    thread: str
    text: str
    key: str
    question: str = ""
    at: str = ""

    @property
    def who(self) -> str:
        """For people to read; nobody is let in by it."""
        user = one_line(self.user, 80)
        return f"{self.name} ({user})" if self.name else user


def block_id(kind: str, code: str, question: str) -> str:
    """A name for a block that says which question it is about; of at most 255 characters."""
    whole = f"{kind} {code} {question}"
    return whole if len(whole) <= 255 and question else f"{kind} {code} {code}"


def read_block_id(text: str) -> tuple[str, str, str] | None:
    """Its kind, and the question's code and id."""
    parts = text.split(" ", 2)
    return (parts[0], parts[1], parts[2]) if len(parts) == 3 and all(parts) else None


def read_click(payload: Mapping[str, object]) -> Heard | None:
    """A click on a button that answers; None for everything else."""
    match payload:
        case {
            "type": "block_actions",
            "user": {"id": str(user), **person},
            "actions": [
                {"action_id": str(action), "block_id": str(block), "value": str(value), **rest},
                *_,
            ],
        } if action.startswith(f"{ANSWER}:") and (named := read_block_id(block)):
            channel, thread = _place(payload)
            return Heard(
                user=user,
                name=_name(person.get("username") or person.get("name")),
                channel=channel,
                thread=thread,
                text=_whole(value),
                key=f"click {user} {rest.get('action_ts')} {block} {value}",
                question=named[2],
            )
    return None


def read_message(payload: Mapping[str, object]) -> Heard | None:
    """What a person wrote in a thread; None for edits, programs, and everything else."""
    match payload:
        case {
            "event": {
                "type": "message",
                "user": str(user),
                "text": str(text),
                "channel": str(channel),
                "thread_ts": str(thread),
                "ts": str(ts),
                **rest,
            }
        } if rest.get("subtype") in (None, "thread_broadcast") and "bot_id" not in rest:
            return Heard(
                user=user,
                name="",
                channel=channel,
                thread=thread,
                text=as_typed(text)[:TEXT_LIMIT],
                key=f"message {channel} {ts}",
                at=ts,
            )
    return None


def as_typed(text: str) -> str:
    """What stood in the person's window before Slack marked it up."""
    plain = _MARKED.sub(_unmarked, _ADDRESSED.sub("", text))
    for entity, sign in _ENTITIES:
        plain = plain.replace(entity, sign)
    return _whole(plain).strip()


def _whole(text: str) -> str:
    """Without halves of surrogate pairs, which no database takes."""
    return text.encode(errors="replace").decode()


def _unmarked(found: re.Match[str]) -> str:
    kind, target, label = found[1], found[2], found[3]
    if kind in ("@", "#"):
        return f"{kind}{label or target}"
    if kind == "!":
        return label or f"@{target}"
    return label if label and target.endswith(label) else target


def _name(name: object) -> str:
    return one_line(name, 80) if isinstance(name, str) else ""


def _place(payload: Mapping[str, object]) -> tuple[str, str]:
    """The channel and the thread of the message that was clicked."""
    match payload:
        case {
            "channel": {"id": str(channel)},
            "message": {"ts": str(ts), **message},
        }:
            thread = message.get("thread_ts")
            return channel, thread if isinstance(thread, str) else ts
        case {"channel": {"id": str(channel)}}:
            return channel, ""
    return "", ""
