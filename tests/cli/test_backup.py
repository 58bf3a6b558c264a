"""`coffee-maker backup`: a copy that can be trusted, also while somebody writes."""

import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from coffee_maker.cli.main import cli
from coffee_maker.clock import RealClock
from coffee_maker.domain.errors import StoreError
from coffee_maker.domain.events import AgentDid
from coffee_maker.project import open_project
from coffee_maker.store.backup import back_up, outdated
from coffee_maker.store.database import open_database
from coffee_maker.store.store import Store

WRITER = """
import sys
from coffee_maker.clock import RealClock
from coffee_maker.domain.events import AgentDid
from coffee_maker.store.store import Store
with Store(sys.argv[1], RealClock()) as store:
    while True:
        print(store.journal.append(AgentDid(text="x" * 200), task="1"), flush=True)
"""


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    (folder / ".git").mkdir(parents=True)
    with Store(open_project(folder).store_location, RealClock()) as store:
        for text in ("reads", "writes"):
            store.journal.append(AgentDid(text=text), task="PRIORITY 1")
    return folder


def run(repo: Path, *arguments: object) -> Result:
    return CliRunner().invoke(cli, ["backup", "--repo", str(repo), *map(str, arguments)])


def test_a_backup_is_one_file_that_opens(repo: Path) -> None:
    """Everything is in it, nothing lies beside it, and only its owner may read it."""
    done = run(repo)

    (path,) = (open_project(repo).state_dir / "backups").iterdir()
    assert 0 == done.exit_code
    assert done.output.startswith(f"{path}\n2 entries, ")
    assert 0o600 == path.stat().st_mode & 0o777
    with Store(path, RealClock()) as store:
        assert ["reads", "writes"] == [e.event.text for e in store.journal.read()]  # type: ignore[union-attr]


def test_the_newest_stay(repo: Path) -> None:
    """So many of those with a date; what has another name is nobody's to remove."""
    folder = open_project(repo).state_dir / "backups"
    folder.mkdir()
    for name in ("journal-20200101T000000Z.db", "journal-20210101T000000Z.db", "my-own.db"):
        (folder / name).touch()

    done = run(repo, "--keep", 2)

    names = sorted(path.name for path in folder.iterdir())
    assert "removed journal-20200101T000000Z.db\n" in done.output
    assert ["journal-20210101T000000Z.db", "my-own.db"] == [names[0], names[2]]
    assert 3 == len(names)
    assert () == outdated(names, 7)


def test_a_file_is_not_written_over(repo: Path) -> None:
    """Not even the store itself."""
    store = open_project(repo).store_location

    done = run(repo, "--output", store)

    assert f"{store} is there already" == str(done.exception)
    assert 0 == run(repo, "--output", repo / "mine.db").exit_code
    assert (repo / "mine.db").exists()


def test_a_broken_chain_drives_no_backup_out(repo: Path) -> None:
    """A copy of an edited history is not kept, and those that are there stay."""
    run(repo)
    with sqlite3.connect(open_project(repo).store_location) as connection:
        connection.execute("UPDATE events SET task = '2' WHERE id = 2")
    connection.close()

    done = run(repo, "--output", repo / "mine.db", "--keep", 1)

    assert "no backup was made: entry 2 of" in str(done.exception)
    assert 1 == len(list((open_project(repo).state_dir / "backups").iterdir()))
    assert [".git"] == [path.name for path in repo.iterdir()]


def test_a_place_that_cannot_be_written(repo: Path) -> None:
    """It is said, with the place; a folder that is not there is made."""
    done = run(repo, "--output", repo / "new" / "x.db")
    (repo / "file").touch()
    refused = run(repo, "--output", repo / "file" / "x.db")

    assert 0 == done.exit_code
    assert f"{repo / 'file'} cannot be made" in str(refused.exception)


def test_a_backup_while_others_write(repo: Path, tmp_path: Path) -> None:
    """Every copy is whole and has at least what was durable when it began; nobody waits long."""
    where = open_project(repo).store_location
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITER, where], stdout=subprocess.PIPE, text=True
    )
    assert writer.stdout
    try:
        for number in range(5):
            durable = int(writer.stdout.readline())
            path = tmp_path / f"{number}.db"
            with Store(where, RealClock()) as store:
                begun = time.monotonic()
                assert store.back_up(path).count >= durable
                assert time.monotonic() - begun < 10
            with Store(path, RealClock()) as copy:
                assert copy.journal.verify() is None
    finally:
        writer.kill()
        writer.communicate()


@pytest.mark.postgres
def test_a_server_makes_its_own(tmp_path: Path) -> None:
    """For PostgreSQL the command is named, without the password."""
    from tests.support.postgres import new_database, server

    with server() as url:
        database = open_database(new_database(url))
        with pytest.raises(StoreError) as refused:
            back_up(database, tmp_path / "x.db")
        database.close()

    assert refused.value.cure.startswith("pg_dump --schema=coffee_maker --format=custom")
    assert [] == list(tmp_path.iterdir())
