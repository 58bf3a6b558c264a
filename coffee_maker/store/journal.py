"""The one log: append-only, gapless, and chained so that an edited history shows.

Whoever changes, removes or inserts an entry breaks the chain there; what the chain cannot tell is
that the newest entries were cut off, or that somebody computed all of it anew.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime

from coffee_maker.domain.events import Entry, Event, TokensCounted
from coffee_maker.domain.ports import Clock
from coffee_maker.store.chain import BEGINNING, Link, chained, walk
from coffee_maker.store.codec import decode_entry, encode_event, moment, storable
from coffee_maker.store.counted import count
from coffee_maker.store.database import Database
from coffee_maker.store.journal_sql import INSERT, REMEMBER_NEWEST, batch, newest_per_task

BATCH = 500  # entries held in memory at a time
POLL_SECONDS = 0.1  # a look costs some 10 µs, so a follower at rest uses 0.01 % of a core


class SqlJournal:
    """The port `Journal`, and what the command line and the views need beside it."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def append(self, event: Event, *, task: str = "") -> int:
        """Write an event; when this returns its id, it is on the disk. Raises StoreError.

        The sums over counted answers change in the same transaction.
        """
        with self._database.writing():
            return self.write(event, task=task)

    def write(self, event: Event, *, task: str) -> int:
        """`append` as a part of a transaction that is under way."""
        kind, body = encode_event(event)
        newest = self._database.rows("SELECT id, hash FROM events ORDER BY id DESC LIMIT 1")
        before, previous = newest[0] if newest else (0, BEGINNING)
        id_, of_task = int(before) + 1, storable(task)
        entry = (id_, moment(self._clock.now()), of_task, kind, body)
        self._database.change(INSERT, (*entry, chained(previous, entry)))
        self._database.change(REMEMBER_NEWEST, (of_task, kind, id_))
        if isinstance(event, TokensCounted):
            count(self._database, event, task=of_task, id=id_)
        return id_

    def read(
        self, *, after: int = 0, task: str | None = None, kinds: Sequence[str] = ()
    ) -> Iterator[Entry]:
        """Entries in order, in batches, up to the newest at the moment its batch is fetched.

        Raises StoreError naming the id of an entry that cannot be read.
        """
        of_task = None if task is None else storable(task)
        while rows := self._database.rows(
            *batch(after=after, task=of_task, kinds=kinds, size=BATCH)
        ):
            for row in rows:
                yield decode_entry(*row)
            after = rows[-1][0]

    def last(self) -> int:
        """The newest id, 0 where there is none. Takes some 10 µs on SQLite."""
        newest = self._database.rows("SELECT id FROM events ORDER BY id DESC LIMIT 1")
        return int(newest[0][0]) if newest else 0

    def wait_for_news(self, after: int, timeout_seconds: float) -> bool:
        """True as soon as there is an entry behind `after`; False when there was none for so long.

        Sees every process's entries within `POLL_SECONDS`.
        """
        deadline = self._clock.monotonic() + timeout_seconds
        while self.last() <= after:
            left = deadline - self._clock.monotonic()
            if left <= 0:
                return False
            self._clock.sleep(min(POLL_SECONDS, left))
        return True

    def follow(
        self, *, after: int = 0, task: str | None = None, kinds: Sequence[str] = ()
    ) -> Iterator[Entry]:
        """As `read`, but waits for more at the end, for ever."""
        while True:
            # Asked for before reading, so that no entry falls between the two.
            reached = self.last()
            for entry in self.read(after=after, task=task, kinds=kinds):
                yield entry
                after = entry.id
            after = max(after, reached)
            self.wait_for_news(after, 3600.0)

    def before_newest(self, count: int, *, task: str | None = None) -> int:
        """The id to read `after` in order to get the newest `count` entries, of a task if asked."""
        if task is None:
            return max(0, self.last() - count)
        skipped = self._database.rows(
            "SELECT id FROM events WHERE task = ? ORDER BY id DESC LIMIT 1 OFFSET ?",
            (storable(task), count),
        )
        return int(skipped[0][0]) if skipped else 0

    def newest(self, kinds: Sequence[str] = ()) -> dict[str, Entry]:
        """Each task's newest entry, of some kinds if asked for; tasks without one are left out.

        The daemon's own entries are under the empty task. Costs nothing more in a long journal.
        """
        rows = self._database.rows(*newest_per_task(kinds))
        return {entry.task: entry for entry in (decode_entry(*row) for row in rows)}

    def links(self, *, after: int = 0) -> Iterator[Link]:
        """Entries as they stand in the database, with their hashes: for whoever checks them."""
        return links(self._database, after=after)

    def before(self, at: datetime) -> int:
        """The id to read `after` in order to get everything since then."""
        since = self._database.rows("SELECT MIN(id) FROM events WHERE at >= ?", (moment(at),))
        first = since[0][0]
        return self.last() if first is None else int(first) - 1

    def verify(self) -> int | None:
        """Walk the whole chain; the first id that is not as it was written, or None."""
        return walk(self.links()).broken


def links(database: Database, *, after: int = 0) -> Iterator[Link]:
    """A database's entries as they stand there, in order, from behind the id `after`."""
    while rows := database.rows(
        "SELECT id, at, task, kind, body, hash FROM events WHERE id > ? ORDER BY id LIMIT ?",
        (after, BATCH),
    ):
        for id_, at, task, kind, body, hash_ in rows:
            digest = hash_ if isinstance(hash_, bytes) else BEGINNING  # edited by hand
            yield Link(id=id_, at=at, task=task, kind=kind, body=body, hash=digest)
        after = rows[-1][0]
