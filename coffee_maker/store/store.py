"""The store as the rest of the house holds it."""

from pathlib import Path
from types import TracebackType
from typing import Self

from coffee_maker.domain.ports import Clock
from coffee_maker.store.counted import SqlTokenRecords
from coffee_maker.store.database import BUSY_SECONDS, open_database
from coffee_maker.store.journal import SqlJournal
from coffee_maker.store.migrations import migrate
from coffee_maker.store.outbox import SqlOutbox
from coffee_maker.store.pull_requests import SqlPullRequestShelf
from coffee_maker.store.questions import SqlQuestionBox


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
            migrate(self._database)
        except BaseException:
            self._database.close()
            raise
        self.journal = SqlJournal(self._database, clock)
        self.questions = SqlQuestionBox(self._database, self.journal, clock)
        self.outbox = SqlOutbox(self._database, self.journal)
        self.tokens = SqlTokenRecords(self._database)
        self.pull_requests = SqlPullRequestShelf(self._database)

    @property
    def name(self) -> str:
        """Where it is, as it may be shown: a path, or a URL without its password."""
        return self._database.name

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
