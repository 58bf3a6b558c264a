"""Facts to JSON and back, by the dataclasses of the domain.

What a newer version wrote is readable here: fields that are not known are left out, an event of
an unknown kind is an `UnknownEvent`. A known kind must keep the fields it has always had; one that
must change gets a new name.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any, TypeVar

import msgspec

from coffee_maker.domain.errors import StoreError
from coffee_maker.domain.events import EVENT_TYPES, Entry, Event, NoticeGiven

Fact = TypeVar("Fact")

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"

_to_json = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True, kw_only=True)
class UnknownEvent(NoticeGiven):
    """What a newer version wrote: a notice for every reader, its own `body` for the curious."""

    written_as: str
    body: str


def encode(fact: object) -> str:
    """One line of JSON. Text that is no Unicode (half a surrogate pair) has its bad parts replaced.

    Raises StoreError where it holds something that JSON has no word for.
    """
    try:
        return _to_json(fact).decode()
    except UnicodeEncodeError:
        return _to_json(_replaced(msgspec.to_builtins(fact))).decode()
    except (TypeError, ValueError, RecursionError) as error:
        raise StoreError(f"a {type(fact).__name__} cannot be written down: {error}") from error


def decode(text: str, type_: type[Fact]) -> Fact:
    """The fact that `encode` wrote. Raises StoreError saying what does not fit."""
    try:
        return _decoder(type_).decode(text)  # type: ignore[no-any-return, arg-type]
    except (msgspec.MsgspecError, RecursionError, ValueError) as error:
        raise StoreError(f"it is no {type_.__name__}: {error}") from error


def encode_event(event: Event) -> tuple[str, str]:
    """An event's kind and body. Raises StoreError where it could not be read back."""
    if isinstance(event, UnknownEvent):
        return event.written_as, event.body
    body = encode(event)
    # A figure such as NaN turns into null, and would then be in every reader's way for ever.
    decode(body, type(event))
    return event.kind, body


def decode_entry(id: int, at: str, task: str, kind: str, body: str) -> Entry:
    """A row of the journal as an entry. Raises StoreError naming the id."""
    try:
        event = _decode_event(kind, body)
        return Entry(id=id, at=datetime.fromisoformat(at), task=task, event=event)
    except (StoreError, ValueError) as error:
        raise StoreError(
            f"event {id} ({kind}) cannot be read: {error}",
            cure="The journal was changed or damaged there; restore it from a backup.",
        ) from error


def entry_line(entry: Entry) -> str:
    """An entry as one line of JSON for programs: id, at, task, kind, the event's own fields."""
    kind, body = encode_event(entry.event)
    head = {"id": entry.id, "at": entry.at, "task": entry.task, "kind": kind}
    # Twice: first it gives the order, and then no field of a newer version hides it.
    return encode(head | decode(body, dict[str, Any]) | head)


def moment(at: datetime) -> str:
    """A time as the tables hold it, of one length, so that text order is time's order."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def storable(text: str) -> str:
    """Text as a column holds it: without NUL, which PostgreSQL refuses, and half surrogates."""
    return _unicode(text).replace("\0", REPLACEMENT)


def _decode_event(kind: str, body: str) -> Event:
    known = EVENT_TYPES.get(kind)
    if known is not None:
        return decode(body, known)
    decode(body, dict[str, Any])
    message = f"A newer version wrote something this one does not know: {kind}"
    return UnknownEvent(message=message, written_as=kind, body=body)


def _unicode(text: str) -> str:
    if text.isascii():
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _replaced(value: Any) -> Any:
    match value:
        case str():
            return _unicode(value)
        case dict():
            return {_replaced(key): _replaced(item) for key, item in value.items()}
        case list() | tuple():
            return [_replaced(item) for item in value]
        case _:
            return value


@cache
def _decoder(type_: type[Any]) -> Any:
    return msgspec.json.Decoder(type_)
