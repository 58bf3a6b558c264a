"""The journal as a file that a third party can verify: JSON lines with the hashes of the chain.

The first line says what is to follow, the others are entries. docs/audit.md describes the form.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import TypeVar

from coffee_maker.domain.errors import StoreError
from coffee_maker.store.chain import BEGINNING, Link, Walk, walk
from coffee_maker.store.codec import decode, encode
from coffee_maker.store.journal import SqlJournal

Fact = TypeVar("Fact")

FORM = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The first line: which entries follow, and the hashes before them and at their end."""

    audit: int
    first: int
    count: int
    previous: str
    newest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Line:
    id: int
    at: str
    task: str
    kind: str
    body: str
    hash: str


def export_lines(journal: SqlJournal, *, after: int = 0) -> Iterator[str]:
    """The lines of an export, each with its end; what is written meanwhile is left out."""
    newest = journal.last()
    after = min(after, newest)
    previous = _hash_of(journal, after)
    end = _hash_of(journal, newest)
    head = Head(audit=FORM, first=after + 1, count=newest - after, previous=previous, newest=end)
    yield f"{encode(head)}\n"
    for link in islice(journal.links(after=after), newest - after):
        line = _Line(
            id=link.id,
            at=link.at,
            task=link.task,
            kind=link.kind,
            body=link.body,
            hash=link.hash.hex(),
        )
        yield f"{encode(line)}\n"


def verify_lines(lines: Iterable[str]) -> Walk:
    """Walk along an export; an end that is missing is a break, too.

    Raises StoreError where a line is none of an export.
    """
    told = enumerate(lines, start=1)
    head = _head(told)
    found = walk(_links(told), after=head.first - 1, previous=_bytes(1, head.previous))
    end = found.last.hash.hex() if found.last else head.previous
    if found.broken is None and (found.count, end) != (head.count, head.newest):
        broken = head.first + min(found.count, head.count)
        return Walk(count=found.count, first=found.first, last=found.last, broken=broken)
    return found


def _hash_of(journal: SqlJournal, id: int) -> str:
    link = next(journal.links(after=id - 1), None) if id else None
    return link.hash.hex() if link else BEGINNING.hex()


def _head(told: Iterator[tuple[int, str]]) -> Head:
    _, line = next(told, (1, ""))
    head = _read(1, line, Head)
    if head.audit != FORM:
        raise StoreError(
            f"it is an export of form {head.audit}, and this version reads form {FORM}",
            cure="Use the version of coffee_maker that wrote it.",
        )
    return head


def _links(told: Iterator[tuple[int, str]]) -> Iterator[Link]:
    for number, text in told:
        line = _read(number, text, _Line)
        yield Link(
            id=line.id,
            at=line.at,
            task=line.task,
            kind=line.kind,
            body=line.body,
            hash=_bytes(number, line.hash),
        )


def _read(number: int, text: str, type_: type[Fact]) -> Fact:
    try:
        return decode(text, type_)
    except StoreError as error:
        raise _no_export(number) from error


def _bytes(number: int, digits: str) -> bytes:
    try:
        return bytes.fromhex(digits)
    except ValueError as error:
        raise _no_export(number) from error


def _no_export(number: int) -> StoreError:
    return StoreError(
        f"line {number} is not what `coffee-maker audit export` writes",
        cure="Ask for the file again: it was changed, cut, or is another one.",
    )
