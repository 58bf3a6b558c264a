"""`coffee-maker audit`: a history that was edited shows, here and at a third party's."""

import json
import os
import re
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from hypothesis import given, settings
from hypothesis import strategies as st

from coffee_maker.cli.main import cli
from coffee_maker.domain.events import AgentDid
from coffee_maker.project import open_project
from coffee_maker.store.audit_file import export_lines, verify_lines
from coffee_maker.store.database import open_database
from coffee_maker.store.journal import SqlJournal
from coffee_maker.store.migrations import migrate
from coffee_maker.store.store import Store
from tests.support.clocks import SteppedClock

ROOT = Path(__file__).resolve().parents[2]
THIRD_PARTY = (ROOT / "docs" / "audit.md").read_text().split("```")[3].removeprefix("python\n")
SAID = ("reads", 'says "é"\n\\ \x1b[31m', "\u2028 \x7f 🫖", "writes", "tests")


@pytest.fixture(autouse=True)
def utc(clean_environment: Path) -> Iterator[None]:
    os.environ["TZ"] = "UTC"
    time.tzset()
    yield
    del os.environ["TZ"]
    time.tzset()


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    """A project with five entries, a day apart."""
    folder = tmp_path / "project"
    (folder / ".git").mkdir(parents=True)
    clock = SteppedClock(datetime(2026, 11, 1, 9, 0, tzinfo=UTC))
    with Store(open_project(folder).store_location, clock) as store:
        for text in SAID:
            store.journal.append(AgentDid(text=text), task="PRIORITY 1")
            clock.sleep(86_400)
    return folder


def audit(repo: Path, *arguments: object) -> Result:
    command, *rest = map(str, arguments)
    return CliRunner().invoke(cli, ["audit", command, "--repo", str(repo), *rest])


def exported(repo: Path, *arguments: str) -> Path:
    path = repo.parent / "history.jsonl"
    done = audit(repo, "export", "--output", path, *arguments)
    assert 0 == done.exit_code, done.output
    return path


def tamper(repo: Path, statement: str) -> None:
    with sqlite3.connect(open_project(repo).store_location) as connection:
        connection.execute(statement)
    connection.close()


def by_third_party(path: Path) -> "subprocess.CompletedProcess[str]":
    """What the program in the documentation says, with nothing of ours on its path."""
    return subprocess.run(
        [sys.executable, "-I", "-c", THIRD_PARTY, path], capture_output=True, text=True, check=False
    )


def test_a_whole_history_is_said_to_be_so(repo: Path) -> None:
    """How many entries, and the newest hash, to be kept elsewhere."""
    done = audit(repo, "verify")

    assert 0 == done.exit_code
    assert "5 entries, 1 to 5: all as they were written." in done.output
    assert re.search(r"newest: 2026-11-05T\S+, hash [0-9a-f]{64}\n", done.output)


@pytest.mark.parametrize(
    ("statement", "stands"),
    [
        ('UPDATE events SET body = \'{"text":"nothing"}\' WHERE id = 3', "3: 2026-11-03"),
        ("UPDATE events SET hash = 'x' WHERE id = 3", "3: 2026-11-03"),
        ("DELETE FROM events WHERE id = 3", "4: 2026-11-04"),
    ],
)
def test_an_edited_history_is_told(repo: Path, statement: str, stands: str) -> None:
    """The first entry that does not hold, what stands there, and exit code 1."""
    tamper(repo, statement)

    done = audit(repo, "verify")

    assert 1 == done.exit_code
    assert "Entry 3 is not as it was written; 2 entries before it are whole." in done.output
    assert f"there stands entry {stands}" in done.output


def test_programs_are_told_in_json(repo: Path) -> None:
    """Where it is broken, and what stands there; nothing of it acts on a terminal."""
    tamper(repo, "UPDATE events SET at = '2000' WHERE id = 2")

    told = json.loads(audit(repo, "verify", "--json").output)

    assert (False, 1, 2, 2) == (
        told["whole"],
        told["entries"],
        told["broken"],
        told["stands"]["id"],
    )
    assert "\x1b" not in told["stands"]["text"]


def test_an_empty_history_is_whole(tmp_path: Path) -> None:
    """Also its export."""
    (tmp_path / ".git").mkdir()

    assert "No entries yet.\n" == audit(tmp_path, "verify").output
    assert 0 == audit(tmp_path, "verify", "--file", exported(tmp_path)).exit_code


@pytest.mark.parametrize(
    ("since", "count"), [((), 5), (("--since", "2026-11-04"), 2), (("--since", "2030-01-01"), 0)]
)
def test_an_export_is_verified_by_anybody(repo: Path, since: tuple[str, ...], count: int) -> None:
    """By us and by the program in the documentation, also a part; only its owner may read it."""
    path = exported(repo, *since)

    assert 0 == audit(repo, "verify", "--file", path).exit_code
    assert f"{count} entries, all as they were written\n" == by_third_party(path).stdout
    assert 0o600 == path.stat().st_mode & 0o777
    assert [path] == [file for file in path.parent.iterdir() if "history" in file.name]


def test_an_export_may_be_piped(repo: Path) -> None:
    """The same lines on standard output."""
    assert exported(repo).read_text() == audit(repo, "export").output


@pytest.mark.parametrize(
    "edit",
    [
        lambda lines: lines[:-1],
        lambda lines: [*lines[:2], *lines[3:]],
        lambda lines: [*lines, lines[-1]],
        lambda lines: [line.replace("reads", "wrote") for line in lines],
        lambda lines: [lines[0], *lines[2:]],
    ],
)
def test_an_edited_export_shows(repo: Path, edit: object) -> None:
    """Cut, shortened, doubled, changed, without its beginning: both see it."""
    path = exported(repo)
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join(edit(lines)))  # type: ignore[operator]

    assert 1 == audit(repo, "verify", "--file", path).exit_code
    assert 1 == by_third_party(path).returncode


def test_what_is_no_export_is_refused(repo: Path) -> None:
    """By its line; and no history is written over."""
    path = repo / "ROADMAP.md"
    path.write_text("# Roadmap\n")

    done = CliRunner().invoke(cli, ["audit", "verify", "--file", str(path)])
    assert "line 1 is not what `coffee-maker audit export` writes" == str(done.exception)
    done = audit(repo, "export", "--output", path)
    assert f"{path} is there already" == str(done.exception)
    assert "# Roadmap\n" == path.read_text()


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.text(max_size=20), st.text(max_size=40)), max_size=4))
def test_any_text_survives_the_export(
    tmp_path_factory: pytest.TempPathFactory, said: list[tuple[str, str]]
) -> None:
    """Python's own json writes what is hashed just as we do, whatever the texts are."""
    path = tmp_path_factory.mktemp("law") / "journal.db"
    database = open_database(path)
    migrate(database)
    journal = SqlJournal(database, SteppedClock())
    for task, text in said:
        journal.append(AgentDid(text=text), task=task)
    lines = list(export_lines(journal))
    database.close()
    path.with_suffix(".jsonl").write_text("".join(lines), encoding="utf-8", newline="")

    assert verify_lines(lines).broken is None
    assert 0 == by_third_party(path.with_suffix(".jsonl")).returncode
