"""The store as the rest of the house holds it."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from coffee_maker.domain.events import NoticeGiven
from coffee_maker.domain.ports import Clock
from coffee_maker.store.counted import SqlTokenRecords
from coffee_maker.store.database import BUSY_SECONDS, open_database
from coffee_maker.store.journal import SqlJournal
from coffee_maker.store.migrations import migrate
from coffee_maker.store.outbox import SqlOutbox
from coffee_maker.store.questions import SqlQuestionBox

if TYPE_CHECKING:
    from coffee_maker.store.chain import Walk
    from coffee_maker.store.pull_requests import SqlPullRequestShelf


class Store:
    """One open database with everything that is kept in it.

    Threads may share one, and take turns in it. Every process opens its own, also a forked one.
    """

    def __init__(
        self, where: str | Path, clock: Clock, *, busy_seconds: float = BUSY_SECONDS
    ) -> None:
        """Open (and make, or bring up to date) the database at a path or a postgresql:// URL.

        A write waits up to `busy_seconds` for those of other processes. Raises StoreError.
        """
        self._database = open_database(where, busy_seconds=busy_seconds)
        try:
            kept = migrate(self._database)
        except BaseException:
            self._database.close()
            raise
        self.journal = SqlJournal(self._database, clock)
        self.questions = SqlQuestionBox(self._database, self.journal, clock)
        self.outbox = SqlOutbox(self._database, self.journal)
        self.tokens = SqlTokenRecords(self._database)
        if kept is not None:
            self.journal.append(
                NoticeGiven(
                    message=f"The store has a new schema; what it was before is kept in {kept}."
                )
            )

    @cached_property
    def pull_requests(self) -> SqlPullRequestShelf:
        """What the local forge keeps; most who open a store have no use for it."""
        from coffee_maker.store.pull_requests import SqlPullRequestShelf

        return SqlPullRequestShelf(self._database)

    @property
    def name(self) -> str:
        """Where it is, as it may be shown: a path, or a URL without its password."""
        return self._database.name

    def back_up(self, path: Path) -> Walk:
        """Copy it, as it stands at this moment, into a new file; what the copy's chain holds.

        Others may write meanwhile. Raises StoreError, for PostgreSQL always.
        """
        from coffee_maker.store.backup import back_up

        return back_up(self._database, path)

    def close(self) -> None:
        """Let go of the database. Closing twice does no harm."""
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
