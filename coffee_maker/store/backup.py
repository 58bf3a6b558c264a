"""Copies of a database: made while others write, checked, and there whole or not at all."""

import re
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from coffee_maker.domain.errors import StoreError
from coffee_maker.store.chain import Walk, walk
from coffee_maker.store.database import BUSY_SECONDS, Database
from coffee_maker.store.journal import links
from coffee_maker.store.sqlite import SqliteDatabase
from coffee_maker.store.whole_file import written_whole

FOLDER = "backups"
_DATED = re.compile(r"journal-\d{8}T\d{6}Z\.db")


def back_up(database: Database, path: Path) -> Walk:
    """Copy a database as it stands at this moment, and walk the copy's chain.

    The copy is one file that only its owner may read. Raises StoreError, and keeps no copy, where
    `path` is there already or cannot be written, and where the chain is broken.
    """
    with _copied(database, path) as copy:
        found = walk(links(copy))
        if found.broken is not None:
            raise StoreError(
                f"no backup was made: entry {found.broken} of the journal is not as it was written",
                cure="`coffee-maker audit verify` shows it; the backups that are there stay.",
            )
    return found


def keep_before_change(database: Database, version: int, now: datetime) -> Path | None:
    """A copy of what a schema's change is about to change, beside it; None for a server's.

    A broken chain is no hindrance: whoever has one must not be kept from starting.
    """
    if not isinstance(database, SqliteDatabase):
        return None
    name = f"{database.path.stem}-schema-{version}-{_stamp(now)}.db"
    path = database.path.parent / FOLDER / name
    with _copied(database, path):
        return path


def dated(folder: Path, now: datetime) -> Path:
    """Where a backup of this moment goes."""
    return folder / f"journal-{_stamp(now)}.db"


def outdated(names: Iterable[str], keep: int) -> tuple[str, ...]:
    """The dated backups beyond the newest `keep`; whatever has another name is somebody's own."""
    found = sorted((name for name in names if _DATED.fullmatch(name)), reverse=True)
    return tuple(found[keep:])


@contextmanager
def _copied(database: Database, path: Path) -> Iterator[Database]:
    """The copy, open and whole, before it gets its name."""
    if not isinstance(database, SqliteDatabase):
        raise StoreError(
            f"{database.name} is a server's: its own tools make the backup",
            cure=f"pg_dump --schema=coffee_maker --format=custom --file=FILE {database.name}",
        )
    _make(path.parent)
    with written_whole(path) as part:
        database.copy_to(part)
        with closing(SqliteDatabase(part, busy_seconds=BUSY_SECONDS)) as copy:
            _check(copy)
            yield copy
            # One file, which can be carried elsewhere: a log beside it would be left behind.
            copy.rows("PRAGMA journal_mode = DELETE")


def _check(copy: Database) -> None:
    ((told,), *_) = copy.rows("PRAGMA quick_check")
    if told != "ok":
        raise StoreError(
            f"no backup was made, because the database is damaged: {told}",
            cure="Restore an earlier backup, or save what can be read: sqlite3 FILE .recover",
        )


def _make(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"{folder} cannot be made: {error.strerror}") from error


def _stamp(now: datetime) -> str:
    return f"{now.astimezone(UTC):%Y%m%dT%H%M%SZ}"
