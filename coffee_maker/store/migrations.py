"""The schema, as the ordered list of changes that led to it.

A database records which of them it has had. A change that has been released is never edited:
another one is added to the end.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from coffee_maker.domain.errors import StoreError
from coffee_maker.domain.question import question_code
from coffee_maker.store.database import Database


def migrate(database: Database) -> Path | None:
    """Bring the schema up to date; costs one query where it is. Raises StoreError.

    Processes that do so at the same moment take turns, and each change is made once. A file with
    an older schema is copied first: the path of that copy.
    """
    if _version(database) == len(MIGRATIONS):
        return None
    with database.writing():
        kept = _kept(database)
        if not database.has_table("migrations"):
            database.adopt()
            database.change("CREATE TABLE migrations (version INTEGER PRIMARY KEY)")
        for version, change in enumerate(MIGRATIONS, start=1):
            if version > _version(database):
                change(database)
                database.change("INSERT INTO migrations (version) VALUES (?)", (version,))
    return kept


def _kept(database: Database) -> Path | None:
    """Keep a copy of what is about to be changed; of a new database there is none."""
    version = _version(database)
    if version in {0, len(MIGRATIONS)}:  # another process may have been faster
        return None
    from coffee_maker.store.backup import keep_before_change

    return keep_before_change(database, version, datetime.now(UTC))


def _version(database: Database) -> int:
    """How many changes the database has had. Raises StoreError for one from the future."""
    if not database.has_table("migrations"):
        return 0
    ((version,),) = database.rows("SELECT COALESCE(MAX(version), 0) FROM migrations")
    if version > len(MIGRATIONS):
        raise StoreError(
            f"{database.name} has schema {version}, made by a newer coffee_maker; "
            f"this one knows {len(MIGRATIONS)}",
            cure="Update coffee_maker, or name another place for the store.",
        )
    return int(version)


def _begin(database: Database) -> None:
    blob, integer = database.types["blob"], database.types["integer"]
    for statement in (
        # `at` is ISO 8601 in UTC with six digits of a second, so that its order is time's.
        f"""CREATE TABLE events (
            id {integer} PRIMARY KEY,
            at TEXT NOT NULL,
            task TEXT NOT NULL,
            kind TEXT NOT NULL,
            body TEXT NOT NULL,
            hash {blob} NOT NULL
        )""",
        "CREATE INDEX events_of_task ON events (task, id)",
        "CREATE INDEX events_of_kind ON events (kind, id)",
        # How every task stands, at a glance: no index answers that without a walk, because a kind
        # that a task never had (a pull request, while it is parked) is looked for to its beginning.
        f"""CREATE TABLE newest_events (
            task TEXT NOT NULL,
            kind TEXT NOT NULL,
            event {integer} NOT NULL,
            PRIMARY KEY (task, kind)
        )""",
        f"""CREATE TABLE counted_answers (
            key TEXT PRIMARY KEY,
            event {integer} NOT NULL REFERENCES events (id),
            task TEXT NOT NULL,
            attempt {integer} NOT NULL,
            session TEXT NOT NULL,
            model TEXT NOT NULL,
            at TEXT NOT NULL,
            sidechain {integer} NOT NULL,
            input {integer} NOT NULL,
            output {integer} NOT NULL,
            cache_write_5m {integer} NOT NULL,
            cache_write_1h {integer} NOT NULL,
            cache_read {integer} NOT NULL,
            web_searches {integer} NOT NULL
        )""",
        f"""CREATE TABLE questions (
            id TEXT PRIMARY KEY,
            task TEXT NOT NULL,
            question TEXT NOT NULL,
            asked {integer} NOT NULL REFERENCES events (id),
            answer TEXT,
            answered {integer} REFERENCES events (id)
        )""",
        "CREATE INDEX questions_open ON questions (asked) WHERE answer IS NULL",
        f"""CREATE TABLE pull_requests (
            number {integer} PRIMARY KEY,
            branch TEXT NOT NULL,
            state TEXT NOT NULL,
            draft TEXT NOT NULL
        )""",
        "CREATE UNIQUE INDEX pull_requests_open ON pull_requests (branch) WHERE state = 'open'",
    ):
        database.change(statement)


def _people_answer_anywhere(database: Database) -> None:
    integer = database.types["integer"]
    for statement in (
        "ALTER TABLE questions ADD COLUMN code TEXT NOT NULL DEFAULT ''",
        f"ALTER TABLE questions ADD COLUMN invalid {integer} NOT NULL DEFAULT 0",
        f"ALTER TABLE questions ADD COLUMN delivered {integer} REFERENCES events (id)",
        # Until now an answer was delivered at once, or its session had ended.
        "UPDATE questions SET delivered = answered",
        "CREATE INDEX questions_code ON questions (code, asked)",
        "CREATE INDEX questions_undelivered ON questions (task, asked) WHERE delivered IS NULL",
        # `letter` is NULL where it will never be sent again; the row stays, so that putting the
        # same one again changes nothing. `due` is as `at` in the journal.
        f"""CREATE TABLE letters (
            number {integer} PRIMARY KEY,
            id TEXT NOT NULL,
            channel TEXT NOT NULL,
            about TEXT NOT NULL,
            question TEXT NOT NULL,
            severity {integer} NOT NULL,
            due TEXT NOT NULL,
            tries {integer} NOT NULL,
            waiting {integer} NOT NULL,
            letter TEXT,
            UNIQUE (id, channel)
        )""",
        "CREATE INDEX letters_waiting ON letters (channel, due) WHERE waiting = 1",
        "CREATE INDEX letters_told ON letters (question) WHERE waiting = 0 AND letter IS NOT NULL",
        """CREATE TABLE channel_references (
            channel TEXT NOT NULL,
            key TEXT NOT NULL,
            reference TEXT NOT NULL,
            PRIMARY KEY (channel, key)
        )""",
        f"CREATE TABLE cursors (reader TEXT PRIMARY KEY, upto {integer} NOT NULL)",
    ):
        database.change(statement)
    for (id_,) in database.rows("SELECT id FROM questions"):
        database.change("UPDATE questions SET code = ? WHERE id = ?", (question_code(id_), id_))


MIGRATIONS: tuple[Callable[[Database], None], ...] = (_begin, _people_answer_anywhere)
