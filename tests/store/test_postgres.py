"""What can go wrong with a server."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from coffee_maker.clock import RealClock
from coffee_maker.domain.errors import StoreError
from coffee_maker.domain.events import NoticeGiven
from coffee_maker.store.store import Store

ROOT = Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.postgres


def execute(url: str, statement: str) -> list[Any]:
    import psycopg

    with psycopg.connect(url, autocommit=True) as connection:
        done = connection.execute(statement.encode())
        return done.fetchall() if done.description else []


def test_a_server_that_does_not_answer() -> None:
    """It is named without its password, and the cure says what to look at."""
    with pytest.raises(StoreError, match=r"//ana@127\.0\.0\.1:1/work failed") as caught:
        Store("postgresql://ana:s3cret@127.0.0.1:1/work?password=s3cret", RealClock())

    assert "s3cret" not in str(caught.value)
    assert "See that the server runs" in caught.value.cure


def test_a_dropped_connection_is_replaced(postgres_url: str) -> None:
    """A server that restarts between two calls costs nothing; in a transaction, an error."""
    drop = (
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE pid <> pg_backend_pid() AND datname = current_database()"
    )
    with Store(postgres_url, RealClock()) as store:
        store.journal.append(NoticeGiven(message="before"))
        execute(postgres_url, drop)
        store.journal.append(NoticeGiven(message="after"))
        execute(postgres_url, drop)
        assert 2 == store.journal.last()

        def drop_meanwhile() -> None:
            with store._database.writing():
                store.journal.write(NoticeGiven(message="lost"), task="")
                execute(postgres_url, drop)

        with pytest.raises(StoreError):
            drop_meanwhile()

        assert 3 == store.journal.append(NoticeGiven(message="and on"))
        assert store.journal.verify() is None


def test_a_database_that_holds_other_things(postgres_url: str) -> None:
    """Our tables stand in a schema of their own, beside tables of the same names."""
    execute(postgres_url, "CREATE TABLE events (theirs TEXT)")
    with Store(postgres_url, RealClock()) as store:
        store.journal.append(NoticeGiven(message="ours"))

    assert [] == execute(postgres_url, "SELECT * FROM events")
    assert [(1,)] == execute(postgres_url, "SELECT COUNT(*) FROM coffee_maker.events")


def test_a_role_without_rights(postgres_url: str) -> None:
    """A role that may not create our schema gets an error that says so."""
    execute(postgres_url, "DROP ROLE IF EXISTS guest")
    execute(postgres_url, "CREATE ROLE guest LOGIN")
    with pytest.raises(StoreError, match="permission denied") as caught:
        Store(postgres_url.replace("tests@", "guest@"), RealClock())

    assert "may create a schema" in caught.value.cure


def test_a_missing_driver() -> None:
    """Without the extra, the error names what to install."""
    code = (
        "import sys; sys.modules['psycopg'] = None\n"
        "from coffee_maker.store.database import open_database\n"
        "from coffee_maker.domain.errors import StoreError\n"
        "try: open_database('postgresql://127.0.0.1:1/x')\n"
        "except StoreError as error: print(error.cure)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )

    assert "Install it: pip install 'coffee-maker[postgres]'\n" == done.stdout
