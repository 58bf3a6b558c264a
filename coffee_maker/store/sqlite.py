"""SQLite: the default, one file beside its write-ahead log."""

import contextlib
import os
import sqlite3
import time
from pathlib import Path
from typing import Any, ClassVar

from coffee_maker.domain.errors import StoreError
from coffee_maker.store.database import Database, Parameters

APPLICATION_ID = 0x43_4F_46_45  # "COFE", in the file's header, so that `file` and we know it

_ELSEWHERE = "or name another place for the store"
_CURES = {
    sqlite3.SQLITE_NOTADB: (
        "is not a database",
        f"Move the file out of the way, {_ELSEWHERE}.",
    ),
    sqlite3.SQLITE_CORRUPT: (
        "is damaged",
        f"Restore a backup, save what can be read (`sqlite3 FILE .recover`), {_ELSEWHERE}.",
    ),
    sqlite3.SQLITE_FULL: (
        "has no room: the disk is full",
        "Free some space and go on; what was written before is whole.",
    ),
    sqlite3.SQLITE_IOERR: (
        "cannot be read or written",
        "Look for a full disk, a quota or a failing device; what was written before is whole.",
    ),
    sqlite3.SQLITE_READONLY: (
        "cannot be written",
        f"Give this user the right to write the file and its directory, {_ELSEWHERE}.",
    ),
    sqlite3.SQLITE_CANTOPEN: (
        "cannot be opened",
        f"Give this user the right to write the file and its directory, {_ELSEWHERE}.",
    ),
    sqlite3.SQLITE_BUSY: (
        "is locked by another process",
        "End the program that holds it (`fuser FILE` names it) and try again.",
    ),
}


class SqliteDatabase(Database):
    """A file in WAL mode: readers never wait, a commit is on the disk when it returns.

    The file is made with mode 0600 in a directory with mode 0700, where they are not there yet.
    """

    types: ClassVar = {"blob": "BLOB", "integer": "INTEGER"}

    def __init__(self, path: Path, *, busy_seconds: float) -> None:
        super().__init__(str(path))
        self.path = path
        self._busy_seconds = busy_seconds
        _make(path)
        try:
            self._connection = sqlite3.connect(
                path, timeout=busy_seconds, isolation_level=None, check_same_thread=False
            )
        except sqlite3.Error as error:
            raise self._told(error) from error
        try:
            self._set_up()
        except sqlite3.Error as error:
            self._connection.close()
            raise self._told(error) from error

    def has_table(self, name: str) -> bool:
        found = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?"
        return bool(self.rows(found, (name,)))

    def adopt(self) -> None:
        ((number,),) = self.rows("PRAGMA application_id")
        ((tables,),) = self.rows("SELECT COUNT(*) FROM sqlite_master")
        if number != APPLICATION_ID and (number or tables):
            raise StoreError(
                f"{self.name} is another program's database",
                cure="Name another place for the store.",
            )
        self.change(f"PRAGMA application_id = {APPLICATION_ID}")

    def close(self) -> None:
        with self._lock:
            self._connection.close()

    def copy_to(self, path: Path) -> None:
        """Copy what is committed at this moment into an empty file; no writer waits for it."""
        # By a connection of its own: the one with a transaction under way cannot be copied from.
        with (
            self._held(),
            contextlib.closing(sqlite3.connect(self.path)) as source,
            contextlib.closing(sqlite3.connect(path)) as copy,
        ):
            source.backup(copy)

    def _set_up(self) -> None:
        self._to_wal()
        for pragma in ("synchronous = FULL", "foreign_keys = ON"):
            self._connection.execute(f"PRAGMA {pragma}")

    def _to_wal(self) -> None:
        # The switch needs the file alone and does not always wait for it as a statement would, so
        # processes that make one database at the same moment take turns here.
        deadline = time.monotonic() + self._busy_seconds
        while True:
            try:
                self._connection.execute("PRAGMA journal_mode = WAL")
            except sqlite3.OperationalError as error:
                if _code(error) != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                    raise
                time.sleep(0.01)
            else:
                return

    def _errors(self) -> tuple[type[Exception], ...]:
        # sqlite3 raises OverflowError for an integer of more than 64 bits.
        return (sqlite3.Error, OverflowError)

    def _told(self, error: Exception) -> StoreError:
        what, cure = _CURES.get(_code(error), (f"failed: {error}", ""))
        return StoreError(f"{self.name} {what}", cure=cure.replace("FILE", self.name))

    def _run(self, sql: str, parameters: Parameters) -> Any:
        return self._connection.execute(sql, parameters)

    def _begin(self) -> None:
        self._connection.execute("BEGIN IMMEDIATE")

    def _commit(self) -> None:
        self._connection.execute("COMMIT")

    def _rollback(self) -> None:
        if self._connection.in_transaction:
            with contextlib.suppress(sqlite3.Error):
                self._connection.execute("ROLLBACK")


def _make(path: Path) -> None:
    """An empty file that only its owner may read; its log files take its mode over."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not path.exists():
            os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    except OSError as error:
        what, cure = _CURES[sqlite3.SQLITE_CANTOPEN]
        raise StoreError(f"{path} {what}: {error.strerror}", cure=cure) from error


def _code(error: Exception) -> int:
    """SQLite's primary code, of which the extended ones only keep the low byte."""
    return getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
