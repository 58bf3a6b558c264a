"""The journal's hash chain: what a link is, and where a chain is broken.

An entry's hash is SHA-256 over the hash before it (nothing for the first) and the JSON array
[id, at, task, kind, body], written in UTF-8 without blanks and with nothing escaped that JSON does
not require. `body` is a string: the event's own JSON, byte for byte as it was written.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from coffee_maker.store.codec import encode

BEGINNING = b""  # what stands before the first entry


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """An entry as it stands in the journal, not yet read as an event."""

    id: int
    at: str
    task: str
    kind: str
    body: str
    hash: bytes

    def fits(self, previous: bytes) -> bool:
        """True where it is as it was written, behind an entry with the hash `previous`."""
        return self.hash == chained(previous, (self.id, self.at, self.task, self.kind, self.body))


@dataclass(frozen=True, slots=True, kw_only=True)
class Walk:
    """What was found on the way along a chain: its whole part, and the first break."""

    count: int = 0
    first: Link | None = None
    last: Link | None = None
    broken: int | None = None
    """The first id that is not as it was written."""
    stands: Link | None = None
    """What stands at the break: the entry that was changed, or the one behind a gap."""


def chained(previous: bytes, entry: Sequence[object]) -> bytes:
    """The hash of an entry (id, at, task, kind, body) behind one with the hash `previous`."""
    return hashlib.sha256(previous + encode(entry).encode()).digest()


def walk(links: Iterable[Link], *, after: int = 0, previous: bytes = BEGINNING) -> Walk:
    """Along the chain from behind entry `after`, whose hash is `previous`, to its first break."""
    first = last = None
    count = 0
    for link in links:
        expected = after + count + 1
        if link.id != expected or not link.fits(previous):
            return Walk(count=count, first=first, last=last, broken=expected, stands=link)
        first, last, previous = first or link, link, link.hash
        count += 1
    return Walk(count=count, first=first, last=last)
