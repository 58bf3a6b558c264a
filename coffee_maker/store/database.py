"""A database as the rest of this room sees it: rows, changes, and one way to write.

Two dialects stand behind it, SQLite and PostgreSQL. SQL is written once, with `?` for a parameter.

One connection per `Database`, guarded by a lock: threads take turns. Writers would do so anyway,
because every write is a link of the journal's one chain, and a connection per thread would be
opened anew for each request of a threaded server. Processes open one `Database` each.
"""

import os
import threading
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar

from coffee_maker.domain.errors import StoreError

Row = tuple[Any, ...]
Parameters = Sequence[object]

BUSY_SECONDS = 30.0


def open_database(where: str | Path, *, busy_seconds: float = BUSY_SECONDS) -> "Database":
    """Open (and where it is a file, make) the database at a path or a postgresql:// URL.

    A write waits up to `busy_seconds` for other processes' writes. Raises StoreError.
    """
    if isinstance(where, str) and where.startswith(("postgresql://", "postgres://")):
        # The driver takes 0.3 s to import, and most people have no PostgreSQL.
        from coffee_maker.store.postgres import PostgresDatabase

        return PostgresDatabase(where, busy_seconds=busy_seconds)

    from coffee_maker.store.sqlite import SqliteDatabase

    path = Path(where.removeprefix("sqlite:///")) if isinstance(where, str) else where
    return SqliteDatabase(path.expanduser().absolute(), busy_seconds=busy_seconds)


class Database(ABC):
    """One open database. Every method raises StoreError, and nothing else, where it cannot."""

    types: ClassVar[Mapping[str, str]]
    """Words of the schema that the dialects spell differently."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._lock = threading.RLock()
        self._owner = os.getpid()

    def rows(self, sql: str, parameters: Parameters = ()) -> list[Row]:
        """All rows of a query, as they stood at one moment."""
        with self._held():
            return self._run(sql, parameters).fetchall()  # type: ignore[no-any-return]

    def change(self, sql: str, parameters: Parameters = ()) -> int:
        """Run a statement that changes something; how many rows it touched."""
        with self._held():
            return self._run(sql, parameters).rowcount  # type: ignore[no-any-return]

    @contextmanager
    def writing(self) -> Iterator[None]:
        """A transaction that no other writer's can overlap: all of it is durable, or none."""
        with self._held():
            try:
                self._begin()
                yield
                self._commit()
            except BaseException:
                self._rollback()
                raise

    @contextmanager
    def _held(self) -> Iterator[None]:
        # A connection that came along through fork() belongs to the parent: used from two
        # processes it corrupts a file and mixes up a wire.
        if os.getpid() != self._owner:
            raise StoreError(
                f"{self.name} was opened by another process", cure="Open the store in each process."
            )
        with self._lock:
            try:
                yield
            except self._errors() as error:
                raise self._told(error) from error

    @abstractmethod
    def has_table(self, name: str) -> bool:
        """True where this program's table of that name is there."""

    @abstractmethod
    def adopt(self) -> None:
        """Prepare an empty database for the first table, or refuse one that is someone else's.

        Called inside `writing`.
        """

    @abstractmethod
    def close(self) -> None:
        """Let go of it. Closing twice does no harm."""

    @abstractmethod
    def _errors(self) -> tuple[type[Exception], ...]:
        """What the driver raises."""

    @abstractmethod
    def _told(self, error: Exception) -> StoreError:
        """The driver's error in this program's words."""

    @abstractmethod
    def _run(self, sql: str, parameters: Parameters) -> Any:
        """Execute one statement; a DB-API cursor."""

    @abstractmethod
    def _begin(self) -> None: ...

    @abstractmethod
    def _commit(self) -> None: ...

    @abstractmethod
    def _rollback(self) -> None:
        """Undo; raises nothing, so that the first error is the one that is told."""
