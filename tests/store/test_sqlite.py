"""What can go wrong with a file."""

import os
import resource
import sqlite3
import stat
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from coffee_maker.clock import RealClock
from coffee_maker.domain.errors import StoreError
from coffee_maker.domain.events import NoticeGiven
from coffee_maker.store.journal_sql import batch, newest_per_task
from coffee_maker.store.store import Store

NOBODY = 65534


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "store.db"


def notice(length: int = 10) -> NoticeGiven:
    return NoticeGiven(message="x" * length)


def append(store: Store, count: int) -> None:
    for _ in range(count):
        store.journal.append(notice(2000))


def in_a_child(work: Callable[[], None]) -> str:
    """What a forked child that may change its own rights and limits says it met."""
    read_end, write_end = os.pipe()
    child = os.fork()
    if child == 0:  # pragma: no cover - in the child
        os.close(read_end)
        try:
            work()
        except StoreError as error:
            os.write(write_end, f"{error} / {error.cure}".encode())
        finally:
            os._exit(0)
    os.close(write_end)
    with os.fdopen(read_end) as told:
        said = told.read()
    os.waitpid(child, 0)
    return said


def test_only_the_owner_can_read_it(path: Path) -> None:
    """The directory has mode 0700, the file and its logs 0600, whatever the umask says."""
    before = os.umask(0)
    try:
        with Store(path, RealClock()) as store:
            store.journal.append(notice())
            modes = {p.name: stat.S_IMODE(p.stat().st_mode) for p in path.parent.iterdir()}
    finally:
        os.umask(before)

    assert {"store.db": 0o600, "store.db-wal": 0o600, "store.db-shm": 0o600} == modes
    assert 0o700 == stat.S_IMODE(path.parent.stat().st_mode)


def test_commits_reach_the_disk(path: Path) -> None:
    """The settings that durability, order and references hang on are in force."""
    with Store(path, RealClock()) as store:
        settings = {
            name: store._database.rows(f"PRAGMA {name}")[0][0]
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }

    assert {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "busy_timeout": 30_000,
    } == settings


@pytest.mark.parametrize("task", [None, "PRIORITY 1"])
@pytest.mark.parametrize("kinds", [(), ("agent.did",), ("task.started", "task.failed")])
def test_no_question_walks_over_all_events(
    path: Path, task: str | None, kinds: tuple[str, ...]
) -> None:
    """However reading is narrowed, an index leads to the entries, in order."""
    with Store(path, RealClock()) as store:
        for sql, parameters in (
            batch(after=7, task=task, kinds=kinds, size=10),
            newest_per_task(kinds),
        ):
            plan = [row[3] for row in store._database.rows(f"EXPLAIN QUERY PLAN {sql}", parameters)]

            assert any(step.startswith("SEARCH events USING") for step in plan)
            assert not [step for step in plan if step.startswith("SCAN events")]


def test_names_that_mean_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A path, its text, a sqlite:/// URL and a path from the home directory all work."""
    monkeypatch.chdir(tmp_path)
    os.environ["HOME"] = str(tmp_path)
    for name in ("a.db", f"sqlite:///{tmp_path}/b.db", "~/c.db", Path("d e?#%41.db")):
        Store(name, RealClock()).close()

    assert ["a.db", "b.db", "c.db", "d e?#%41.db"] == sorted(p.name for p in tmp_path.iterdir())


def test_a_file_that_is_no_database(path: Path) -> None:
    """It is named, left as it is, and the cure says what to do with it."""
    path.parent.mkdir()
    path.write_text("# ROADMAP\n" * 1000)
    with pytest.raises(StoreError, match=r"store\.db is not a database") as caught:
        Store(path, RealClock())

    assert "Move the file out of the way" in caught.value.cure
    assert "# ROADMAP\n" * 1000 == path.read_text()


def test_another_programs_database(path: Path) -> None:
    """A database with tables of somebody else's is refused and gets none of ours."""
    path.parent.mkdir()
    with closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE cookies (name TEXT)")
    with pytest.raises(StoreError, match="another program's database"):
        Store(path, RealClock())

    with closing(sqlite3.connect(path)) as other:
        assert [("cookies",)] == other.execute("SELECT name FROM sqlite_master").fetchall()


def test_a_damaged_database(path: Path) -> None:
    """Damage that is met is a StoreError with a cure, wherever it is met."""
    with Store(path, RealClock()) as store:
        for _ in range(200):
            store.journal.append(notice(500))
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * (path.stat().st_size - 4096))
    with pytest.raises(StoreError, match=r"store\.db is damaged") as caught:
        _use(path)

    assert f"sqlite3 {path} .recover" in caught.value.cure


def _use(path: Path) -> None:
    with Store(path, RealClock()) as store:
        store.journal.verify()
        store.journal.append(notice())


@pytest.mark.parametrize("place", ["file/store.db", "", "/proc/nowhere/store.db"])
def test_a_place_where_no_file_can_be(tmp_path: Path, place: str) -> None:
    """Below a file, at a directory, or where the system allows none: an error with a cure."""
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="cannot be opened") as caught:
        Store(tmp_path / place, RealClock())

    assert "the right to write the file and its directory" in caught.value.cure


def test_without_the_right_to_write(tmp_path_factory: pytest.TempPathFactory) -> None:
    """A read-only file in a read-only directory is an error with a cure, and stays as it is."""
    folder = tmp_path_factory.mktemp("read-only")
    path = folder / "store.db"
    with Store(path, RealClock()) as store:
        store.journal.append(notice())
    before = path.read_bytes()

    def work() -> None:
        if os.geteuid() == 0:  # who may write everywhere
            os.setresuid(NOBODY, NOBODY, NOBODY)
        with Store(path, RealClock()) as store:
            store.journal.append(notice())

    for parent in folder.parents[:2]:
        parent.chmod(0o755)
    path.chmod(0o444)
    folder.chmod(0o555)
    said = in_a_child(work)
    folder.chmod(0o755)

    assert "the right to write the file and its directory" in said
    assert before == path.read_bytes()


def test_a_full_disk(path: Path) -> None:
    """What was told is there, what failed left nothing, and with room again all goes on."""
    with Store(path, RealClock()) as store:
        store.journal.append(notice())
        ((pages,),) = store._database.rows("PRAGMA page_count")
        store._database.rows(f"PRAGMA max_page_count = {pages + 2}")
        with pytest.raises(StoreError, match="the disk is full") as caught:
            append(store, 50)
        written = store.journal.last()
        store._database.rows("PRAGMA max_page_count = 1000000")

        assert "Free some space" in caught.value.cure
        assert written + 1 == store.journal.append(notice(2000))
        assert store.journal.verify() is None
        assert written + 1 == len(list(store.journal.read()))


def test_a_file_that_may_not_grow(path: Path) -> None:
    """At a limit on the size of files, the error has a cure and the journal stays whole."""
    Store(path, RealClock()).close()

    def work() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (256 * 1024, 256 * 1024))
        with Store(path, RealClock()) as store:
            append(store, 1000)

    said = in_a_child(work)
    with Store(path, RealClock()) as store:
        kept = list(store.journal.read())

        assert "what was written before is whole" in said
        assert 0 < len(kept) < 1000
        assert store.journal.verify() is None
        assert len(kept) + 1 == store.journal.append(notice())
