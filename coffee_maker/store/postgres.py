"""PostgreSQL, for those who name one by URL; needs the extra `postgres`."""

import contextlib
from typing import Any, ClassVar

from coffee_maker.domain.errors import StoreError
from coffee_maker.store.database import Database, Parameters

SCHEMA = "coffee_maker"
CONNECT_SECONDS = 10
WRITERS_LOCK = 0x43_4F_46_46_45_45  # "COFFEE": the one advisory lock that every writer takes


class PostgresDatabase(Database):
    """A schema of our own in a database that may hold other things.

    A connection that the server has dropped is replaced at the start of the next call; what was
    under way when it dropped raises StoreError and was not committed, or its answer was lost.
    """

    types: ClassVar = {"blob": "BYTEA", "integer": "BIGINT"}

    def __init__(self, url: str, *, busy_seconds: float) -> None:
        super().__init__(_without_password(url))
        self._url = url
        self._busy_seconds = busy_seconds
        self._in_transaction = False
        self._shut = False
        self._driver = _psycopg()
        self._connection = self._connect()

    def has_table(self, name: str) -> bool:
        # Not to_regclass(): it may answer from a cache that is older than the writers' lock.
        found = "SELECT 1 FROM pg_catalog.pg_tables WHERE schemaname = ? AND tablename = ?"
        return bool(self.rows(found, (SCHEMA, name)))

    def adopt(self) -> None:
        self.change(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}")

    def close(self) -> None:
        with self._lock:
            self._shut = True
            self._connection.close()

    def _connect(self) -> Any:
        try:
            connection = self._driver.connect(
                self._url, autocommit=True, connect_timeout=CONNECT_SECONDS
            )
            connection.execute(
                f"SET search_path TO {SCHEMA};"
                f"SET lock_timeout TO {max(1, int(self._busy_seconds * 1000))};"
                "SET synchronous_commit TO on;"
                # Its rows must see what the previous holder of the writers' lock committed.
                "SET default_transaction_isolation TO 'read committed'"
            )
        except self._driver.Error as error:
            raise self._told(error) from error
        return connection

    def _errors(self) -> tuple[type[Exception], ...]:
        return (self._driver.Error,)

    def _told(self, error: Exception) -> StoreError:
        errors = self._driver.errors
        what = f"failed: {' '.join(str(error).split())}"
        cure = ""
        if isinstance(error, errors.LockNotAvailable):
            what = "is locked by another process"
            cure = "End the program that holds it (`pg_stat_activity` names it) and try again."
        elif isinstance(error, (errors.DiskFull, errors.OutOfMemory)):
            cure = "Give the server more room; what was written before is whole."
        elif isinstance(error, (errors.InsufficientPrivilege, errors.ReadOnlySqlTransaction)):
            cure = "Use a role that may create a schema and write in it, on a primary server."
        elif isinstance(error, self._driver.OperationalError):
            cure = "See that the server runs and that the URL, the user and the password are right."
        return StoreError(f"{self.name} {what}", cure=cure)

    def _run(self, sql: str, parameters: Parameters) -> Any:
        statement = sql.replace("?", "%s")
        if self._in_transaction:
            return self._connection.execute(statement, parameters)
        return self._run_first(statement, parameters)

    def _run_first(self, statement: str, parameters: Parameters = ()) -> Any:
        # Nothing is lost yet where a dropped connection is noticed by BEGIN or by a query of its
        # own, so these may be tried again; a server that restarts costs a daemon nothing then.
        try:
            return self._connection.execute(statement, parameters)
        except self._driver.OperationalError:
            if self._shut or not self._connection.closed:
                raise
            self._connection = self._connect()
            return self._connection.execute(statement, parameters)

    def _begin(self) -> None:
        self._run_first("BEGIN")
        self._in_transaction = True
        self._connection.execute("SELECT pg_advisory_xact_lock(%s)", (WRITERS_LOCK,))

    def _commit(self) -> None:
        self._connection.execute("COMMIT")
        self._in_transaction = False

    def _rollback(self) -> None:
        self._in_transaction = False
        with contextlib.suppress(self._driver.Error):
            self._connection.execute("ROLLBACK")


def _psycopg() -> Any:
    try:
        import psycopg
    except ImportError as error:
        raise StoreError(
            f"PostgreSQL's driver cannot be used: {error}",
            cure="Install it: pip install 'coffee-maker[postgres]'",
        ) from error
    return psycopg


def _without_password(url: str) -> str:
    """The URL as it may be shown: its options may hold a password too, so they go as well."""
    scheme, _, rest = url.partition("://")
    place = rest.partition("?")[0]
    user_and_password, at, host = place.rpartition("@")
    return f"{scheme}://{user_and_password.partition(':')[0]}{at}{host}"
